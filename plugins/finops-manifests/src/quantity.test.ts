import fc from 'fast-check';
import {
  formatCpu,
  formatMemory,
  parseQuantity,
  restyleQuantity,
} from './quantity';

const amountOf = (text: string) => parseQuantity(text)?.amount;

describe('quantities', () => {
  it('reads what Kubernetes reads and nothing else', () => {
    expect(
      [
        '250m',
        '0.5',
        '1',
        '.5',
        '2.',
        '1e3',
        '1E',
        '512Mi',
        '1.5Gi',
        '64k',
        '+1',
        '-1',
      ].map(amountOf),
    ).toEqual([
      0.25,
      0.5,
      1,
      0.5,
      2,
      1000,
      1e18,
      2 ** 29,
      1.5 * 2 ** 30,
      64000,
      1,
      -1,
    ]);
    expect(
      [
        '',
        'm',
        '12 bananas',
        '1KiB',
        '1K',
        '0x10',
        'NaN',
        ' 1',
        '1mi',
        '9'.repeat(65),
      ].map(amountOf),
    ).toEqual(Array(10).fill(undefined));
  });

  it('writes in the unit family of the value it replaces', () => {
    expect(formatCpu(0.25, '500m')).toBe('250m');
    expect(formatCpu(0.25, '0.5')).toBe('0.25');
    expect(formatCpu(2, '500m')).toBe('2000m');
    expect(formatCpu(2)).toBe('2');
    expect(formatCpu(0.1234)).toBe('124m');
    expect(formatCpu(0.07)).toBe('70m');
    expect(formatMemory(2 ** 30, '512Mi')).toBe('1024Mi');
    expect(formatMemory(2 ** 29, '1Gi')).toBe('512Mi');
    expect(formatMemory(5e8, '1G')).toBe('500M');
    expect(formatMemory(2 ** 29, '1000000')).toBe('536870912');
    expect(formatMemory(100_000_001)).toBe('96Mi');
    expect(formatMemory(2 ** 30 - 1)).toBe('1Gi');
    expect(formatMemory(0)).toBe('0');
    expect(restyleQuantity('512Mi', '500M', 'memory')).toBe('512Mi');
    expect(() => formatCpu(NaN)).toThrow(RangeError);
    expect(() => formatMemory(-1)).toThrow(RangeError);
  });

  it('never changes an amount by restyling, and never writes less than was asked for', () => {
    const likes = fc.constantFrom(
      '500m',
      '0.5',
      '2',
      '512Mi',
      '1Gi',
      '64k',
      '1G',
      '12345',
    );
    fc.assert(
      fc.property(fc.nat(8000), likes, (millis, like) => {
        const wanted = `${millis}m`;
        const styled = restyleQuantity(wanted, like, 'cpu');
        expect(parseQuantity(styled)?.nanos).toBe(parseQuantity(wanted)?.nanos);
      }),
    );
    fc.assert(
      fc.property(
        fc.nat(),
        fc.option(likes, { nil: undefined }),
        (bytes, like) => {
          const written = amountOf(formatMemory(bytes, like))!;
          expect(written).toBeGreaterThanOrEqual(bytes);
          expect(written - bytes).toBeLessThan(like ? 1 : 2 ** 20);
        },
      ),
    );
  });
});
