import { timeToSaturation } from '@apexlogic/backstage-plugin-finops-analysis';
import { history } from '../__testUtils__/history';
import { NOW, WORKLOAD } from '../__testUtils__/fixtures';
import { CapacityRisk } from '../analysis/findCapacityRisks';
import { WorkloadAnalysis } from '../analysis/types';
import { decideEntity } from './decideEntity';
import { Decision, Draft } from './types';

const ENTITY_REF = 'component:default/web';
const GIB = 2 ** 30;

function leaking(
  limit: number,
  perDay: number,
  priced = true,
  memoryRequest: number | null = GIB,
): WorkloadAnalysis {
  const base = history({
    cpuMicros: priced ? [3e6, 3e6, 3e6, 3e6] : [],
  });
  const use = {
    start: Date.parse(NOW) / 1000 - 14 * 86_400,
    step: 3600,
    values: Float64Array.from(
      { length: 14 * 24 },
      (_, i) => limit - (3 + (14 * 24 - i) / 24 - 1) * perDay,
    ),
  };
  const saturation = timeToSaturation(use, limit);
  if (saturation.kind === 'abstention') {
    throw new Error(saturation.reason);
  }
  const risk: CapacityRisk = {
    signal: 'memory',
    container: 'web',
    use,
    limit,
    saturation,
  };
  const memory = base.costs.map(cost => ({
    ...cost,
    category: 'memory' as const,
  }));
  const stored = {
    ...base.stored,
    state: {
      ...base.stored.state,
      containers: [
        {
          name: 'web',
          cpuRequest: 1,
          memoryRequest: memoryRequest ?? undefined,
          memoryLimit: limit,
        },
      ],
    },
  };
  return {
    history: { ...base, stored, costs: [...base.costs, ...memory] },
    containers: [],
    risks: [risk],
  };
}

function decide(workload: WorkloadAnalysis): Decision[] {
  return decideEntity(
    {
      entityRef: ENTITY_REF,
      now: NOW,
      workloads: [workload],
      findings: [],
      windowStart: NOW,
    },
    new Map(),
  );
}

function containersOf(decision: Decision) {
  const { action } = (decision as Draft).content;
  return action.kind === 'rightsize' && 'containers' in action
    ? action.containers
    : undefined;
}

describe('relief of a capacity risk', () => {
  it('raises limit and request for two weeks of growth, at a price, before anything else', () => {
    const [decision] = decide(leaking(4 * GIB, 0.1 * GIB));
    expect(decision).toMatchObject({
      kind: 'draft',
      content: {
        workload: WORKLOAD,
        priority: 'high',
        title: expect.stringMatching(
          /^Raise the memory limit of web from 4Gi to /,
        ),
        reason: expect.stringContaining('growing by 102 MiB a day'),
      },
    });
    expect(
      (decision as Draft).content.saving.expected.amountMicros,
    ).toBeLessThan(0);
    const [{ memoryLimit, memoryRequest, cpuRequest }] =
      containersOf(decision)!;
    // 3.8 GiB now, 0.1 GiB a day for two weeks.
    expect(parseFloat(memoryLimit!) / 1024).toBeGreaterThan(4.9);
    expect(parseFloat(memoryLimit!) / 1024).toBeLessThan(5.7);
    expect(parseFloat(memoryRequest!)).toBeLessThanOrEqual(
      parseFloat(memoryLimit!),
    );
    expect(cpuRequest).toBeUndefined();
  });

  it('never more than doubles a limit at once, and keeps a request that was the limit at it', () => {
    const [decision] = decide(leaking(GIB, 0.06 * GIB));
    const [{ memoryLimit, memoryRequest }] = containersOf(decision)!;
    expect(memoryLimit).toBe(memoryRequest);
    const [steep] = decide(leaking(16 * GIB, 4 * GIB));
    expect(containersOf(steep)![0].memoryLimit).toBe('32Gi');
  });

  it('invents no request, and costs nothing where the request holds what is used', () => {
    const [none] = decide(leaking(4 * GIB, 0.1 * GIB, true, null));
    expect(containersOf(none)![0]).toMatchObject({ memoryRequest: undefined });
    const [held] = decide(leaking(4 * GIB, 0.1 * GIB, true, 3.95 * GIB));
    expect(containersOf(held)![0].memoryRequest).toBeUndefined();
    const { saving, reason, priority } = (held as Draft).content;
    expect(saving.expected.amountMicros).toBe(0);
    expect(reason).toContain('costs nothing more');
    expect(priority).toBe('high');
  });

  it('says so where the price is unknown', () => {
    expect(decide(leaking(4 * GIB, 0.1 * GIB, false))).toContainEqual(
      expect.objectContaining({
        kind: 'withheld',
        subject: 'memory limit',
        abstention: expect.objectContaining({ code: 'no-price' }),
      }),
    );
  });
});
