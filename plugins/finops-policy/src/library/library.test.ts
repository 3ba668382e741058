import fc from 'fast-check';
import { CelJsEngine } from '../celEngine';
import { toCelValue } from '../celValue';
import { StepBudget } from '../engine';

const engine = new CelJsEngine();

function run(
  expression: string,
  object: unknown = {},
  steps = 10_000,
): unknown {
  return engine
    .compile(expression, { variables: [], expected: 'any' })
    .evaluate({
      values: { object: toCelValue(object) },
      budget: new StepBudget(steps),
    });
}

// The examples of https://kubernetes.io/docs/reference/using-api/cel/ and of the libraries' Go documentation.
describe.each([
  [
    'lists',
    [
      "['a', 'a', 'b'].isSorted() && ![2.0, 1.0].isSorted()",
      '[1, 3].sum() == 4 && [1.0, 3.0].sum() == 4.0 && [].sum() == 0',
      "[duration('1m'), duration('1s')].sum() == duration('61s')",
      "[duration('1m'), duration('1s')].max() == duration('1m')",
      '[1, 3].min() == 1 && ["b", "a"].min() == "a"',
      '[1, 2, 2, 3].indexOf(2) == 1 && [1, 2, 2, 3].lastIndexOf(2) == 2',
      '[1].indexOf(5) == -1 && [1].indexOf(1.0) == 0',
      "['a', 'b', 'c', 'd'].slice(1, 3) == ['b', 'c']",
      "['b', 'a'].sort() == ['a', 'b'] && [3, 10, 2].sort() == [2, 3, 10]",
      '[1, 2, 2.0, 3, 1].distinct() == [1, 2, 3]',
      '[1, [2, 3], [4]].flatten() == [1, 2, 3, 4]',
      '[1, [2, [3, [4]]]].flatten(2) == [1, 2, 3, [4]]',
      '[5, 1].reverse() == [1, 5] && lists.range(3) == [0, 1, 2]',
      '[1, 2].first().value() == 1 && ![].last().hasValue()',
      '[optional.none(), optional.of(1)].unwrapOpt() == [1]',
    ],
  ],
  [
    'sets',
    [
      'sets.contains([1, 2, 3], [2.0, 3u]) && !sets.contains([1], [1, 2])',
      'sets.contains([], []) && sets.equivalent([1, 1], [1])',
      '!sets.equivalent([1, 2], [1]) && sets.intersects([[1], [2]], [[1]])',
      '!sets.intersects([1], [])',
    ],
  ],
  [
    'urls',
    [
      "url('https://example.com:80/').getHost() == 'example.com:80'",
      "url('https://[::1]:80/').getHost() == '[::1]:80'",
      "url('/path').getHost() == '' && url('/path').getScheme() == ''",
      "url('https://[::1]:80/').getHostname() == '::1'",
      "url('https://127.0.0.1:80/').getHostname() == '127.0.0.1'",
      "url('https://u:p@example.com/').getHost() == 'example.com'",
      "url('https://example.com:80/').getPort() == '80'",
      "url('https://example.com/').getPort() == ''",
      "url('https://example.com/path with spaces/').getEscapedPath() == '/path%20with%20spaces/'",
      "url('https://example.com').getEscapedPath() == ''",
      "url('https://example.com/path?k1=a&k2=b&k2=c').getQuery() == {'k1': ['a'], 'k2': ['b', 'c']}",
      "url('https://example.com/path?key with spaces=value with spaces').getQuery() == {'key with spaces': ['value with spaces']}",
      "url('https://example.com/?').getQuery() == {}",
      "isURL('https://example.com/') && isURL('/absolute-path')",
      "!isURL('https://a:b:c/') && !isURL('../relative-path') && !isURL('x')",
      "url('https://a/') == url('https://a/') && url('https://a/') != url('https://b/')",
    ],
  ],
  [
    'IP addresses',
    [
      "isIP('127.0.0.1') && isIP('::1') && !isIP('127.0.0.256')",
      "!isIP('::ffff:1.2.3.4') && !isIP('fe80::1%eth0') && !isIP('01.2.3.4')",
      "ip('127.0.0.1').family() == 4 && ip('::1').family() == 6",
      "ip.isCanonical('127.0.0.1') && ip.isCanonical('2001:db8::abcd')",
      "!ip.isCanonical('2001:DB8::ABCD') && !ip.isCanonical('2001:db8::0:0:0:abcd')",
      "ip('0.0.0.0').isUnspecified() && ip('::').isUnspecified()",
      "ip('127.0.0.1').isLoopback() && ip('::1').isLoopback() && !ip('192.168.0.1').isLoopback()",
      "ip('224.0.0.1').isLinkLocalMulticast() && ip('ff02::1').isLinkLocalMulticast()",
      "ip('169.254.169.254').isLinkLocalUnicast() && ip('fe80::1').isLinkLocalUnicast()",
      "ip('192.168.0.1').isGlobalUnicast() && ip('2001:db8::abcd').isGlobalUnicast()",
      "!ip('255.255.255.255').isGlobalUnicast() && !ip('ff02::1').isGlobalUnicast()",
      "ip('2001:db8::1') == ip('2001:DB8:0:0::1') && ip('10.0.0.1') != ip('10.0.0.2')",
      "string(ip('2001:DB8::0:1')) == '2001:db8::1'",
    ],
  ],
  [
    'networks',
    [
      "isCIDR('192.168.0.0/16') && isCIDR('::1/128') && !isCIDR('192.168.0.0/33')",
      "!isCIDR('192.168.0.0') && !isCIDR('::ffff:1.2.3.4/24') && !isCIDR('1.2.3.4/024')",
      "cidr('192.168.0.0/24').containsIP(ip('192.168.0.1'))",
      "cidr('192.168.0.0/24').containsIP('192.168.0.1') && !cidr('192.168.0.0/24').containsIP('192.168.1.1')",
      "cidr('192.168.0.0/16').containsCIDR(cidr('192.168.10.0/24'))",
      "!cidr('192.168.1.0/24').containsCIDR('192.168.0.0/16')",
      "cidr('192.168.0.1/24').ip() == ip('192.168.0.1')",
      "cidr('192.168.0.1/24').masked() == cidr('192.168.0.0/24')",
      "cidr('2001:db8::/32').prefixLength() == 32 && string(cidr('10.0.0.1/8').masked()) == '10.0.0.0/8'",
      "!cidr('10.0.0.0/8').containsIP('::1')",
    ],
  ],
  [
    'versions',
    [
      "isSemver('1.0.0') && !isSemver('v1.0') && !isSemver('hello') && !isSemver('1.0.0 ')",
      "isSemver('v1.0', true) && semver('v01.01', true).compareTo(semver('1.1.0')) == 0",
      "semver('1.2.3').compareTo(semver('1.2.3')) == 0",
      "semver('1.2.3').compareTo(semver('2.0.0')) == -1",
      "semver('0.1.2').compareTo(semver('0.1.1')) == 1",
      "semver('1.0.0-alpha').isLessThan(semver('1.0.0'))",
      "semver('1.10.0').isGreaterThan(semver('1.9.0'))",
      "semver('1.2.3').major() == 1 && semver('1.2.3').minor() == 2 && semver('1.2.3').patch() == 3",
    ],
  ],
  [
    'formats',
    [
      "!format.dns1123Label().validate('my-label-name').hasValue()",
      "format.dns1123Label().validate('My_Name').hasValue()",
      "format.named('dns1123Label').value().validate('a.b').hasValue()",
      "!format.named('no-such-format').hasValue()",
      "!format.qualifiedName().validate('apps/my.Name').hasValue()",
      "format.labelValue().validate('-').hasValue() && !format.uuid().validate('123e4567-e89b-12d3-a456-426614174000').hasValue()",
      "!format.date().validate('2024-02-29').hasValue() && format.datetime().validate('2024').hasValue()",
    ],
  ],
  [
    'optionals',
    [
      "optional.of('a').optMap(v, v + 'b').value() == 'ab'",
      'object.?a.?b.optMap(v, v + 1).orValue(0) == 2',
      '!object.?none.optMap(v, v + 1).hasValue()',
      'object.?a.optFlatMap(v, v.?c).orValue(5) == 5',
      "!optional.ofNonZeroValue('').hasValue() && optional.ofNonZeroValue([0]).hasValue()",
    ],
  ],
  [
    'texts',
    [
      "'%s: %d of %.2f'.format(['cpu', 3, 0.125]) == 'cpu: 3 of 0.12'",
      "'%s'.format([{'b': [1, true], 'a': null}]) == '{a: null, b: [1, true]}'",
      "'a-b-c'.replace('-', '+', 1) == 'a+b-c' && 'ab'.replace('', '-') == '-a-b-'",
      "'😀ab'.substring(1, 2) == 'a' && '😀ab'.indexOf('b') == 2",
    ],
  ],
])('%s', (_, expressions) => {
  it.each(expressions)('%s', expression => {
    expect(run(expression, { a: { b: 1 } })).toBe(true);
  });
});

it.each([
  ["url('relative')", 'no absolute URL'],
  ["ip('1.2.3')", 'no IP address'],
  ["ip('::ffff:1.2.3.4')", 'written as IPv6'],
  ["cidr('1.2.3.4/33')", 'no CIDR'],
  ["cidr('10.0.0.0/8').containsIP('x')", 'no IP address'],
  ["semver('v1.0.0')", 'no semantic version'],
  ['[1, 2].slice(1, 3)', 'not within a list of 2'],
  ["[1, 'a'].sort()", 'one type'],
  ["['a'].sum()", 'numbers or durations'],
  ['[9223372036854775807, 1].sum()', 'overflow'],
  ['lists.range(1000000)', 'goes to 10000'],
  ["'%d'.format(['a'])", 'cannot show'],
  ["'%q'.format([1])", 'unrecognized'],
  ["'%s'.format([])", 'out of range'],
  ["'%.999f'.format([1.0])", 'at most 60 digits'],
])('fails rather than guesses: %s', (expression, reason) => {
  expect(() => run(expression)).toThrow(reason);
});

it('counts what grows with the square of a list', () => {
  const list = Array.from({ length: 2_000 }, (_, index) => index);
  for (const expression of [
    'object.l.distinct().size() > 0',
    'sets.intersects(object.l, object.l)',
    'sets.equivalent(object.l, object.l)',
  ]) {
    expect(() => run(expression, { l: list }, 1_000)).toThrow('steps');
  }
});

it('finds an address in exactly the networks whose bits it shares', () => {
  const byte = fc.integer({ min: 0, max: 255 });
  const address = fc
    .tuple(byte, byte, byte, byte)
    .map(bytes => bytes.join('.'));
  fc.assert(
    fc.property(
      address,
      address,
      fc.integer({ min: 0, max: 32 }),
      (network, ip, prefix) => {
        const bits = (text: string) =>
          text
            .split('.')
            .map(part => Number(part).toString(2).padStart(8, '0'))
            .join('')
            .slice(0, prefix);
        expect(run(`cidr('${network}/${prefix}').containsIP('${ip}')`)).toBe(
          bits(network) === bits(ip),
        );
      },
    ),
  );
});

it('prints every IPv6 address so that it reads back', () => {
  const group = fc.integer({ min: 0, max: 0xffff });
  const groups = fc.array(fc.oneof(group, fc.constant(0)), {
    minLength: 8,
    maxLength: 8,
  });
  fc.assert(
    fc.property(groups, parts => {
      fc.pre(parts.slice(0, 5).some(part => part !== 0));
      const text = parts.map(part => part.toString(16)).join(':');
      expect(
        run(`string(ip(string(ip('${text}')))) == string(ip('${text}'))`),
      ).toBe(true);
      expect(run(`ip.isCanonical(string(ip('${text}')))`)).toBe(true);
      expect(run(`ip(string(ip('${text}'))) == ip('${text}')`)).toBe(true);
    }),
  );
});
