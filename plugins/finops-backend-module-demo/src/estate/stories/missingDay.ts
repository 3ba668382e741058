import { isoOf } from '../calendar';
import { StoryTemplate } from '../types';

const MISSING_DAYS_BEFORE = 12;

/** One cluster's agent was down for a whole day: neither metrics nor costs were recorded. */
export const missingDay: StoryTemplate = ({ calendar }) => {
  const start = calendar.daysBefore(MISSING_DAYS_BEFORE);
  return {
    truth: {
      id: 'missing-day',
      workloads: ['us-1/shop/Deployment/image-proxy'],
      expected: 'Coverage drops on that day; no fall of cost is reported.',
      startsAt: isoOf(start),
      facts: { days: 1 },
    },
    missingDays: [{ cluster: 'us-1', start }],
  };
};
