import { ConfigReader } from '@backstage/config';
import { readPrometheusConfig } from './config';

const read = (entry: object) =>
  readPrometheusConfig(new ConfigReader({ finops: { prometheus: [entry] } }));
const base = {
  id: 'main',
  url: 'https://prometheus.example.com/',
  clusters: ['alpha'],
};

describe('readPrometheusConfig', () => {
  it('fills in defaults and turns credentials into headers', () => {
    expect(readPrometheusConfig(new ConfigReader({}))).toEqual([]);
    expect(
      read({
        ...base,
        headers: { 'X-Scope-OrgID': 'a' },
        basicAuth: { username: 'u', password: 'p:ä' },
      })[0],
    ).toMatchObject({
      url: 'https://prometheus.example.com',
      stepSeconds: 300,
      scrapeIntervalSeconds: 60,
      maxPointsPerSeries: 11_000,
      concurrency: 4,
      headers: {
        'X-Scope-OrgID': 'a',
        Authorization: `Basic ${Buffer.from('u:p:ä').toString('base64')}`,
      },
    });
    expect(read({ ...base, bearerToken: 't' })[0].headers).toEqual({
      Authorization: 'Bearer t',
    });
  });

  it.each([
    ['no cluster at all', { clusters: undefined }, 'set clusters'],
    [
      'several clusters without a label',
      { clusters: ['a', 'b'] },
      'set clusterLabel',
    ],
    ['a bad label', { clusterLabel: 'a-b' }, 'clusterLabel'],
    ['an address that is none', { url: 'prometheus:9090' }, 'url'],
    [
      'credentials in the address',
      { url: 'https://u:hunter2@p.example.com' },
      'basicAuth',
    ],
    [
      'two kinds of credentials',
      { bearerToken: 't', basicAuth: { username: 'u', password: 'p' } },
      'keep one',
    ],
    ['a step of nothing', { stepSeconds: 0 }, 'stepSeconds'],
    ['an unknown key', { stepSecond: 300 }, 'stepSecond'],
    [
      'a template that would mix clusters',
      {
        clusterLabel: 'cluster',
        requestMetrics: { errorRate: 'sum(errors{namespace="{{namespace}}"})' },
      },
      'requestMetrics.errorRate must use',
    ],
  ])('refuses %s, names it and leaks nothing', (_, more, problem) => {
    expect(() => read({ ...base, ...more })).toThrow(problem);
    expect(() => read({ ...base, ...more })).not.toThrow('hunter2');
  });
});
