import { history } from '../__testUtils__/history';
import { NOW, WORKLOAD } from '../__testUtils__/fixtures';
import { StoredEvent } from '../database/EventStore';
import { capacityFinding } from './capacityFinding';
import { findCapacityRisks } from './findCapacityRisks';
import { WorkloadHistory } from './types';

const ENTITY_REF = 'component:default/web';
const GIB = 2 ** 30;
const STEP_S = 3600;
const DAYS = 21;
const END = Date.parse(NOW) / 1000;

/** A pod limited to 2 GiB whose memory is `used` of it on each day before now. */
function workload(
  used: (daysAgo: number) => number,
  change: (base: WorkloadHistory) => Partial<WorkloadHistory> = () => ({}),
): WorkloadHistory {
  const base = history({ cpuMicros: [3e6, 3e6, 3e6, 3e6] });
  const start = Math.floor(END / STEP_S) * STEP_S - DAYS * 86_400;
  const values = Float64Array.from(
    { length: (DAYS * 86_400) / STEP_S },
    (_, i) => used(DAYS - (i * STEP_S) / 86_400) * 2 * GIB,
  );
  const [container] = base.stored.state.containers;
  const limited: WorkloadHistory = {
    ...base,
    stored: {
      ...base.stored,
      state: {
        ...base.stored.state,
        containers: [{ ...container, memoryLimit: 2 * GIB }],
      },
    },
    series: [
      ...base.series,
      {
        workload: WORKLOAD,
        container: 'web',
        metric: 'memory-usage-max',
        start,
        step: STEP_S,
        values,
      },
    ],
  };
  return { ...limited, ...change(limited) };
}

const event = (daysAgo: number, id: string): StoredEvent => ({
  entityRef: ENTITY_REF,
  sourceId: 'git',
  id,
  kind: 'deployment',
  at: new Date((END - daysAgo * 86_400) * 1000).toISOString(),
  title: `Deploy ${id}`,
  link: `https://git.example.com/${id}`,
});

/** Since nine days it grows by a twentieth of the limit a day. */
const leak = (daysAgo: number) => 0.4 + 0.05 * Math.max(0, 9 - daysAgo);

describe('findCapacityRisks', () => {
  it('tells when a leak reaches the limit, since when, and what it began after', () => {
    const leaking = workload(leak);
    const events = [event(15, 'old'), event(9, 'new')];
    const [risk, ...others] = findCapacityRisks(leaking, events, NOW);
    expect(others).toEqual([]);
    expect(risk).toMatchObject({ signal: 'memory', container: 'web' });
    expect(risk.saturation.expected! / 86_400).toBeCloseTo(3, 0);

    const finding = capacityFinding(ENTITY_REF, leaking, risk, events, NOW);
    expect(finding).toMatchObject({
      kind: 'capacity-risk',
      signal: 'memory',
      workload: WORKLOAD,
      ongoing: true,
    });
    expect(finding.title).toMatch(
      /^Memory of web is expected to reach its limit of 2 GiB on \d+ \w+$/,
    );
    const [use, cause] = finding.evidence;
    expect(use.summary).toContain('MiB a day since');
    expect(use.series!.map(({ role }) => role)).toEqual([
      'observed',
      'expected',
      'expected-lower',
      'expected-upper',
      'limit',
    ]);
    expect(cause).toMatchObject({
      kind: 'change',
      summary: 'It began within a day of the deployment "Deploy new".',
      link: 'https://git.example.com/new',
    });
    const later = new Date(Date.parse(NOW) + 3_600_000).toISOString();
    expect(capacityFinding(ENTITY_REF, leaking, risk, events, later).id).toBe(
      finding.id,
    );
  });

  it('finds connections and a quota that run out, the quota once for its namespace', () => {
    const filling = workload(
      () => 0.1,
      base => {
        const [used] = base.series.slice(-1);
        const along = (
          metric: 'connections-used' | 'connections-limit' | 'quota-memory',
          value: (daysAgo: number) => number,
        ) => ({
          ...used,
          container: '',
          metric,
          values: used.values.map((_, i) =>
            value(DAYS - (i * STEP_S) / 86_400),
          ),
        });
        return {
          series: [
            along('connections-used', daysAgo => 200 * leak(daysAgo)),
            along('connections-limit', () => 200),
            along('quota-memory', leak),
          ],
        };
      },
    );
    const risks = findCapacityRisks(filling, [], NOW);
    expect(risks.map(({ signal }) => signal)).toEqual([
      'connections',
      'quota-memory',
    ]);
    const findings = risks.map(risk =>
      capacityFinding(ENTITY_REF, filling, risk, [], NOW),
    );
    expect(findings.map(({ title }) => title)).toEqual([
      expect.stringMatching(
        /^Connections of web are expected to reach their limit of 200 on \d+ \w+$/,
      ),
      expect.stringMatching(
        /^Memory requests in namespace production are expected to reach their quota on \d+ \w+$/,
      ),
    ]);
    const other: WorkloadHistory = {
      ...filling,
      stored: { ...filling.stored, workload: 'c1/production/Deployment/api' },
    };
    const again = risks.map(risk =>
      capacityFinding(ENTITY_REF, other, risk, [], NOW),
    );
    expect(again.map(({ id }, i) => id === findings[i].id)).toEqual([
      false,
      true,
    ]);
    expect(findings[1].workload).toBeUndefined();
  });

  it('finds a volume that fills and an autoscaler that comes to its end', () => {
    const both = workload(
      () => 0.5,
      base => {
        const [used] = base.series.slice(-1);
        return {
          stored: {
            ...base.stored,
            state: {
              ...base.stored.state,
              autoscaler: {
                kind: 'HorizontalPodAutoscaler',
                name: 'web',
                minReplicas: 1,
                maxReplicas: 4,
                resources: ['cpu'],
              },
            },
          },
          series: [
            {
              ...used,
              metric: 'cpu-usage-sum',
              values: used.values.map((_, i) => 2 + (i / 24) * 0.09),
            },
            {
              ...used,
              container: '',
              metric: 'volume-used',
              values: used.values.map((_, i) => (40 + (i / 24) * 2.6) * GIB),
            },
            {
              ...used,
              container: '',
              metric: 'volume-capacity',
              values: used.values.map(() => 100 * GIB),
            },
          ],
        };
      },
    );
    const risks = findCapacityRisks(both, [], NOW);
    expect(
      risks.map(risk => capacityFinding(ENTITY_REF, both, risk, [], NOW).title),
    ).toEqual([
      expect.stringMatching(
        /^The volume of web is expected to reach its size of 100 GiB on /,
      ),
      expect.stringMatching(
        /^CPU use of web is expected to reach all that the 4 replicas of its autoscaler request on /,
      ),
    ]);
  });

  it('says today of what is over its limit already', () => {
    const full = workload(daysAgo => 1.05 - 0.001 * daysAgo);
    const [risk] = findCapacityRisks(full, [], NOW);
    expect(risk.saturation.expected).toBe(0);
    const today = new Date(NOW).toLocaleDateString('en-GB', {
      day: 'numeric',
      month: 'short',
      timeZone: 'UTC',
    });
    expect(capacityFinding(ENTITY_REF, full, risk, [], NOW).title).toBe(
      `Memory of web is expected to reach its limit of 2 GiB on ${today}`,
    );
  });

  it('raises nothing that is steady, far away, unlimited or no longer measured', () => {
    const without = workload(leak, base => ({
      stored: {
        ...base.stored,
        state: {
          ...base.stored.state,
          containers: [{ name: 'web', cpuRequest: 1 }],
        },
      },
    }));
    for (const harmless of [
      workload(() => 0.8),
      workload(daysAgo => 0.2 + 0.001 * (DAYS - daysAgo)),
      workload(daysAgo => (daysAgo > 1 ? leak(daysAgo) : NaN)),
      without,
    ]) {
      expect(findCapacityRisks(harmless, [], NOW)).toEqual([]);
    }
  });
});
