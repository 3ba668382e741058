import fc from 'fast-check';
import { mineTemplates } from './mineTemplates';
import { createTemplateMiner } from './templateMiner';

describe('mineTemplates', () => {
  it('groups lines by what does not count, locate or identify', () => {
    const { templateIds, templates } = mineTemplates([
      'GET /orders/17 took 35 ms from 10.0.3.4:5010',
      'GET /orders/99/items took 1.2 s from 10.0.9.9:1',
      'Connection to https://db.local/x?y=1 lost after 3 retries',
      'Connection to https://db.local/z lost after 12 retries',
      'cache miss for key 5c:50:15:4c:18:13',
      'cache miss for key 5c:50:15:4c:aa:bb',
    ]);
    expect([...templateIds]).toEqual([0, 0, 1, 1, 2, 2]);
    expect(templates).toEqual([
      'GET <*> took <*> from <*>',
      'Connection to <*> lost after <*> retries',
      'cache miss for key <*>',
    ]);
  });

  it('learns a variable word from four variants, also for the lines before', () => {
    const names = ['ann', 'bob', 'cleo', 'dan', 'eve'];
    const { templateIds, templates } = mineTemplates(
      names.map(name => `session of user ${name} was closed`),
    );
    expect([...templateIds]).toEqual([0, 0, 0, 0, 0]);
    expect(templates).toEqual(['session of user <*> was closed']);
    const few = mineTemplates(
      names.slice(0, 3).map(name => `session of user ${name} was closed`),
    );
    expect(few.templates).toHaveLength(3);
  });

  it('does not confuse short messages that differ in a word', () => {
    const words = ['started', 'stopped', 'failed', 'ready', 'paused'];
    const { templates } = mineTemplates(words.map(word => `server ${word}`));
    expect(templates).toHaveLength(5);
  });

  it('takes any text, and gives every line a template', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' })), lines => {
        const { templateIds, templates } = mineTemplates(lines);
        expect(templateIds).toHaveLength(lines.length);
        expect([...templateIds].every(id => id < templates.length)).toBe(true);
        // Equal lines are never told apart.
        const byLine = new Map(lines.map((line, i) => [line, templateIds[i]]));
        lines.forEach((line, i) =>
          expect(templateIds[i]).toBe(byLine.get(line)),
        );
      }),
    );
  });

  it('keeps its bounds when every line is new, and still knows what is frequent', () => {
    const miner = createTemplateMiner({ maximumTemplates: 100 });
    const letters = (n: number) =>
      n.toString(26).replace(/\d/g, digit => 'qrstuvwxyz'[Number(digit)]);
    const healthy = miner.add('all is well with the service');
    for (let i = 0; i < 20_000; i++) {
      miner.add(`${letters(i)} ${letters(i * 7 + 1)} ${letters(i * 31)}`);
      if (i % 50 === 0) {
        miner.add('all is well with the service');
      }
      expect(miner.size).toBeLessThanOrEqual(100);
    }
    expect(miner.resolve(miner.add('all is well with the service'))).toBe(
      miner.resolve(healthy),
    );
  });

  it('is not slowed down by hostile lines', () => {
    const hostile = ['/', 'a.', '\\', 'a:', '0:', '(', ' 1', 'http://'].map(
      part => part.repeat(50_000),
    );
    expect(mineTemplates(hostile).templateIds).toHaveLength(hostile.length);
  });
});
