import fc from 'fast-check';
import { createTemplateMiner } from './createTemplateMiner';
import { mineTemplates } from './mineTemplates';

/** Groups of line numbers that got the same template. */
function groups(lines: string[]): number[][] {
  const byId = new Map<number, number[]>();
  mineTemplates(lines).templateIds.forEach((id, line) => {
    byId.set(id, [...(byId.get(id) ?? []), line]);
  });
  return [...byId.values()];
}

describe('mineTemplates', () => {
  it('takes what has the form of a value for one', () => {
    const pairs: [string, string, string][] = [
      ['order 17 paid', 'order 99182 paid', 'order <*> paid'],
      ['peer 10.0.0.1:80 gone', 'peer 192.168.7.20:443 gone', 'peer <*> gone'],
      ['peer fe80::1:2 gone', 'peer 12:ab:00:ff:3e:9a gone', 'peer <*> gone'],
      ['open /var/lib/a.db now', 'open ./cache/b/c.db now', 'open <*> now'],
      ['open C:\\tmp\\a.db now', 'open /tmp/b now', 'open <*> now'],
      [
        'trace 1b4e28ba-2fa1-11d2-883f-0016d3cca427 kept',
        'trace 0xdeadbeef kept',
        'trace <*> kept',
      ],
      [
        'fetched https://a.example/x?y=1 in 3 ms',
        'fetched http://b.example in 12.5 s',
        'fetched <*> in <*>',
      ],
      ['used 3.5 KB of heap', 'used 12 MiB of heap', 'used <*> of heap'],
      [
        'last seen Tue Mar 3 11:02:59 2026 by probe',
        'last seen 4 April 2026 by probe',
        'last seen <*> by probe',
      ],
      [
        'shards 1, 2, 3 are ready',
        'shards 7 are ready',
        'shards <*> are ready',
      ],
      [
        'drop key_12 key_13 from cache',
        'drop key_9 from cache',
        'drop key_<*> from cache',
      ],
    ];
    for (const [first, second, template] of pairs) {
      const { templates } = mineTemplates([first, second]);
      expect(templates).toEqual([template]);
    }
  });

  it('tells events apart by few words, and learns variables from many', () => {
    const users = ['ann', 'bo', 'cy', 'di', 'ed', 'flo', 'gus', 'hal'];
    const lines = [
      ...users.map(user => `session opened for user ${user} by gateway`),
      ...users.map(user => `session closed for user ${user} by gateway`),
      'boot finished in good order',
      'halt finished in good order',
    ];
    expect(groups(lines)).toEqual([
      [0, 1, 2, 3, 4, 5, 6, 7],
      [8, 9, 10, 11, 12, 13, 14, 15],
      [16],
      [17],
    ]);
    expect(mineTemplates(lines).templates[0]).toBe(
      'session opened for user <*> by gateway',
    );
  });

  it('groups lines by the event that wrote them', () => {
    const events: ((value: number) => string)[] = [
      value => `connected to broker-${value} after ${value} ms`,
      value => `cache miss for key ${value.toString(16).padStart(8, '0')}a1`,
      value => `[worker ${value}] job done, ${value} left`,
      value => `retry ${value}: timeout="${value}s"`,
      () => 'nothing to do',
    ];
    fc.assert(
      fc.property(
        fc.array(
          fc.tuple(
            fc.nat({ max: events.length - 1 }),
            fc.integer({ min: 0, max: 1e9 }),
          ),
          { minLength: 1, maxLength: 60 },
        ),
        written => {
          const { templateIds, templates } = mineTemplates(
            written.map(([event, value]) => events[event](value)),
          );
          const idOf = new Map<number, number>();
          written.forEach(([event], line) => {
            expect(templateIds[line]).toBe(
              idOf.get(event) ?? templateIds[line],
            );
            idOf.set(event, templateIds[line]);
          });
          expect(new Set(idOf.values()).size).toBe(idOf.size);
          expect(templates).toHaveLength(idOf.size);
        },
      ),
    );
  });

  it('gives every text a template, and the same one each time', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.oneof(
            fc.string({ unit: 'binary', maxLength: 80 }),
            fc.constantFrom('', ' ', '__proto__', '<*>', '\u0001\u0002'),
          ),
        ),
        lines => {
          const first = mineTemplates(lines);
          expect(first.templateIds).toHaveLength(lines.length);
          for (const id of first.templateIds) {
            expect(typeof first.templates[id]).toBe('string');
          }
          expect(mineTemplates(lines)).toEqual(first);
        },
      ),
    );
    expect(mineTemplates([])).toEqual({
      templateIds: new Int32Array(0),
      templates: [],
    });
  });

  it('reads a hostile line in bounded time', () => {
    const started = performance.now();
    for (const part of ['/:', '1.', ':a', '0x', 'a1 ', 'Jan ', '[', '<*>,']) {
      mineTemplates([part.repeat(500_000)]);
    }
    expect(performance.now() - started).toBeLessThan(2000);
  });
});

describe('createTemplateMiner', () => {
  it('keeps what is common when endless new words flood it', () => {
    const word = (n: number) =>
      n
        .toString(26)
        .replace(/\d/g, digit => String.fromCharCode(113 + Number(digit)));
    const miner = createTemplateMiner({ maximumTemplates: 200 });
    const seen: number[] = [];
    for (let i = 0; i < 30_000; i++) {
      // Words without a common part: nothing to learn.
      miner.add(
        Array.from({ length: 2 + (i % 9) }, (_, at) =>
          word((i + 1) * 7919 * (at + 3)),
        ).join(' '),
      );
      if (i % 10 === 0) {
        seen.push(miner.add(`heartbeat of node ${i} received`));
      }
      expect(miner.size).toBeLessThanOrEqual(401);
    }
    miner.merge();
    expect(miner.size).toBeLessThanOrEqual(200);
    expect(new Set(seen.map(miner.resolve)).size).toBe(1);
    expect(miner.template(seen[0])).toBe('heartbeat of node <*> received');
    // The flood ends in the rest, which every unknown id stands for, too.
    expect(miner.template(miner.add('qqq zzz unheard of'))).toBe('<*>');
    expect(miner.resolve(-1)).toBe(miner.resolve(1e9));
  });

  it('recognises a learned variable in a line worded like none before', () => {
    const miner = createTemplateMiner();
    const cities = ['Rome', 'Oslo', 'Bonn', 'Kyiv', 'Lima', 'Bern', 'Riga'];
    const ids = cities.map(city =>
      miner.add(`parcel to ${city} is on its way`),
    );
    expect(new Set(ids).size).toBe(7);
    miner.merge();
    expect(new Set(ids.map(miner.resolve)).size).toBe(1);
    const later = miner.add('parcel to Quito is on its way');
    expect(miner.resolve(later)).toBe(miner.resolve(ids[0]));
    expect(miner.template(later)).toBe('parcel to <*> is on its way');
  });
});
