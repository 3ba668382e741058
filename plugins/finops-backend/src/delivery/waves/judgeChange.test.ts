import fc from 'fast-check';
import { Finding } from '@apexlogic/backstage-plugin-finops-common';
import { judgeLive, Watched } from './judgeChange';

const SINCE = 1_800_000_000;
const WORKLOAD = 'c1/shop/Deployment/web';

const use = (
  metric: 'cpu-usage-max' | 'memory-usage-max' | 'cpu-throttled-ratio',
  values: number[],
) => ({
  workload: WORKLOAD,
  container: 'web',
  metric,
  start: SINCE,
  step: 300,
  values: Float64Array.from(values),
});

const full = (value = 0.2) => Array.from({ length: 12 }, () => value);

const watched: Watched = {
  liveSince: SINCE,
  now: SINCE + 2 * 3600,
  observeSeconds: 3600,
  workload: WORKLOAD,
  series: [use('cpu-usage-max', full()), use('memory-usage-max', full())],
  findings: [],
  pods: { ready: 3, wanted: 3, observedAt: SINCE + 2 * 3600 },
};

const finding = (change: Partial<Finding>): Finding => ({
  id: 'f',
  kind: 'anomaly',
  entityRef: 'component:default/web',
  signal: 'latency',
  title: 'Latency doubled',
  period: {
    start: new Date((SINCE + 60) * 1000).toISOString(),
    end: new Date((SINCE + 600) * 1000).toISOString(),
  },
  direction: 'above',
  confidence: 1,
  model: { name: 'm', version: '1.0.0' },
  evidence: [],
  ...change,
});

describe('judgeLive', () => {
  it('calls healthy what was measured to the end and is ready', () => {
    expect(judgeLive(watched).kind).toBe('healthy');
  });

  it.each<[string, Partial<Watched>]>([
    [
      'throttling',
      {
        series: [...watched.series, use('cpu-throttled-ratio', full(0.6))],
      },
    ],
    ['missing pods', { pods: { ...watched.pods!, ready: 2 } }],
    ['worse latency', { findings: [finding({})] }],
    [
      'an incident of the whole entity',
      { findings: [finding({ kind: 'incident', signal: 'alert' })] },
    ],
  ])('calls unhealthy what shows %s', (_, change) => {
    expect(judgeLive({ ...watched, ...change }).kind).toBe('unhealthy');
  });

  it.each<[string, Finding]>([
    [
      'began before',
      finding({
        period: {
          start: new Date((SINCE - 60) * 1000).toISOString(),
          end: new Date((SINCE + 600) * 1000).toISOString(),
        },
      }),
    ],
    ['is of another workload', finding({ workload: 'c1/shop/Deployment/api' })],
    ['is an improvement', finding({ direction: 'below' })],
    ['is about cost', finding({ signal: 'cost' })],
  ])('does not blame a change for what %s', (_, harmless) => {
    expect(judgeLive({ ...watched, findings: [harmless] }).kind).toBe(
      'healthy',
    );
  });

  it('never calls healthy what was not measured, or not to the end', () => {
    fc.assert(
      fc.property(
        fc.array(fc.boolean(), { minLength: 12, maxLength: 12 }),
        fc.constantFrom('cpu-usage-max' as const, 'memory-usage-max' as const),
        fc.integer({ min: 0, max: 2 * 3600 }),
        (seen, metric, elapsed) => {
          const { kind } = judgeLive({
            ...watched,
            now: SINCE + elapsed,
            series: watched.series.map(series =>
              series.metric === metric
                ? use(
                    metric,
                    seen.map(there => (there ? 0.2 : NaN)),
                  )
                : series,
            ),
          });
          const measured = seen.filter(Boolean).length / 12 >= 0.8;
          expect(kind).toBe(
            elapsed >= 3600 && measured ? 'healthy' : 'waiting',
          );
        },
      ),
    );
  });
});
