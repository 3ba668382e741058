import { mockServices, TestDatabases } from '@backstage/backend-test-utils';
import { DAY_MS, workloadKey } from '@apexlogic/backstage-plugin-finops-common';
import { analyseEntity } from '../analysis/analyseEntity';
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
const HOUR_MS = 3_600_000;
const RELEASE = Date.parse(NOW) - 6 * DAY_MS;

/** Two ordinary messages an hour; others are added by the tests. */
const ordinary: Estate['lines'] = ({ start, end }) => {
  const lines = [];
  for (let at = Date.parse(start); at < Date.parse(end); at += HOUR_MS) {
    const hour = at / HOUR_MS;
    lines.push(
      {
        at: new Date(at + 60_000).toISOString(),
        line: `request ${hour} served from cache in ${hour % 90} ms`,
        standsFor: 100 + (hour % 7),
      },
      {
        at: new Date(at + 120_000).toISOString(),
        line: `payment of order ${hour} declined by provider`,
        standsFor: (at >= RELEASE ? 40 : 4) + (hour % 3),
      },
    );
  }
  return lines;
};

describe.each(databases.eachSupportedId())('log lines on %s', databaseId => {
  let stores: Stores;
  let estate: Estate;

  beforeEach(async () => {
    stores = await createTestStores(databases, databaseId);
    estate = createEstate();
    estate.lines = ordinary;
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
  const counts = () =>
    stores.logTemplates.getCounts(KEY, '2026-10-01', '2026-12-01');
  const findings = async (now = NOW) =>
    (
      await analyseEntity(stores, ENTITY_REF, new Date(now), {})
    ).findings.filter(finding => finding.signal === 'logs');

  it('counts messages under lasting ids, asks only for what is new, and never twice', async () => {
    await ingest();
    const before = await counts();
    expect(before?.templates.map(({ template }) => template).sort()).toEqual([
      'payment of order <*> declined by provider',
      'request <*> served from cache in <*>',
    ]);
    expect(estate.askedLines[0].start).toBe('2026-11-06T00:00:00.000Z');

    // The same once more, as after a crash before the watermark was written.
    const last = estate.askedLines[estate.askedLines.length - 1];
    await stores.watermarks.set('logs', 'log-lines', [KEY], last.start);
    await ingest();
    expect(await counts()).toEqual(before);

    estate.askedLines.length = 0;
    await ingest('2026-11-20T14:10:00.000Z');
    expect(estate.askedLines).toEqual([
      { start: NOW, end: '2026-11-20T14:00:00.000Z' },
    ]);
    const after = await counts();
    expect(after?.templates.map(({ id }) => id)).toEqual(
      before?.templates.map(({ id }) => id),
    );
    const read = (totals?: Float64Array) =>
      totals?.filter(Number.isFinite).length;
    expect(read(after?.totals)).toBe((read(before?.totals) ?? 0) + 2);

    await stores.logTemplates.deleteBefore('2026-12-01');
    expect(await counts()).toBeUndefined();
    expect(await stores.logTemplates.getTemplates(KEY)).toEqual([]);
  });

  it('finds a new message and a changed rate, since when, and that they go on', async () => {
    estate.lines = period => [
      ...ordinary(period),
      ...[30, 20, 2].flatMap(hours => {
        const at = new Date(Date.parse(NOW) - hours * HOUR_MS).toISOString();
        return at >= period.start && at < period.end
          ? [{ at, line: `cache index ${hours} is gone, scanning all` }]
          : [];
      }),
    ];
    await ingest();
    const found = await findings();
    expect(found).toHaveLength(2);
    const added = found.find(({ title }) => title.startsWith('New message'));
    expect(added).toMatchObject({
      kind: 'anomaly',
      workload: KEY,
      title:
        'New message in the logs of web: “cache index <*> is gone, scanning all”',
      period: { start: '2026-11-19T06:00:00.000Z', end: NOW },
      ongoing: true,
      expected: { mean: 0 },
      evidence: [
        {
          kind: 'log',
          query: '{app="web"}',
          lines: [
            'cache index 2 is gone, scanning all',
            'cache index 20 is gone, scanning all',
          ],
        },
      ],
    });
    const more = found.find(({ title }) => title.startsWith('More messages'));
    expect(more).toMatchObject({
      period: { start: new Date(RELEASE).toISOString() },
      direction: 'above',
      ongoing: true,
    });
    expect(more?.expected?.mean).toBeLessThan(10);
    expect(more?.observed).toBeGreaterThan(30);
    expect(more?.evidence[0].series?.map(({ role }) => role)).toEqual([
      'observed',
      'expected',
    ]);
  });

  it('says nothing of more traffic', async () => {
    estate.lines = period =>
      ordinary(period).map(line => ({
        ...line,
        // The declined payments grow tenfold with the requests.
        standsFor:
          (line.standsFor ?? 1) *
          (Date.parse(line.at) >= RELEASE && line.line.startsWith('request')
            ? 10
            : 1),
      }));
    await ingest();
    expect(await findings()).toEqual([]);
  });

  it('says nothing of a workload that is new itself', async () => {
    const first = new Date(Date.parse(NOW) - 4 * DAY_MS).toISOString();
    estate.lines = period => ordinary(period).filter(({ at }) => at >= first);
    await ingest();
    expect(await findings()).toEqual([]);
  });

  it('keeps no secret, bounds what it keeps and leaves impossible lines out', async () => {
    const at = new Date(Date.parse(NOW) - HOUR_MS).toISOString();
    estate.lines = period => [
      ...ordinary(period),
      ...(at >= period.start && at < period.end
        ? [
            { at, line: 'login with password=hunter2hunter2 from 10.1.2.3' },
            { at, line: '<img src=x onerror=alert(1)>\u202e\u0000 gone' },
            { at, line: 'x'.repeat(1_000_000) },
            { at: 'yesterday', line: 'no such time' },
            { at: '2020-01-01T00:00:00.000Z', line: 'long before' },
            { at, line: 'stands for nothing', standsFor: NaN },
            ...Array.from({ length: 2000 }, (_, index) => ({
              at,
              line: Array.from(
                { length: 3 + (index % 20) },
                (__, word) =>
                  `w${String.fromCharCode(97 + (index % 26), 97 + word)}`,
              ).join(' '),
            })),
          ]
        : []),
    ];
    await ingest();
    const templates = await stores.logTemplates.getTemplates(KEY);
    expect(templates.length).toBeLessThanOrEqual(201);
    const stored = JSON.stringify(templates);
    expect(stored).not.toMatch(
      /hunter2|10\.1\.2\.3|no such time|long before|stands for/,
    );
    expect(templates.flatMap(({ examples }) => examples).join('')).not.toMatch(
      /\p{C}/u,
    );
    expect(
      Math.max(
        ...templates.flatMap(({ examples }) => examples.map(e => e.length)),
      ),
    ).toBeLessThanOrEqual(300);
    const status = (await stores.sourceStatuses.list([ENTITY_REF])).get(
      ENTITY_REF,
    );
    expect(status?.find(({ kind }) => kind === 'log')).toMatchObject({
      status: 'malformed',
    });
    for (const { title } of await findings()) {
      expect(title.length).toBeLessThan(150);
    }
  });

  it('reads on where it stopped once a source is back', async () => {
    await ingest();
    estate.brokenLines = { status: 'down', reason: 'connection refused' };
    await ingest('2026-11-20T15:00:00.000Z');
    delete estate.brokenLines;
    estate.askedLines.length = 0;
    await ingest('2026-11-20T16:00:00.000Z');
    expect(estate.askedLines).toEqual([
      { start: NOW, end: '2026-11-20T16:00:00.000Z' },
    ]);
  });
});
