import fc from 'fast-check';
import { logFindings } from './logFindings';
import { redactLine } from './redactLine';
import { LogEntry, templateCounts } from './templateCounts';

const STEP_S = 60;
const START = 1_780_000_020;
const OPTIONS = { start: START, step: STEP_S, steps: 60 };

/** Lines per minute of a message, from a schedule. */
function lines(text: string, rate: (minute: number) => number): LogEntry[] {
  return Array.from({ length: 60 }, (_, minute) =>
    Array.from({ length: rate(minute) }, (__, k) => ({
      time: START + minute * STEP_S + k,
      line: `${text} ${minute * 100 + k}`,
    })),
  ).flat();
}

describe('templateCounts', () => {
  it('counts lines per step in any order and leaves out what is outside', () => {
    const entries = [
      ...lines('request served in', () => 3),
      ...lines('request failed after', minute => (minute > 50 ? 1 : 0)),
      { time: START - 1, line: 'request served in 5' },
      { time: START + 3600, line: 'request served in 5' },
    ].reverse();
    const [served, failed] = templateCounts(entries, OPTIONS);
    expect(served).toMatchObject({
      template: 'request served in <*>',
      firstAt: START,
      lastAt: START + 59 * STEP_S + 2,
    });
    expect([...served.counts.values]).toEqual(Array(60).fill(3));
    expect(failed.counts.values.subarray(0, 51)).toEqual(new Float64Array(51));
    expect(failed.examples).toHaveLength(3);
    expect(() => templateCounts([], { ...OPTIONS, step: 0 })).toThrow(
      RangeError,
    );
  });
});

describe('logFindings', () => {
  const find = (entries: LogEntry[], from = 45) =>
    logFindings(templateCounts(entries, OPTIONS), from);
  const jitter = (minute: number) => (minute * 7919) % 5;

  it('finds new messages and rates that changed, with when, how much and examples', () => {
    const findings = find([
      ...lines('request served in', minute => 10 + jitter(minute)),
      ...lines('retrying call to store', minute =>
        minute < 45 ? 1 + (minute % 2) : 12,
      ),
      ...lines('pool exhausted for tenant', minute => (minute < 50 ? 0 : 2)),
      ...lines('heartbeat of worker', minute => (minute < 45 ? 20 : 0)),
    ]);
    expect(
      findings
        .map(({ kind, template, direction }) => [kind, direction, template])
        .sort(),
    ).toEqual([
      ['new-template', 'above', 'pool exhausted for tenant <*>'],
      ['rate-shift', 'above', 'retrying call to store <*>'],
      ['rate-shift', 'below', 'heartbeat of worker <*>'],
    ]);
    const fresh = findings.find(({ kind }) => kind === 'new-template')!;
    expect(fresh).toMatchObject({
      since: START + 50 * STEP_S,
      rateBefore: 0,
      examples: [
        expect.stringContaining('pool exhausted'),
        expect.anything(),
        expect.anything(),
      ],
    });
  });

  it('is quiet where rates only waver, burst or are too few to tell', () => {
    const bursty = (minute: number) => (minute % 9 === 0 ? 30 : 0);
    const many = Array.from({ length: 200 }, (_, k) =>
      lines(
        `message ${'abcdefghijklmnopqrst'[k % 20]}${
          'uvwxyzabcd'[Math.floor(k / 20)]
        } of kind`,
        minute => (minute * 31 + k * 17) % 4,
      ),
    ).flat();
    expect(find([...many, ...lines('batch of rows', bursty)])).toEqual([]);
    expect(
      find(lines('something happened once', m => (m === 59 ? 1 : 0))),
    ).toEqual([]);
  });
});

describe('redactLine', () => {
  it('keeps the message and takes out secrets, people and addresses', () => {
    expect(
      redactLine(
        'login of ann@example.org from 10.1.2.3 with password=hunter2, retry \u202e3\u0007',
      ),
    ).toBe('login of <mail> from <ip> with password=<secret>, retry  3');
  });

  it.each([
    ['"password":"a\\"b c" sent', '"password":<secret> sent'],
    ['run --db-password hunter2 now', 'run --db-password <secret> now'],
    ['password=ab,cd, retry', 'password=<secret>, retry'],
    ['AccountKey=abc==;Endpoint=x', 'AccountKey=<secret>;Endpoint=x'],
    ['Set-Cookie: a=b; sid=c', 'Set-Cookie: <secret>'],
    ['User Id=sa;Pwd=x', 'User Id=<user>;Pwd=<secret>'],
    ['userId: 7f3e user_name="ann b"', 'userId: <user> user_name=<user>'],
    ['opened for user ann at noon', 'opened for user <user> at noon'],
    ['peer 2001:db8::1 and fe80::1ff:fe23', 'peer <ip> and <ip>'],
    ['12:30:59 Cache::add failed', '12:30:59 Cache::add failed'],
  ])('of %p shows %p', (line, shown) => {
    expect(redactLine(line)).toBe(shown);
  });

  it('reads hostile lines in bounded time', () => {
    const started = performance.now();
    for (const part of ['password', 'a:', '--token ', '::1', 'user="', 'a@']) {
      redactLine(part.repeat(100_000));
    }
    expect(performance.now() - started).toBeLessThan(1000);
  });

  it('never shows a planted secret', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9]{16,40}$/);
    const planted = word.chain(secret =>
      fc
        .constantFrom(
          `password=${secret}`,
          `"api_key": "${secret}"`,
          `Authorization: Bearer ${secret}`,
          `postgres://app:${secret}@db/prod`,
          `AKIA${secret.toUpperCase()}`,
          `eyJ${secret}.${secret}.${secret}`,
          `token='${secret}'`,
          `--secret ${secret}`,
          `Server=db;User Id=sa;Pwd=${secret};`,
          `user_id=${secret}`,
          `ghp_${secret}`,
          `-----BEGIN RSA PRIVATE KEY-----\n${secret}`,
        )
        .map(text => ({ secret, text })),
    );
    fc.assert(
      fc.property(
        fc.string(),
        planted,
        fc.string(),
        (before, { secret, text }, after) => {
          const shown = redactLine(`${before} ${text} ${after}`);
          expect(shown.toUpperCase()).not.toContain(secret.toUpperCase());
          expect(shown.length).toBeLessThanOrEqual(300);
        },
      ),
    );
  });
});
