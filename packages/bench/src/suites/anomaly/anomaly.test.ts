import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { runBench } from '../../runBench';
import { seededRandom } from '../../seededRandom';
import { BenchReport } from '../../types';

const STEP_S = 3600;
const START_S = 1_700_006_400;
const ROWS = 24 * 60;

describe('anomaly', () => {
  let data: string;
  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'bench-'));
  });
  afterEach(() => rm(data, { recursive: true }));

  async function put(path: string, text: string) {
    const file = join(data, 'anomaly', path);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, path.endsWith('.gz') ? gzipSync(text) : text);
  }

  async function run(...options: string[]): Promise<BenchReport> {
    const json = join(data, 'report.json');
    await runBench(
      ['anomaly', '--data', data, '--json', json, ...options],
      () => undefined,
    );
    return JSON.parse(await readFile(json, 'utf8'));
  }

  /** A calm daily season with an outage of a day. */
  const anomalous = (row: number) => row >= 1000 && row < 1024;
  function values(): number[] {
    const random = seededRandom(1);
    return Array.from({ length: ROWS }, (_, i) =>
      anomalous(i)
        ? 900
        : 100 + 40 * Math.sin((i / 24) * 2 * Math.PI) + 4 * random(),
    );
  }
  const time = (row: number) =>
    new Date((START_S + row * STEP_S) * 1000)
      .toISOString()
      .slice(0, 19)
      .replace('T', ' ');

  const PROFILES = JSON.stringify(
    Object.fromEntries(
      ['standard', 'reward_low_FP_rate', 'reward_low_FN_rate'].map(name => [
        name,
        { CostMatrix: { tpWeight: 1, fnWeight: 1, fpWeight: 0.11 } },
      ]),
    ),
  );

  it('judges labelled series by VUS-PR, next to POLY and simple rules', async () => {
    const csv = `Data,Label\r\n${values()
      .map((value, i) => `${value},${anomalous(i) ? 1 : 0}`)
      .join('\r\n')}\r\nbroken,0\r\n`;
    await put('tsb/series/001_AB_id_1_Web_tr_500_1st_1000.csv.gz', csv);
    await put(
      'tsb/series/002_CD_id_2_Web_tr_500_1st_1000.csv',
      csv.replaceAll(',1\r', ',0\r'),
    );
    const { results, notes, cases } = await run('--set', 'tsb');
    expect(results).toMatchObject([{ set: 'tsb', metric: 'VUS-PR', n: 1 }]);
    const [{ value, baselines }] = results;
    expect(value).toBeGreaterThan(0.8);
    expect(baselines.random).toBeLessThan(0.1);
    expect(baselines.poly).toBeGreaterThan(baselines.random);
    expect(Object.keys(baselines)).toEqual([
      'poly',
      'seasonal-residual',
      'random',
    ]);
    expect(cases).toHaveLength(1);
    expect(notes.join('\n')).toMatch(/001_AB.*1 unreadable rows skipped/);
    expect(notes.join('\n')).toMatch(/002_CD.*skipped: all 1440 rows have one/);
    expect(notes.join('\n')).toMatch(/VUS-PR was not checked/);
  });

  it('says so when its VUS-PR is not that of the golden vectors', async () => {
    const rows = [0, 0, 1, 0, 0, 0];
    await put(
      'tsb/golden/series/001_AB_x.csv.gz',
      `Data,Label\n${rows.map(label => `1,${label}`).join('\n')}\n`,
    );
    await put('tsb/golden/001_abs.csv.gz', 'score\n0\n1\n9\n2\n0\n1\n');
    const golden = (value: number) =>
      put(
        'tsb/golden/expected.json',
        JSON.stringify([
          {
            file: '001_AB_x.csv',
            score: 'abs',
            slidingWindow: 0,
            VUS_PR: value,
          },
        ]),
      );
    await golden(1);
    const good = await run('--set', 'tsb');
    expect(good.results).toMatchObject([
      { group: 'golden', metric: 'VUS-PR-error', value: 0, n: 1 },
    ]);
    expect(good.notes).toEqual([]);
    await golden(0.9);
    expect((await run('--set', 'tsb')).notes.join()).toMatch(/invalid/);
  });

  it('judges labelled streams by the NAB score with the shipped threshold', async () => {
    await put('nab/profiles.json', PROFILES);
    await put(
      'nab/labels/combined_windows.json',
      JSON.stringify({
        'web/calm.csv': [],
        'web/outage.csv': [[`${time(995)}.000000`, `${time(1035)}.000000`]],
        'web/wrong.csv': [['1999-01-01 00:00:00', '1999-01-01 00:00:00']],
      }),
    );
    const csv = (rows: number[]) =>
      `timestamp,value\n${rows
        .map((value, i) => `${time(i)},${value}`)
        .join('\n')}\n`;
    await put('nab/data/web/outage.csv.gz', csv(values()));
    await put(
      'nab/data/web/calm.csv',
      csv(values().map(Math.sqrt).slice(0, 950)),
    );
    await put('nab/data/web/wrong.csv', csv([1, 2, 3]));
    await put(
      'nab/published_by_category.csv',
      'detector,profile,category,windows,raw,normalized\nA,standard,web,2,1,75\nB,reward_low_FN_rate,web,2,-2,5\nC,standard,none,0,0,0\n',
    );
    await put('nab/data/web/unlabelled.csv', csv([1, 2, 3]));
    const { results, notes } = await run('--set', 'nab');
    const figure = (metric: string, group?: string) =>
      results.find(one => one.metric === metric && one.group === group)!;
    expect(figure('standard').value).toBeGreaterThan(80);
    expect(figure('standard-tuned').value).toBeGreaterThanOrEqual(
      figure('standard').value,
    );
    expect(figure('standard', 'web').value).toBe(figure('standard').value);
    expect(figure('recall').value).toBe(1);
    // The second line is wrong: silence is worth nothing there.
    expect(figure('arithmetic-error', 'published')).toMatchObject({
      value: 5,
      n: 2,
    });
    expect(notes.join('\n')).toMatch(/scores are invalid/);
    expect(figure('false-alarms-per-day').value).toBeLessThan(0.1);
    expect(figure('recall', 'urgent').baselines).toEqual({});
    expect(Object.keys(figure('low-fp').baselines)).toEqual([
      'windowed-gaussian',
      'random',
    ]);
    expect(notes.join('\n')).toMatch(/wrong.csv skipped, a label is not among/);
    expect(notes.join('\n')).toMatch(
      /unlabelled.csv skipped, it has no labels/,
    );
  });

  it('skips what is not there with a note', async () => {
    await mkdir(join(data, 'anomaly'));
    const { results, notes } = await run();
    expect(results).toEqual([]);
    expect(notes.join('\n')).toMatch(/tsb skipped: no data/);
    expect(notes.join('\n')).toMatch(/nab skipped: no data/);
  });
});
