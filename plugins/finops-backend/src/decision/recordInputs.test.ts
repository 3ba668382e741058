import { createHash } from 'node:crypto';
import { TestDatabases } from '@backstage/backend-test-utils';
import { UsageSketch } from '@apexlogic/backstage-plugin-finops-analysis';
import fc from 'fast-check';
import { createTestStores, DATABASE_IDS } from '../__testUtils__/databases';
import { ENTITY_REF, NOW } from '../__testUtils__/fixtures';
import { chances, createFleet, dayBefore } from '../__testUtils__/fleet';
import { analyseEntity } from '../analysis/analyseEntity';
import { WorkloadInputs } from '../analysis/types';
import { Stores } from '../database/createStores';
import { StoredMetric } from '../database/UsageStore';
import { replayReport } from '../review/replayReport';
import { decideEntity } from './decideEntity';
import { decodeInputs, encodeInputs } from './encodeInputs';
import { reconcile } from './reconcile';
import { MOST_BYTES, recordInputs } from './recordInputs';

jest.setTimeout(60_000);

const databases = TestDatabases.create({ ids: DATABASE_IDS });

describe('encodeInputs', () => {
  const float = fc
    .float({ noDefaultInfinity: true })
    .map(value => (Object.is(value, -0) ? 0 : value));
  const inputs: fc.Arbitrary<WorkloadInputs> = fc.record({
    now: fc.constant(NOW),
    events: fc.constant([]),
    tunings: fc.constantFrom(
      undefined,
      new Map([['app', { cpu: { risk: 'bold', windowDays: 14 } as const }]]),
    ),
    history: fc.record({
      stored: fc.constant({
        workload: 'c1/n/Deployment/ä',
        environment: 'production' as const,
        sourceId: 's',
        observedAt: NOW,
        state: {
          workload: {
            cluster: 'c1',
            namespace: 'n',
            kind: 'Deployment',
            name: 'ä',
          },
          containers: [],
          labels: { team: '“x”' },
          annotations: {},
        },
      }),
      origins: fc.constant([]),
      costs: fc.constant([]),
      series: fc.array(
        fc.record({
          workload: fc.constant('c1/n/Deployment/ä'),
          container: fc.constantFrom('', 'app'),
          metric: fc.constantFrom('replicas' as const, 'oom-kills' as const),
          start: fc.integer({ min: 0, max: 2e9 }),
          step: fc.constant(300),
          values: fc
            .array(fc.oneof(float, fc.constant(NaN)), { maxLength: 50 })
            .map(values => Float64Array.from(values)),
        }),
        { maxLength: 4 },
      ),
    }),
    sketches: fc.array(
      fc.record({
        container: fc.constant('app'),
        resource: fc.constantFrom('cpu' as const, 'memory' as const),
        day: fc.constant('2026-11-01'),
        sketch: fc
          .array(fc.double({ min: 0, max: 1e9, noNaN: true }), {
            maxLength: 20,
          })
          .map(values => {
            const sketch = UsageSketch.empty('cpu');
            values.forEach(value => sketch.add(value));
            return sketch;
          }),
      }),
      { maxLength: 3 },
    ),
  });

  it('gives back what it packed, to the bit', () => {
    fc.assert(
      fc.property(inputs, given => {
        const back = decodeInputs(encodeInputs(given));
        const plain = ({ sketches, ...rest }: WorkloadInputs) => ({
          ...rest,
          sketches: sketches.map(({ sketch, ...of }) => ({
            ...of,
            bytes: [...sketch.encode()],
          })),
        });
        expect(plain(back)).toEqual(plain(given));
      }),
    );
  });

  it('throws on what is no recording', () => {
    expect(() => decodeInputs(new Uint8Array([1, 2, 3]))).toThrow();
  });
});

describe.each(databases.eachSupportedId())('recorded inputs on %s', id => {
  let stores: Stores;

  beforeEach(async () => {
    stores = await createTestStores(databases, id);
    const fleet = createFleet(stores, 2);
    await fleet.save();
    await fleet.measure(dayBefore(NOW, 40), dayBefore(NOW, 0), {
      priced: true,
    });
  });

  const pass = async (now = NOW) => {
    const analysis = await analyseEntity(stores, ENTITY_REF, new Date(now), {});
    const decisions = decideEntity(analysis, new Map());
    await reconcile(stores, ENTITY_REF, decisions, now);
    await recordInputs(stores, analysis, decisions);
    return analysis;
  };
  const active = async () =>
    (await stores.recommendations.listActive(ENTITY_REF)).map(
      ({ recommendation }) => recommendation,
    );

  it('give the same advice again, and are written anew only when the advice is another', async () => {
    await pass();
    const advised = await active();
    expect(advised.length).toBeGreaterThan(0);
    for (const { id: one } of advised) {
      const report = await replayReport(stores, one);
      expect(report).toMatchObject({
        result: 'same',
        differences: [],
        leftOut: [],
        recordedAt: NOW,
      });
      expect(report.bytes).toBeLessThanOrEqual(MOST_BYTES);
    }
    await pass('2026-11-20T12:30:00.000Z');
    expect(await replayReport(stores, advised[0].id)).toMatchObject({
      result: 'same',
      recordedAt: NOW,
    });
  });

  it('say in which fields it comes out otherwise', async () => {
    const analysis = await pass();
    const [one] = await active();
    const recording = (await stores.recordings.get(one.id))!;
    const input = analysis.inputs.find(
      ({ history }) => history.stored.workload === one.workload,
    )!;
    // Twice the price: the saving is another, and so are the words that name it.
    await stores.recordings.save(one.id, {
      ...recording,
      inputs: encodeInputs({
        ...input,
        history: {
          ...input.history,
          costs: input.history.costs.map(cost => ({
            ...cost,
            micros: cost.micros * 2,
          })),
        },
      }),
    });
    const report = await replayReport(stores, one.id);
    expect(report.result).toBe('differs');
    expect(report.differences.map(({ field }) => field)).toEqual([
      'reason',
      'saving',
    ]);
    expect(report.differences[1].recorded).toEqual(one.saving);
  });

  it('are not recorded where there are none, they are of other advice or another format', async () => {
    await pass();
    const [one, two] = await active();
    await stores
      .knex('finops_recordings')
      .where({ recommendation_id: one.id })
      .delete();
    expect(await replayReport(stores, one.id)).toMatchObject({
      result: 'not-recorded',
      reason: expect.stringContaining('not recorded'),
    });
    await stores
      .knex('finops_recommendations')
      .where({ id: two.id })
      .update({ saving_micros: 1 });
    expect(await replayReport(stores, two.id)).toMatchObject({
      result: 'not-recorded',
      reason: expect.stringContaining('changed since'),
    });
    const recording = (await stores.recordings.get(two.id))!;
    await stores.recordings.save(two.id, { ...recording, version: 99 });
    expect(await replayReport(stores, two.id)).toMatchObject({
      result: 'not-recorded',
      reason: expect.stringContaining('format 99'),
    });
  });

  it.each<[readonly StoredMetric[], string[]]>([
    [
      ['latency-p95', 'error-rate', 'log-error-rate'],
      ['latency-p95', 'error-rate', 'log-error-rate'],
    ],
    [
      ['cpu-usage-sum', 'network-receive', 'network-transmit', 'request-rate'],
      ['cpu-usage-max', 'memory-usage-max', 'series before 2026-11-03'],
    ],
    [
      [
        'latency-p95',
        'memory-usage-sum',
        'cpu-usage-sum',
        'network-receive',
        'network-transmit',
        'request-rate',
        'log-request-rate',
      ],
      [
        'latency-p95',
        'cpu-usage-max',
        'memory-usage-max',
        'memory-usage-sum',
        'cpu-usage-sum',
        'network-receive',
        'network-transmit',
        'request-rate',
        'log-request-rate',
      ],
    ],
  ])(
    'of five weeks of noise at five minutes of %j leave out %j',
    async (metrics, leftOut) => {
      const days = 35;
      const start = Date.parse(`${dayBefore(NOW, days)}T00:00:00Z`) / 1000;
      const [workload] = createFleet(stores, 1).keys;
      const noise = chances(1);
      await stores.usage.saveSeries(
        metrics.map(metric => ({
          workload,
          container: metric.endsWith('-sum') ? 'app' : '',
          metric,
          start,
          step: 300,
          values: Float64Array.from(
            { length: days * 288 },
            () => 0.1 + 0.1 * noise(),
          ),
          sourceId: 'metrics',
          query: metric,
        })),
      );
      await pass();
      const one = (await active()).find(
        recommendation => recommendation.workload === workload,
      )!;
      const report = await replayReport(stores, one.id);
      expect(report).toMatchObject({ result: 'same', leftOut });
      expect(report.bytes).toBeLessThanOrEqual(MOST_BYTES);
    },
  );

  it('say so where even the least of them is too large', async () => {
    const [stored] = createFleet(stores, 1).workloads;
    await stores.entities.replaceWorkloads(ENTITY_REF, [
      {
        ...stored,
        state: {
          ...stored.state,
          annotations: Object.fromEntries(
            Array.from({ length: 3000 }, (_, index) => [
              `a${index}`,
              createHash('sha256').update(String(index)).digest('base64'),
            ]),
          ),
        },
      },
    ]);
    await pass();
    const [one] = await active();
    expect(await replayReport(stores, one.id)).toMatchObject({
      result: 'not-recorded',
      reason: expect.stringContaining('larger than what is kept'),
    });
  });
});
