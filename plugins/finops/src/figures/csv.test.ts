import {
  money,
  MICROS_PER_UNIT,
  parseMoney,
} from '@apexlogic/backstage-plugin-finops-common';
import fc from 'fast-check';
import { fixtureCurrencyBlock } from '../__testUtils__/fixtureCosts';
import { costCsv, moneyDecimal, toCsv } from './csv';

describe('csv', () => {
  it('writes amounts exactly', () => {
    expect(moneyDecimal(money(42, 'USD')).decimal).toBe('0.000042');
    expect(moneyDecimal(money(-1_500_000, 'USD')).decimal).toBe('-1.50');
    fc.assert(
      fc.property(fc.maxSafeInteger(), amount => {
        const { decimal } = moneyDecimal(money(amount, 'USD'));
        expect(parseMoney(decimal, 'USD').amountMicros).toBe(
          amount === 0 ? 0 : amount,
        );
      }),
    );
  });

  it('quotes what needs it and defuses formulas', () => {
    expect(
      toCsv([
        [
          'a,b',
          'say "x"',
          '=HYPERLINK("http://evil")',
          '-1',
          { decimal: '-1' },
        ],
      ]),
    ).toBe(`"a,b","say ""x""","'=HYPERLINK(""http://evil"")",'-1,-1\r\n`);
  });

  it('keeps currencies apart and sums to the answer', () => {
    const now = Date.parse('2026-11-23T12:00:00Z');
    const span = { startDay: '2026-11-01', endDay: '2026-11-04', now };
    const usd = fixtureCurrencyBlock({ currency: 'USD', ...span });
    const eur = fixtureCurrencyBlock({ currency: 'EUR', ...span });
    const rows = costCsv({
      setup: { state: 'ready', missing: [] },
      sources: [],
      currencies: [usd, eur],
    })
      .trim()
      .split('\r\n')
      .slice(1)
      .map(line => line.split(','));
    expect(rows).toHaveLength(2 * 6 * 3);
    const sum = rows
      .filter(row => row[3] === 'EUR')
      .reduce(
        (total, row) => total + Math.round(Number(row[2]) * MICROS_PER_UNIT),
        0,
      );
    expect(sum).toBe(eur.total.amountMicros);
  });
});
