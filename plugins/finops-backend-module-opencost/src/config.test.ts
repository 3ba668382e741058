import { ConfigReader } from '@backstage/config';
import { readOpenCostConfig } from './config';

const read = (entry: object) =>
  readOpenCostConfig(new ConfigReader({ finops: { opencost: [entry] } }));
const base = { id: 'main', url: 'http://opencost.opencost:9003/' };

describe('readOpenCostConfig', () => {
  it('fills in defaults by flavour', () => {
    expect(readOpenCostConfig(new ConfigReader({}))).toEqual([]);
    expect(read(base)[0]).toMatchObject({
      url: 'http://opencost.opencost:9003',
      flavour: 'opencost',
      currency: 'USD',
      provisionalDays: 2,
      historyDays: 15,
    });
    expect(
      read({ ...base, flavour: 'kubecost', clusters: ['a', 'b'] })[0],
    ).toMatchObject({ historyDays: 90 });
  });

  it.each([
    ['an unknown flavour', { flavour: 'cloudhealth' }, 'flavour'],
    ['a currency that is none', { currency: 'dollars' }, 'currency'],
    ['an address that is none', { url: 'opencost:9003' }, 'url'],
    [
      'credentials in the address',
      { url: 'https://u:hunter2@c.example.com' },
      'Authorization header',
    ],
    [
      'a name for several clusters',
      { clusterId: 'one', clusters: ['a', 'b'] },
      'clusterId renames one cluster',
    ],
    ['an unknown key', { cluster: 'a' }, 'cluster'],
  ])('refuses %s, names it and leaks nothing', (_, more, problem) => {
    expect(() => read({ ...base, ...more })).toThrow(problem);
    expect(() => read({ ...base, ...more })).not.toThrow('hunter2');
  });
});
