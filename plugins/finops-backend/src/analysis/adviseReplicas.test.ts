import { WorkloadState } from '@apexlogic/backstage-plugin-finops-node';
import { stateEvidence } from '../decision/evidence';
import { history } from '../__testUtils__/history';
import { NOW } from '../__testUtils__/fixtures';
import { adviseReplicas } from './adviseReplicas';

/** Ten pods of a core each that together use one. */
function idleHistory(availability: Partial<WorkloadState>) {
  const idle = history({
    cpuMicros: Array.from({ length: 20 }, () => 1_000_000),
    replicas: 10,
    usedCores: 1,
  });
  return {
    ...idle,
    stored: {
      ...idle.stored,
      state: { ...idle.stored.state, ...availability },
    },
  };
}

it.each([
  ['nothing but load decides', {}, 5],
  ['each zone keeps a replica', { zones: 7 }, 7],
  [
    'one more stays than a budget keeps',
    { disruptionBudget: { minAvailable: 8 } },
    9,
  ],
  [
    'the stricter of both counts',
    { zones: 6, disruptionBudget: { minAvailable: 3 } },
    6,
  ],
])('%s', (_, availability, replicas) => {
  expect(adviseReplicas(idleHistory(availability), NOW)?.plan).toMatchObject({
    kind: 'plan',
    replicas,
  });
});

it('shows what was known of availability, what was not, and devices that nothing judges', () => {
  const words = stateEvidence(
    idleHistory({
      zones: 3,
      disruptionBudget: { maxUnavailable: '25%' },
      availabilityUnknown: ['Something is unknown.'],
      containers: [
        {
          name: 'web',
          cpuRequest: 1,
          extendedResources: { 'nvidia.com/gpu': 1 },
        },
      ],
    }),
  ).summary;
  expect(words).toContain('a disruption budget lets 25% be away');
  expect(words).toContain('spread over 3 zones');
  expect(words).toContain('web requests 1 nvidia.com/gpu; not judged.');
  expect(words).toContain('Something is unknown.');
});

it('takes no pod away that holds a device whose use nobody measures', () => {
  const plan = adviseReplicas(
    idleHistory({
      containers: [
        {
          name: 'web',
          cpuRequest: 1,
          extendedResources: { 'nvidia.com/gpu': 1 },
        },
      ],
    }),
    NOW,
  )?.plan;
  expect(plan).toMatchObject({
    kind: 'abstention',
    reason: expect.stringContaining('nvidia.com/gpu'),
  });
});
