import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { logsSuite } from '.';
import { brain } from './brain';
import { drain } from './drain';
import { groupingAccuracy } from './groupingAccuracy';

describe('groupingAccuracy', () => {
  it('counts the lines of groups that hold exactly the right lines', () => {
    expect(groupingAccuracy([7, 7, 3], ['a', 'a', 'b'])).toBe(1);
    // `a` is split, so its lines are wrong; `b` is whole.
    expect(groupingAccuracy([1, 2, 3, 3], ['a', 'a', 'b', 'b'])).toBe(0.5);
    // `b` and `c` are thrown together.
    expect(
      groupingAccuracy(['x', 'y', 'y', 'y', 'z'], ['a', 'b', 'b', 'c', 'd']),
    ).toBe(0.4);
    expect(groupingAccuracy([], [])).toBeNaN();
  });
});

describe('drain', () => {
  it('follows length and two words, then takes the most similar template', () => {
    expect(
      drain([
        'send packet to alpha now', // 0
        'send packet to beta now', // the same: 4 of 5 words
        'send frame to beta now', // 1: another second word
        'send packet', // 2: another length
        'send packet via other means', // the same: 2 of 5 words are just enough
        'packet 12 of 40', // 3
        'packet 99 of 1', // the same by its masks
      ]),
    ).toEqual([0, 0, 1, 2, 0, 3, 3]);
  });
});

describe('brain', () => {
  it('takes columns with many rare words for variables', () => {
    const line = (word: string) => `user ${word} has signed in`;
    const many = brain(['ann', 'bo', 'cy', 'di'].map(line));
    expect(new Set(many).size).toBe(1);
    const few = brain(['ann', 'bo'].map(line));
    expect(new Set(few).size).toBe(2);
  });
});

describe('logs suite', () => {
  let data: string;
  beforeEach(async () => {
    data = await mkdtemp(join(tmpdir(), 'bench-'));
    await mkdir(join(data, 'logs', 'loghub'), { recursive: true });
  });
  afterEach(() => rm(data, { recursive: true }));

  const put = (file: string, text: string) =>
    writeFile(
      join(data, 'logs', 'loghub', file),
      file.endsWith('.gz') ? gzipSync(text) : text,
    );

  it('judges each system and their mean beside the peers', async () => {
    await put(
      'Tills.csv.gz',
      [
        'LineId,Content,EventId,EventTemplate,EventTemplateCorrected,Label',
        '1,"till 3 opened, float 20.5",E1,x,till <*>,-',
        '2,"till 4 opened, float 11.0",E1,x,till <*>,-',
        '3,drawer stuck,E2,x,drawer stuck,-',
        '4,drawer stuck,E2,x,drawer stuck,-',
        '5,no event,,,,',
      ].join('\r\n'),
    );
    await put(
      'Belts.csv',
      'EventId,Content\nA,one belt 1 runs\nB,one belt 2 halts\nA,one belt 9 runs\n',
    );
    await put('notes.csv', 'parser,accuracy\nany,1\n');
    const { results, notes } = await logsSuite.run({ data });
    const find = (group: string, metric: string) =>
      results.find(row => row.group === group && row.metric === metric);
    expect(find('Tills', 'grouping-accuracy')).toEqual({
      set: 'loghub',
      group: 'Tills',
      metric: 'grouping-accuracy',
      n: 4,
      value: 1,
      baselines: { drain: 1, brain: 1, 'exact-line': 0.5, 'one-template': 0 },
    });
    expect(find('Tills', 'grouping-accuracy-corrected')).toMatchObject({
      value: 1,
    });
    // Events A and B share half of their words, which is enough for Drain.
    expect(find('Belts', 'grouping-accuracy')).toMatchObject({
      n: 3,
      value: 1,
      baselines: { drain: 0, 'exact-line': 1 / 3 },
    });
    expect(find('mean', 'grouping-accuracy')).toMatchObject({
      n: 7,
      value: 1,
      baselines: { drain: 0.5, 'exact-line': (0.5 + 1 / 3) / 2 },
    });
    expect(find('mean', 'lines-per-second')!.value).toBeGreaterThan(0);
    expect(notes).toEqual([
      'loghub: Belts: no corrected templates',
      'loghub: Tills: 1 bad rows skipped',
      "loghub: notes.csv skipped: it has no columns 'Content' and 'EventId'",
    ]);
  });

  it('says what it skips', async () => {
    await expect(logsSuite.run({ data })).resolves.toMatchObject({
      results: [],
      notes: [expect.stringMatching(/^loghub skipped: no data in /)],
    });
    await expect(
      logsSuite.run({ data: join(data, 'nowhere'), set: 'other' }),
    ).resolves.toMatchObject({
      results: [],
      notes: ['other skipped: this suite has no such set'],
    });
  });
});
