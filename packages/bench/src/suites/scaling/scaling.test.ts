import { mkdtemp, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runBench } from '../../runBench';
import { scalingSuite } from '.';

describe('scaling suite', () => {
  let data: string;
  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'bench-'));
    await mkdir(join(data, 'scaling'));
  });
  afterEach(() => rm(data, { recursive: true }));

  const put = (file: string, rows: (number | string)[]) =>
    writeFile(
      join(data, 'scaling', file),
      ['minute,count', ...rows.map((value, i) => `${i},${value}`)].join('\n'),
    );

  it('judges the second half of each trace by the stated protocol', async () => {
    // The 99 % quantile is 100, so a replica serves 5 and 20 are ideal.
    await put(
      'flat_per_minute.csv',
      Array.from({ length: 2880 }, () => 100),
    );
    await put('short.csv', [1, 2, 3]);
    await put('broken.csv', ['', 'x', -1, ...new Array(1500).fill(0)]);
    const { results, notes } = await scalingSuite.run({ data });
    const figure = (metric: string) => {
      const row = results.find(result => result.metric === metric)!;
      return { set: row.set, n: row.n, ours: row.value, ...row.baselines };
    };
    // Two minutes with one replica before those wanted serve.
    const mean = (replicas: number) => (2 + 1438 * replicas) / 1440;
    const same = { set: 'flat', n: 1440 };
    expect(figure('violation-minutes')).toEqual({
      ...same,
      ours: 2,
      learned: 2,
      'hpa-70': 2,
      'hpa-50': 2,
      'hpa-80': 2,
      seasonal: 2,
      'static-peak': 2,
    });
    expect(figure('mean-replicas')).toEqual({
      ...same,
      ours: mean(25),
      learned: mean(25),
      'hpa-70': mean(29),
      'hpa-50': mean(40),
      'hpa-80': mean(25),
      seasonal: mean(29),
      'static-peak': mean(20),
    });
    expect(figure('replicas-over-ideal')).toMatchObject({
      'hpa-70': mean(29) / 20,
    });
    expect(figure('safety-breaches')).toEqual({
      ...same,
      ours: 0,
      learned: 0,
    });
    expect(new Set(results.map(({ set }) => set))).toEqual(new Set(['flat']));
    expect(notes).toEqual([
      'broken: 3 rows without a demand skipped',
      'broken skipped: 1500 rows, at least 1440 with some demand are needed',
      'flat: the learned policy is not deployed, only 480 steps to judge it by, 2400 are needed',
      'short skipped: 3 rows, at least 1440 with some demand are needed',
    ]);
  });

  it('writes the drawing where it is asked to, and says what is missing', async () => {
    await put(
      'wave.csv',
      Array.from({ length: 2880 }, (_, i) => 50 + ((i * 7919) % 31)),
    );
    const file = join(data, 'plot.svg');
    await runBench(['scaling', '--data', data, '--plot', file], () => {});
    expect(await readFile(file, 'utf8')).toContain('Replica policies on wave');
    await expect(
      runBench(
        ['scaling', '--data', data, '--set', 'none', '--plot', file],
        text => expect(text).toContain('none skipped: no such data'),
      ),
    ).rejects.toThrow('has drawn nothing');
  });
});
