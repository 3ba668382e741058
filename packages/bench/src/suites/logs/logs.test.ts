import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { runBench } from '../../runBench';
import { BenchReport } from '../../types';
import { drain } from './drain';
import { groupingAccuracy } from './groupingAccuracy';

describe('groupingAccuracy', () => {
  it('counts lines of groups that are exactly a true group', () => {
    const truth = ['a', 'a', 'b', 'b', 'c'];
    expect(groupingAccuracy([1, 1, 2, 2, 3], truth)).toBe(1);
    // One line too few for a, one too many for b.
    expect(groupingAccuracy([1, 2, 2, 2, 3], truth)).toBe(0.2);
    expect(groupingAccuracy([1, 1, 1, 1, 1], truth)).toBe(0);
  });
});

describe('drain', () => {
  it('joins lines of one length and beginning that share enough words', () => {
    expect([
      ...drain([
        'user ann logged in from 10.0.0.1',
        'user bob logged in from 10.0.0.2',
        'user bob logged out',
        'disk full on /var/log/a',
        'disk full on /var/log/b',
      ]),
    ]).toEqual([0, 1, 2, 3, 3]);
    expect([
      ...drain(['took 5 ms for query x', 'took 7 ms for query y']),
    ]).toEqual([0, 0]);
  });
});

describe('logs suite', () => {
  let data: string;
  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'bench-'));
    await mkdir(join(data, 'logs', 'loghub'), { recursive: true });
  });
  afterEach(() => rm(data, { recursive: true }));

  async function run(): Promise<BenchReport> {
    const json = join(data, 'report.json');
    await runBench(['logs', '--data', data, '--json', json], () => undefined);
    return JSON.parse(await readFile(json, 'utf8'));
  }

  it('judges each system and their mean, next to Drain and exact lines', async () => {
    const rows = Array.from({ length: 40 }, (_, i) =>
      i % 2 === 0
        ? `${i},"Connected to 10.0.0.${i}, port ${i}",E1,,"Connected to <*>, port <*>"`
        : `${i},Giving up after ${i} tries,E2,,Giving up after <*> tries`,
    );
    const header =
      'LineId,Content,EventId,EventTemplate,EventTemplateCorrected';
    await writeFile(
      join(data, 'logs', 'loghub', 'Web.csv.gz'),
      gzipSync(`${header}\r\n${rows.join('\r\n')}\r\n`),
    );
    await writeFile(join(data, 'logs', 'loghub', 'Empty.csv'), 'a,b\n1,2\n');
    const { results, notes } = await run();
    const accuracy = results.filter(
      ({ metric }) => metric === 'grouping-accuracy',
    );
    expect(accuracy).toMatchObject([
      { group: 'mean', value: 1, n: 1 },
      { group: 'Web', value: 1, n: 40 },
    ]);
    expect(accuracy[0].baselines).toMatchObject({ drain: 1, 'exact-line': 0 });
    expect(results.map(({ metric }) => metric)).toContain('lines-per-second');
    expect(notes.join('\n')).toMatch(/Empty.csv skipped/);
  });

  it('skips what is not there with a note', async () => {
    expect((await run()).notes.join()).toMatch(/loghub skipped: no data/);
  });
});
