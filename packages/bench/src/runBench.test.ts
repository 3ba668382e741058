import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { runBench } from './runBench';
import { BenchReport } from './types';

const DAY_S = 86_400;
const START_S = 1_700_006_400; // 2023-11-15T00:00:00Z
const GIB = 2 ** 30;

describe('runBench', () => {
  let data: string;
  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'bench-'));
  });
  afterEach(() => rm(data, { recursive: true }));

  async function put(path: string, text: string) {
    const file = join(data, 'rightsizing', path);
    await mkdir(join(file, '..'), { recursive: true });
    await writeFile(file, path.endsWith('.gz') ? gzipSync(text) : text);
  }

  async function run(
    ...options: string[]
  ): Promise<{ report: BenchReport; table: string }> {
    const json = join(data, 'report.json');
    let table = '';
    await runBench(
      ['rightsizing', '--data', data, '--json', json, ...options],
      text => {
        table += text;
      },
    );
    return { report: JSON.parse(await readFile(json, 'utf8')), table };
  }

  const find = (report: BenchReport, set: string, metric: string) =>
    report.results.find(
      result =>
        result.set === set &&
        result.metric === metric &&
        result.group === undefined,
    )!;

  /** A machine of four cores that uses one of them, two on every Saturday, and 1 GiB of memory. */
  function machineRows(days: number): string[] {
    return Array.from({ length: (days * DAY_S) / 300 }, (_, i) => {
      const time = START_S + i * 300;
      const cores = new Date(time * 1000).getUTCDay() === 6 ? 2 : 1;
      return `${time},${cores},4,${GIB},${8 * GIB},ignored`;
    });
  }
  const MACHINE_HEADER =
    'time_s,cpu_cores_used,cpu_cores_capacity,memory_bytes_used,memory_bytes_capacity,extra';

  it('judges machines by the protocol, next to the formulas of other tools', async () => {
    await put(
      'bitbrains/a.csv.gz',
      [MACHINE_HEADER, ...machineRows(28)].join('\r\n'),
    );
    await put('bitbrains/readme.txt', 'ignored');
    const { report, table } = await run();

    // Starting at midnight, decisions fall on day 14 and 21; the week after each is judged.
    const timeOver = find(report, 'bitbrains', 'cpu-time-over');
    expect(timeOver.n).toBe(2);
    const decisions = report.cases.filter(one => one.resource === 'cpu');
    expect(decisions.map(one => one.now)).toEqual([
      START_S + 14 * DAY_S,
      START_S + 21 * DAY_S,
    ]);

    // Saturday is a seventh of the samples: p95 of two weeks is 2 cores, and mean use 8/7.
    const requestOverUse = find(report, 'bitbrains', 'cpu-request-over-use');
    expect(requestOverUse.baselines.krr).toBeCloseTo(2 / (8 / 7), 6);
    expect(timeOver.baselines.krr).toBe(0);
    // The lower bound is the median: one core and 15 %, so each Saturday is over it.
    expect(timeOver.baselines.goldilocks).toBeCloseTo(1 / 7, 6);
    expect(
      find(report, 'bitbrains', 'cpu-windows-over').baselines.goldilocks,
    ).toBe(1);
    expect(
      find(report, 'bitbrains', 'memory-request-over-use').baselines.krr,
    ).toBeCloseTo(1.15, 2);
    expect(
      find(report, 'bitbrains', 'memory-request-over-use').baselines.kubecost,
    ).toBeCloseTo(1 / 0.7, 6);
    expect(requestOverUse.interval).toEqual([
      requestOverUse.value,
      requestOverUse.value,
    ]);
    expect(find(report, 'bitbrains', 'coverage')).toMatchObject({
      value: 1,
      n: 4,
    });
    expect(report.notes).toEqual([
      expect.stringContaining('crane skipped: no data'),
      expect.stringContaining('planetlab skipped: no data'),
    ]);
    expect(table).toMatch(/bitbrains\s+cpu-time-over\s+2\s/);
    expect(table).toContain('note: crane skipped');
  });

  it('counts bad rows, takes empty cells for missing, and reads rows in any order', async () => {
    const rows = machineRows(21);
    const shuffled = [...rows.slice(3000), ...rows.slice(0, 3000)];
    const withoutMemory = shuffled.map((row, i) =>
      i % 2 === 0 ? row.replace(`,${GIB},`, ',,') : row,
    );
    await put(
      'bitbrains/a.csv',
      [
        MACHINE_HEADER,
        'x,1,1,1,1,',
        ',1,1,1,1,',
        '1,-2,1,1,1,',
        ...withoutMemory,
      ].join('\n'),
    );
    const { report } = await run('--set', 'bitbrains');
    expect(report.notes).toEqual(['bitbrains: 3 bad rows skipped']);
    expect(
      find(report, 'bitbrains', 'memory-request-over-use').baselines.krr,
    ).toBeCloseTo(1.15, 2);
    expect(find(report, 'bitbrains', 'cpu-time-over').n).toBe(1);
  });

  it('keeps a machine that never ran at what it had, and says so in the coverage', async () => {
    const off = machineRows(21).map(row =>
      row.replace(/^(\d+),.*$/, `$1,0,4,0,${8 * GIB},`),
    );
    await put('bitbrains/off.csv.gz', [MACHINE_HEADER, ...off].join('\n'));
    const { report } = await run('--set', 'bitbrains');
    expect(find(report, 'bitbrains', 'coverage')).toMatchObject({
      value: 0.5,
      n: 2,
    });
    expect(report.cases.find(one => one.resource === 'memory')).toMatchObject({
      abstained: expect.stringContaining('it held no memory'),
      request: 8 * GIB,
    });
  });

  it('judges unitless series the next day and days of machines on their second half', async () => {
    const series = Array.from(
      { length: 9 * 1440 },
      (_, i) => `${START_S + 3600 + i * 60},${i % 10 === 0 ? 3000 : 1000}`,
    );
    await put('crane/one.csv.gz', ['ts,value', ...series].join('\n'));
    const dense = Array.from(
      { length: 100 },
      (_, i) => `${START_S + i * 15},1`,
    );
    await put('crane/dense.csv.gz', ['ts,value', ...dense].join('\n'));
    const half = (value: number) => Array(144).fill(value);
    await put(
      'planetlab/monday.csv.gz',
      [
        [...half(10), ...half(40)].join(','),
        [...half(0), ...half(0)].join(','),
        '1,2,3',
      ].join('\n'),
    );
    const { report } = await run();

    expect(find(report, 'crane', 'cpu-time-over').n).toBe(2);
    expect(
      find(report, 'crane', 'cpu-request-over-use').baselines.krr,
    ).toBeCloseTo(3000 / 1200, 6);
    expect(
      report.results.filter(result => result.group === 'one'),
    ).not.toHaveLength(0);

    // Limits 0.1 and the least allowed 0.01; the first machine cannot use more than its limit.
    const limit = find(report, 'planetlab', 'cpu-request-over-use');
    expect(limit).toMatchObject({ n: 2 });
    expect(limit.baselines.krr).toBeCloseTo((0.1 + 0.01) / 0.1, 6);
    expect(find(report, 'planetlab', 'cpu-time-over').baselines.krr).toBe(0.5);
    expect(report.notes).toEqual([
      expect.stringContaining('bitbrains skipped'),
      expect.stringContaining('crane: dense.csv.gz left out'),
      'planetlab: 1 bad rows skipped',
    ]);
  });

  it.each([
    [[], 'there is no suite'],
    [['nothing', '--data', '.'], "there is no suite 'nothing'"],
    [['rightsizing'], '--data is missing'],
    [['rightsizing', '--data', '/does/not/exist'], 'is not a folder'],
    [['rightsizing', '--wrong'], "Unknown option '--wrong'"],
  ])('refuses %j in words', async (args, message) => {
    await expect(runBench(args, () => {})).rejects.toMatchObject({
      name: 'UsageError',
      message: expect.stringContaining(message),
    });
  });
});
