import { parseLabelSelector } from './labelSelector';

describe('parseLabelSelector', () => {
  const labels = { app: 'shop', tier: 'web', 'app.kubernetes.io/name': 'shop' };
  it.each([
    ['app=shop', true],
    ['app==shop,tier!=db', true],
    ['app!=shop', false],
    ['missing!=x', true],
    ['tier in (web, api)', true],
    ['tier notin (web,api),app=shop', false],
    ['app.kubernetes.io/name', true],
    ['!app', false],
    ['!missing', true],
    ['app=', false],
    ['constructor', false],
  ])('%s -> %s', (selector, expected) => {
    expect(parseLabelSelector(selector)(labels)).toBe(expected);
  });

  it.each(['', ' ', 'app=a b', 'in (a)', 'app in a', 'app,,tier', '=x'])(
    'refuses %j',
    selector => {
      expect(() => parseLabelSelector(selector)).toThrow(
        /selector|requirement/,
      );
    },
  );
});
