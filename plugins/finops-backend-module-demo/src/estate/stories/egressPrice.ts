import { isoOf } from '../calendar';
import { StoryTemplate } from '../types';

const RAISED_DAYS_BEFORE = 30;
const FACTOR = 1.25;

/** The provider raises the price of internet egress half-way through the recording. */
export const egressPrice: StoryTemplate = ({ calendar }) => {
  const raised = calendar.daysBefore(RAISED_DAYS_BEFORE);
  return {
    truth: {
      id: 'egress-price',
      workloads: [
        'eu-1/shop/Deployment/image-proxy',
        'us-1/shop/Deployment/image-proxy',
        'eu-1/platform/Deployment/edge',
      ],
      expected: '"What changed" says price, not usage.',
      startsAt: isoOf(raised),
      facts: { priceFactor: FACTOR },
    },
    price: { category: 'network', from: raised, factor: FACTOR },
  };
};
