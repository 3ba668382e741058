import { mockServices, TestDatabases } from '@backstage/backend-test-utils';
import {
  DAY_MS,
  dayOf,
  money,
  workloadKey,
} from '@apexlogic/backstage-plugin-finops-common';
import { Stores } from '../database/createStores';
import { createTestStores, DATABASE_IDS } from '../__testUtils__/databases';
import {
  createEstate,
  createSources,
  Estate,
  WEB,
} from '../__testUtils__/estate';
import { ENTITY, ENTITY_REF, NOW } from '../__testUtils__/fixtures';
import { ingestEntities } from './ingestEntities';
import { StatusLog } from './sources';

jest.setTimeout(60_000);

const databases = TestDatabases.create({ ids: DATABASE_IDS });
const KEY = workloadKey(WEB);

describe.each(databases.eachSupportedId())(
  'ingestEntities on %s',
  databaseId => {
    let stores: Stores;
    let estate: Estate;

    beforeEach(async () => {
      stores = await createTestStores(databases, databaseId);
      estate = createEstate();
      estate.now = () => Date.parse(NOW);
    });

    async function ingest(now = NOW) {
      estate.now = () => Date.parse(now);
      await ingestEntities(
        {
          stores,
          sources: createSources(estate),
          logger: mockServices.logger.mock(),
          statuses: new StatusLog(now),
          now: new Date(now),
          historyDays: 20,
          environmentRules: [],
          signal: new AbortController().signal,
        },
        [ENTITY],
      );
    }
    const statuses = async () =>
      Object.fromEntries(
        (
          (await stores.sourceStatuses.list([ENTITY_REF])).get(ENTITY_REF) ?? []
        ).map(item => [item.kind, item]),
      );
    const costs = () =>
      stores.costs.getCosts(ENTITY_REF, '2026-10-01', '2026-12-01');
    const spans = (kind: string) =>
      estate.asked.filter(item => item.kind === kind).map(item => item.period);

    it('reads only what is new, and provisional days of cost again', async () => {
      await ingest();
      const [first] = spans('metric');
      expect(first.start).toBe('2026-10-31T00:00:00.000Z');
      expect(
        (await stores.usage.getSketches(KEY, '2026-10-01', '2026-12-01'))
          .length,
      ).toBe(2 * 21);
      const before = await costs();
      estate.asked.length = 0;

      await ingest('2026-11-20T15:30:00.000Z');
      expect(spans('metric')).toEqual([
        { start: NOW, end: '2026-11-20T15:00:00.000Z' },
      ]);
      expect(spans('cost')).toEqual([
        { start: '2026-11-18T00:00:00.000Z', end: '2026-11-21T00:00:00.000Z' },
      ]);
      expect(await costs()).toEqual(before);

      estate.asked.length = 0;
      await ingest('2026-11-20T15:45:00.000Z');
      expect(spans('metric')).toEqual([]);
      expect(await statuses()).toMatchObject({
        metric: { status: 'ok' },
        cost: { status: 'ok' },
      });
    });

    it.each([
      [{ status: 'down', reason: 'connection refused' }],
      [{ status: 'denied', reason: 'forbidden' }],
      [{ status: 'malformed', reason: 'not JSON' }],
      [{ status: 'not-configured', fix: 'set the URL' }],
      [{ status: 'no-data' }],
    ] as const)(
      'keeps a source that answers %p apart from the others',
      async result => {
        estate.broken.metric = result;
        await ingest();
        expect(await statuses()).toMatchObject({
          metric: result,
          cost: { status: 'ok' },
          state: { status: 'ok' },
          log: { status: 'ok' },
        });
        expect(await costs()).not.toEqual([]);

        // What was not read is read once the source is back, if waiting for it can help.
        delete estate.broken.metric;
        await ingest('2026-11-20T13:00:00.000Z');
        const read =
          (await stores.usage.getSketches(KEY, '2026-10-01', '2026-12-01'))
            .length > 2;
        expect(read).toBe(result.status === 'down');
        expect(await statuses()).toMatchObject({ metric: { status: 'ok' } });
      },
    );

    it('takes a source that throws for down and keeps the last seen workloads', async () => {
      await ingest();
      estate.throwing.add('state').add('cost');
      await ingest('2026-11-20T13:00:00.000Z');
      expect(await statuses()).toMatchObject({
        state: { status: 'down', reason: 'state source has a defect' },
        cost: { status: 'down' },
        metric: { status: 'ok' },
      });
      expect(await stores.entities.getWorkloads(ENTITY_REF)).toHaveLength(1);
      expect(await costs()).not.toEqual([]);
    });

    it('leaves unusable cost rows out, says so, and keeps currencies apart', async () => {
      const day = dayOf(Date.parse(NOW) - 5 * DAY_MS);
      const row = {
        workload: KEY,
        day,
        category: 'other' as const,
        provisional: false,
      };
      estate.extraCosts = [
        { ...row, cost: { amountMicros: NaN, currency: 'USD' } },
        {
          ...row,
          cost: { amountMicros: null as unknown as number, currency: 'USD' },
        },
        { ...row, cost: { amountMicros: 1, currency: 'dollars' } },
        { ...row, cost: money(5_000_000, 'EUR') },
        {
          ...row,
          workload: 'c2/production/Deployment/web',
          cost: money(7_000_000, 'EUR'),
        },
      ];
      await ingest();
      expect(await statuses()).toMatchObject({
        cost: {
          status: 'malformed',
          reason: expect.stringContaining('3 cost rows'),
        },
      });
      expect((await costs()).filter(item => item.category === 'other')).toEqual(
        [expect.objectContaining({ currency: 'EUR', micros: 5_000_000, day })],
      );
    });

    it('sees that a spec changed when no source tells', async () => {
      await ingest();
      estate.replicas = 4;
      await ingest('2026-11-20T13:00:00.000Z');
      await ingest('2026-11-20T14:00:00.000Z');
      const [{ state }] = await stores.entities.getWorkloads(ENTITY_REF);
      expect(state.specChangedAt).toBe('2026-11-20T13:00:00.000Z');
      const events = await stores.events.list(
        ENTITY_REF,
        '2026-11-20T00:00:00.000Z',
        '2026-11-21T00:00:00.000Z',
      );
      expect(events.filter(event => event.kind === 'spec-change')).toHaveLength(
        1,
      );
    });
  },
);
