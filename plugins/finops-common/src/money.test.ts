import fc from 'fast-check';
import {
  addMoney,
  allocateMoney,
  convertMoney,
  formatMoney,
  money,
  moneyFromUnits,
  parseMoney,
  scaleMoney,
  subtractMoney,
  sumMoney,
  sumMoneyByCurrency,
} from './money';

const amounts = fc.integer({ min: -(10 ** 13), max: 10 ** 13 });

describe('money', () => {
  it('parses decimals exactly, where floats would not', () => {
    expect(parseMoney('20.52022672899', 'USD').amountMicros).toBe(20_520_227);
    expect(parseMoney('-0.0000005', 'USD').amountMicros).toBe(-1);
    expect(parseMoney('1.5e-3', 'USD').amountMicros).toBe(1_500);
    expect(parseMoney('12e2', 'USD').amountMicros).toBe(1_200_000_000);
    expect(parseMoney('.5', 'USD').amountMicros).toBe(500_000);
    for (const bad of [
      '',
      '.',
      'NaN',
      'Infinity',
      '1,000',
      '1 2',
      '0x10',
      '--1',
    ]) {
      expect(() => parseMoney(bad, 'USD')).toThrow(/not a decimal amount/);
    }
  });

  it('reads back what it wrote as a decimal', () => {
    fc.assert(
      fc.property(amounts, micros => {
        const sign = micros < 0 ? '-' : '';
        const digits = String(Math.abs(micros)).padStart(7, '0');
        const decimal = `${sign}${digits.slice(0, -6)}.${digits.slice(-6)}`;
        expect(parseMoney(decimal, 'EUR').amountMicros).toBe(
          money(micros, 'EUR').amountMicros,
        );
      }),
    );
  });

  it('refuses to mix currencies, leave the integers, or take an unknown code', () => {
    expect(() => addMoney(money(1, 'USD'), money(1, 'EUR'))).toThrow(
      /without a dated rate/,
    );
    expect(() => sumMoney([money(1, 'USD')], 'EUR')).toThrow(
      /without a dated rate/,
    );
    expect(() => money(0.5, 'USD')).toThrow(/safe integer/);
    expect(() => moneyFromUnits(Number.NaN, 'USD')).toThrow(/safe integer/);
    expect(() => moneyFromUnits(1e12, 'USD')).toThrow(/safe integer/);
    expect(() => money(1, 'usd')).toThrow(/ISO 4217/);
    expect(() =>
      convertMoney(money(1, 'EUR'), {
        from: 'USD',
        to: 'EUR',
        rate: 1,
        day: '2026-01-01',
      }),
    ).toThrow(/rate is for USD/);
  });

  it('adds and subtracts as integers do, per currency', () => {
    fc.assert(
      fc.property(amounts, amounts, (a, b) => {
        const sum = addMoney(money(a, 'USD'), money(b, 'USD'));
        expect(subtractMoney(sum, money(b, 'USD'))).toEqual(money(a, 'USD'));
      }),
    );
    expect(
      sumMoneyByCurrency([money(1, 'USD'), money(5, 'EUR'), money(2, 'USD')]),
    ).toEqual([money(5, 'EUR'), money(3, 'USD')]);
  });

  it('splits without losing or making a micro-unit, and gives nothing to zero weights', () => {
    fc.assert(
      fc.property(
        amounts,
        fc.array(fc.double({ min: 0, max: 1e6, noNaN: true }), {
          minLength: 1,
          maxLength: 30,
        }),
        (micros, weights) => {
          const parts = allocateMoney(money(micros, 'USD'), weights);
          expect(sumMoney(parts, 'USD')).toEqual(money(micros, 'USD'));
          if (weights.some(weight => weight > 0)) {
            parts.forEach((part, index) => {
              if (weights[index] === 0) expect(part.amountMicros).toBe(0);
            });
          }
        },
      ),
    );
    expect(() => allocateMoney(money(1, 'USD'), [])).toThrow(/no parts/);
    expect(() => allocateMoney(money(1, 'USD'), [-1])).toThrow(/not negative/);
  });

  it('rounds half away from zero, on both sides alike', () => {
    expect(scaleMoney(money(3, 'USD'), 0.5).amountMicros).toBe(2);
    expect(scaleMoney(money(-3, 'USD'), 0.5).amountMicros).toBe(-2);
  });

  it('is written with three significant digits in headlines and exactly in tables', () => {
    const usd = (units: number) => moneyFromUnits(units, 'USD');
    expect(formatMoney(usd(1_240), 'headline')).toBe('$1.24k');
    expect(formatMoney(usd(48_200), 'headline')).toBe('$48.2k');
    expect(formatMoney(usd(320.4), 'headline')).toBe('$320');
    expect(formatMoney(usd(3.456), 'headline')).toBe('$3.46');
    expect(formatMoney(usd(2_500_000), 'headline')).toBe('$2.5M');
    expect(formatMoney(usd(-800), 'headline')).toBe('-$800');
    expect(formatMoney(usd(1_240.5))).toBe('$1,240.50');
    expect(formatMoney(usd(0.00042))).toBe('$0.00042');
    expect(formatMoney(usd(0))).toBe('$0.00');
  });
});
