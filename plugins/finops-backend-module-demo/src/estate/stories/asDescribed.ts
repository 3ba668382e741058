import { StoryTemplate } from '../types';

/**
 * Stories that need no effect over time: what the services table says of the workload is the story.
 */
export const asDescribed: readonly StoryTemplate[] = [
  () => ({
    truth: {
      id: 'saturday-peaks',
      workloads: ['eu-1/shop/Deployment/checkout'],
      expected:
        'CPU is over-requested, but a week is decided by its Saturday: advice keeps that peak.',
      facts: { saturdayFactor: 2.1 },
    },
  }),
  () => ({
    truth: {
      id: 'autoscaled',
      workloads: ['eu-1/shop/Deployment/cart'],
      expected:
        'No plain rightsizing of CPU: requests and the autoscaler are tuned together.',
      facts: { cpuTarget: 0.6 },
    },
  }),
  () => ({
    truth: {
      id: 'busy-network',
      workloads: [
        'eu-1/shop/Deployment/image-proxy',
        'us-1/shop/Deployment/image-proxy',
      ],
      expected:
        'CPU says too many replicas, the network says busy: not scaled down, and the weighing is shown.',
      facts: { bytesPerRequest: 190_000 },
    },
  }),
  () => ({
    truth: {
      id: 'over-requested',
      workloads: [
        'eu-1/shop/Deployment/inventory',
        'eu-1/shop/Deployment/loyalty',
      ],
      expected:
        'Requests can follow use. inventory keeps the saving; loyalty breaks its latency below 0.5 cores a pod.',
      facts: {
        loyaltyBreaksBelowCores: 0.5,
        inventoryRequestCores: 1,
        loyaltyRequestCores: 1.5,
      },
    },
  }),
  () => ({
    truth: {
      id: 'duty-cycle',
      workloads: ['eu-1/insights/Deployment/recommendations'],
      expected: 'The GPU works a small part of the time: reported, not cut.',
      facts: { gpusPerPod: 1 },
    },
  }),
  () => ({
    truth: {
      id: 'stateful',
      workloads: [
        'eu-1/payments/StatefulSet/orders-db',
        'eu-1/payments-staging/StatefulSet/orders-db-staging',
      ],
      expected:
        'Production is left alone; staging can move to a smaller class.',
      facts: {},
    },
  }),
  () => ({
    truth: {
      id: 'shared-bus',
      workloads: ['eu-1/platform/StatefulSet/event-bus'],
      expected:
        'Four fifths of its cost are charged to its users by messages published and appear as their shared cost.',
      facts: { chargedShare: 0.8 },
    },
  }),
  () => ({
    truth: {
      id: 'dev-nights',
      workloads: [
        'eu-1/shop-dev/Deployment/my-web-app',
        'eu-1/shop-dev/Deployment/cart',
        'eu-1/shop-dev/Deployment/search',
        'eu-1/shop-dev/Deployment/checkout',
        'eu-1/insights-dev/Deployment/fraud-scoring',
        'eu-1/insights-dev/Deployment/recommendations',
      ],
      expected:
        'Dev copies run through nights and weekends unused: an off-hours schedule.',
      facts: { idleShareOfWeek: 0.6 },
    },
  }),
  () => ({
    truth: {
      id: 'short-history',
      workloads: ['eu-1/shop/Deployment/wishlist'],
      expected: 'No advice: only 3 days of history.',
      facts: { days: 3 },
    },
  }),
  () => ({
    truth: {
      id: 'no-annotations',
      workloads: ['eu-1/shop/Deployment/gift-cards'],
      expected:
        'The entity names no workload; its page says which annotation to add.',
      facts: {},
    },
  }),
];
