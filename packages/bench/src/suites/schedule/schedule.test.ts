import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { scheduleSuite } from '.';

const DAY_S = 86_400;
const STEP_S = 600;
const START_S = Date.UTC(2026, 2, 2) / 1000; // a Monday

describe('schedule suite', () => {
  let data: string;
  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'bench-'));
    await mkdir(join(data, 'rightsizing', 'bitbrains'), { recursive: true });
  });
  afterEach(() => rm(data, { recursive: true }));

  /** Three weeks of a machine of four cores. */
  async function put(
    machine: string,
    coresAt: (day: number, hour: number) => number,
    isMissing: (day: number, hour: number) => boolean = () => false,
  ) {
    const rows = [
      'time_s,cpu_cores_used,cpu_cores_capacity,memory_bytes_used,memory_bytes_capacity',
    ];
    for (let at = 0; at < 21 * DAY_S; at += STEP_S) {
      const day = Math.floor(at / DAY_S);
      const hour = Math.floor((at % DAY_S) / 3600);
      const use = isMissing(day, hour) ? '' : coresAt(day, hour);
      rows.push(`${START_S + at},${use},4,1,8`);
    }
    await writeFile(
      join(data, 'rightsizing', 'bitbrains', `${machine}.csv`),
      rows.join('\n'),
    );
  }

  it('judges the third week by what the first two let expect', async () => {
    await put('sleeper', () => 0.01);
    // Idle for two weeks, then taken into use.
    await put('awakened', day => (day < 14 ? 0.01 : 3));
    // Used from 8 to 18 on every day, but not measured at night in the judged week.
    await put(
      'office',
      (_, hour) => (hour >= 8 && hour < 18 ? 2 : 0.05),
      (day, hour) => day >= 14 && hour < 2,
    );
    // Small load around the clock: never idle, always below 5 % of capacity.
    await put('small', () => 0.1);
    const { results, cases, notes } = await scheduleSuite.run({ data });
    const figure = (metric: string) => {
      const row = results.find(result => result.metric === metric)!;
      return { value: row.value, n: row.n, ...row.baselines };
    };
    expect(figure('idle-precision')).toEqual({
      value: 1 / 2,
      n: 2,
      'gcp-idle': 1 / 2,
      'optscale-idle': 1 / 3,
      always: 1 / 4,
    });
    expect(figure('idle-recall')).toMatchObject({ value: 1, n: 1, always: 1 });
    // Off: 168 hours each of sleeper and small, and 12 of 22 judged hours a day of office.
    const truly = 168 * 2 + 12 * 7;
    // We say all of three machines, and of office leave out the hours before 8 and after 18.
    const said = 168 * 3 + 10 * 7;
    expect(figure('off-recall')).toEqual({
      value: (168 * 2 + 10 * 7) / truly,
      n: truly,
      'optscale-schedule': 1,
      always: 1,
    });
    expect(figure('off-precision')).toEqual({
      value: (168 * 2 + 10 * 7) / said,
      n: said,
      'optscale-schedule': truly / (truly + 168),
      always: truly / (168 * 3 + 22 * 7),
    });
    expect(figure('off-expected-precision').value).toBeCloseTo(0.986);
    expect(cases).toHaveLength(4);
    expect(notes).toEqual([]);
  });

  it('says what it skips', async () => {
    await expect(scheduleSuite.run({ data })).resolves.toMatchObject({
      results: [],
      notes: [expect.stringMatching(/^bitbrains skipped: no data in /)],
    });
    await expect(
      scheduleSuite.run({ data, set: 'other' }),
    ).resolves.toMatchObject({
      notes: ['other skipped: this suite has no such set'],
    });
  });
});
