import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { runBench } from '../../runBench';
import { seededRandom } from '../../seededRandom';
import { BenchReport } from '../../types';
import { accuracyOf, intervalQuality } from './accuracy';
import { naive2, seasonalNaive, theta } from './baselines';

describe('the measures of M4', () => {
  const history = Float64Array.of(2, 4, 2, 4, 3, 5);

  it('are errors relative to size, and to the seasonal naive method', () => {
    // Of season 2 the history changes by 0, 0, 1, 1: 0.5 on average.
    const { sMAPE, MASE } = accuracyOf(
      Float64Array.of(4, 6),
      Float64Array.of(5, 6),
      history,
      2,
    );
    expect(sMAPE).toBeCloseTo((200 * 1) / 9 / 2, 9);
    expect(MASE).toBeCloseTo(0.5 / 0.5, 9);
  });

  it('count what is inside an interval and fine what is not', () => {
    const { coverage, MSIS } = intervalQuality(
      Float64Array.of(4, 6),
      {
        level: 0.8,
        lower: Float64Array.of(3, 7),
        upper: Float64Array.of(5, 9),
      },
      history,
      2,
    );
    expect(coverage).toBe(0.5);
    expect(MSIS).toBeCloseTo((2 + 2 + 10 * 1) / 2 / 0.5, 9);
  });
});

describe('the naive methods', () => {
  const seasonal = Float64Array.from(
    { length: 40 },
    (_, i) => [50, 100, 150, 100][i % 4],
  );

  it('repeat the season, or the last value with its season', () => {
    expect([...seasonalNaive(seasonal, 5, 4)]).toEqual([50, 100, 150, 100, 50]);
    const twice = seasonal.map((value, i) => (i === 39 ? 2 * value : value));
    [...naive2(twice, 4, 4)].forEach((value, i) =>
      expect(value / [100, 200, 300, 200][i]).toBeCloseTo(1, 0),
    );
  });

  it('know no season where none shows', () => {
    const random = seededRandom(3);
    const noise = Float64Array.from({ length: 60 }, () => 5 + random());
    const last = noise[59];
    expect([...naive2(noise, 3, 12)]).toEqual([last, last, last]);
  });

  it('let Theta follow half of a trend', () => {
    const line = Float64Array.from({ length: 50 }, (_, i) => 10 + 2 * i);
    const [first, second] = theta(line, 2, 1);
    expect(first).toBeGreaterThan(106);
    expect(second - first).toBeCloseTo(1, 6);
  });
});

describe('forecast suite', () => {
  let data: string;
  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'bench-'));
    await mkdir(join(data, 'forecast', 'm4'), { recursive: true });
  });
  afterEach(() => rm(data, { recursive: true }));

  const put = (name: string, text: string) =>
    writeFile(
      join(data, 'forecast', 'm4', name),
      name.endsWith('.gz') ? gzipSync(text) : text,
    );

  async function run(...options: string[]): Promise<BenchReport> {
    const json = join(data, 'report.json');
    await runBench(
      ['forecast', '--data', data, '--json', json, ...options],
      () => undefined,
    );
    return JSON.parse(await readFile(json, 'utf8'));
  }
  const value = (hour: number) =>
    200 + 80 * Math.sin((hour / 24) * 2 * Math.PI) + ((hour * 37) % 11);
  const row = (id: string, from: number, to: number, cells = to - from) => {
    const values = Array.from({ length: cells }, (_, i) =>
      from + i < to ? `"${value(from + i)}"` : '""',
    );
    return `"${id}",${values.join(',')}\n`;
  };
  const header = (cells: number) =>
    `${Array.from({ length: cells + 1 }, (_, i) => `"V${i + 1}"`).join(',')}\n`;

  it('forecasts from inside the series where there is no test file', async () => {
    await put(
      'Hourly-train.csv.gz',
      `${header(700)}${row('H1', 0, 600, 700)}${row('H2', 5, 705)}"H3","x"\n`,
    );
    const { results, notes, cases } = await run();
    const owa = results.find(({ metric }) => metric === 'OWA')!;
    expect(owa).toMatchObject({ set: 'm4', group: 'Hourly', n: 6 });
    expect(owa.baselines.naive2).toBe(1);
    expect(owa.value).toBeLessThan(owa.baselines.snaive);
    expect(cases).toHaveLength(6);
    expect(notes.join('\n')).toMatch(/Hourly: no test file/);
    expect(notes.join('\n')).toMatch(/1 unreadable series skipped/);
    const coverage = results.find(({ metric }) => metric === 'coverage-95')!;
    expect(coverage.value).toBeGreaterThan(0.8);
  });

  it('judges on the test file where there is one', async () => {
    await put('Hourly-train.csv', header(600) + row('H1', 0, 600));
    await put('Hourly-test.csv', header(48) + row('H1', 600, 648));
    const { results, notes } = await run('--set', 'm4');
    expect(results[0]).toMatchObject({ metric: 'OWA', n: 1 });
    expect(notes.join('\n')).toMatch(/judged on Hourly-test.csv/);
  });

  it('skips what is not there with a note', async () => {
    expect((await run()).notes.join('\n')).toMatch(/m4 skipped: no data/);
    expect((await run('--set', 'm5')).notes.join('\n')).toMatch(/no such set/);
  });
});
