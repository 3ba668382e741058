/**
 * An amount of money as an integer of micro-units (1/1,000,000 of the currency's major unit).
 *
 * Micro-units hold sub-cent prices exactly (a core-hour costs about 31,611 of them) and stay below
 * `Number.MAX_SAFE_INTEGER` up to nine billion major units, which every function here enforces.
 *
 * @public
 */
export interface Money {
  /** Integer micro-units; negative for credits and losses. */
  readonly amountMicros: number;
  /** ISO 4217 code, upper case. */
  readonly currency: string;
}

/** Micro-units in one major unit. @public */
export const MICROS_PER_UNIT = 1_000_000;

/**
 * Thrown when amounts of different currencies meet, or an amount leaves the safe integer range.
 *
 * @public
 */
export class MoneyError extends Error {
  readonly name = 'MoneyError';
}

/**
 * Makes a {@link Money}; throws {@link MoneyError} unless the amount is a safe integer and the
 * currency a three-letter code.
 *
 * @public
 */
export function money(amountMicros: number, currency: string): Money {
  if (!Number.isSafeInteger(amountMicros)) {
    throw new MoneyError(
      `amount ${amountMicros} is not a safe integer of micro-units`,
    );
  }
  if (!/^[A-Z]{3}$/.test(currency)) {
    throw new MoneyError(`'${currency}' is not an ISO 4217 currency code`);
  }
  // -0 would make equal amounts differ in toEqual and in JSON hashes.
  return { amountMicros: amountMicros === 0 ? 0 : amountMicros, currency };
}

/** Zero in a currency. @public */
export function zeroMoney(currency: string): Money {
  return money(0, currency);
}

/**
 * Rounds an amount in major units (a float as prices and rates are) to the nearest micro-unit.
 *
 * @example
 * ```ts
 * moneyFromUnits(0.031611, 'USD') // { amountMicros: 31611, currency: 'USD' }
 * ```
 * @public
 */
export function moneyFromUnits(units: number, currency: string): Money {
  return money(roundHalfAway(units * MICROS_PER_UNIT), currency);
}

/**
 * Parses a decimal string exactly (no float on the way), rounding half away from zero past the
 * sixth decimal. Accepts an exponent, as billing exports write them.
 *
 * @example
 * ```ts
 * parseMoney('20.52022672899', 'USD').amountMicros // 20520227
 * ```
 * @public
 */
export function parseMoney(decimal: string, currency: string): Money {
  const match = /^([+-]?)(\d*)(?:\.(\d*))?(?:[eE]([+-]?\d{1,3}))?$/.exec(
    decimal.trim(),
  );
  if (!match || !(match[2] || match[3])) {
    throw new MoneyError(`'${decimal}' is not a decimal amount`);
  }
  const [, sign, whole, fraction = '', exponent = '0'] = match;
  const digits = BigInt(`${whole}${fraction}` || '0');
  const shift = 6 + Number(exponent) - fraction.length;
  let micros: bigint;
  if (shift >= 0) {
    micros = digits * 10n ** BigInt(shift);
  } else {
    const divisor = 10n ** BigInt(-shift);
    micros = (digits + divisor / 2n) / divisor;
  }
  return money(Number(sign === '-' ? -micros : micros), currency);
}

/** Adds two amounts of one currency. @public */
export function addMoney(a: Money, b: Money): Money {
  assertSameCurrency(a, b);
  return money(a.amountMicros + b.amountMicros, a.currency);
}

/** `a - b` in one currency. @public */
export function subtractMoney(a: Money, b: Money): Money {
  assertSameCurrency(a, b);
  return money(a.amountMicros - b.amountMicros, a.currency);
}

/**
 * Sums amounts that must all be in `currency`.
 *
 * @public
 */
export function sumMoney(amounts: Iterable<Money>, currency: string): Money {
  let total = zeroMoney(currency);
  for (const amount of amounts) {
    total = addMoney(total, amount);
  }
  return total;
}

/** Sums amounts per currency, sorted by currency code; never mixes them. @public */
export function sumMoneyByCurrency(amounts: Iterable<Money>): Money[] {
  const totals = new Map<string, Money>();
  for (const amount of amounts) {
    const total = totals.get(amount.currency);
    totals.set(amount.currency, total ? addMoney(total, amount) : amount);
  }
  return [...totals.values()].sort((a, b) =>
    a.currency < b.currency ? -1 : 1,
  );
}

/** Multiplies by a plain factor, rounded half away from zero to a micro-unit. @public */
export function scaleMoney(amount: Money, factor: number): Money {
  return money(roundHalfAway(amount.amountMicros * factor), amount.currency);
}

/**
 * Splits an amount by non-negative weights so that the parts sum to it exactly (largest remainder).
 * All-zero weights split evenly.
 *
 * @public
 */
export function allocateMoney(
  amount: Money,
  weights: readonly number[],
): Money[] {
  if (weights.length === 0) {
    throw new MoneyError('cannot split an amount over no parts');
  }
  if (weights.some(weight => !(weight >= 0 && Number.isFinite(weight)))) {
    throw new MoneyError('weights must be finite and not negative');
  }
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const shares =
    sum > 0
      ? weights.map(weight => weight / sum)
      : weights.map(() => 1 / weights.length);
  const sign = amount.amountMicros < 0 ? -1 : 1;
  const whole = Math.abs(amount.amountMicros);
  const exact = shares.map(share => share * whole);
  const parts = exact.map(Math.floor);
  let rest = whole - parts.reduce((total, part) => total + part, 0);
  const byRemainder = exact
    .map((value, index) => ({ index, remainder: value - parts[index] }))
    .filter(({ index }) => shares[index] > 0)
    .sort((a, b) => b.remainder - a.remainder || a.index - b.index);
  for (let i = 0; rest !== 0; i = (i + 1) % byRemainder.length) {
    const step = rest > 0 ? 1 : -1;
    parts[byRemainder[i].index] += step;
    rest -= step;
  }
  return parts.map(part => money(sign * part, amount.currency));
}

/** A dated exchange rate: one unit of `from` buys `rate` units of `to` on `day` (UTC). @public */
export interface ExchangeRate {
  readonly from: string;
  readonly to: string;
  readonly rate: number;
  readonly day: string;
}

/** Converts with a dated rate; throws {@link MoneyError} when the rate is for other currencies. @public */
export function convertMoney(amount: Money, rate: ExchangeRate): Money {
  if (rate.from !== amount.currency) {
    throw new MoneyError(
      `rate is for ${rate.from}, the amount is in ${amount.currency}`,
    );
  }
  return money(roundHalfAway(amount.amountMicros * rate.rate), rate.to);
}

/**
 * Writes an amount for people: `headline` with three significant digits ("$1.24k"), `exact` with
 * cents, and more decimals where less would read as zero ("$0.00042").
 *
 * @public
 */
export function formatMoney(
  amount: Money,
  style: 'headline' | 'exact' = 'exact',
  locale = 'en-US',
): string {
  const units = amount.amountMicros / MICROS_PER_UNIT;
  const magnitude = Math.abs(units);
  const subCent = magnitude > 0 && magnitude < 0.01;
  const format: Intl.NumberFormatOptions = {
    style: 'currency',
    currency: amount.currency,
  };
  if (subCent) {
    return new Intl.NumberFormat(locale, {
      ...format,
      minimumFractionDigits: 2,
      maximumFractionDigits: 6,
    }).format(units);
  }
  if (style === 'headline') {
    const text = new Intl.NumberFormat(locale, {
      ...format,
      notation:
        magnitude >= 10_000 || (magnitude >= 1_000 && magnitude < 10_000)
          ? 'compact'
          : 'standard',
      minimumFractionDigits: 0,
      maximumSignificantDigits: 3,
    } as Intl.NumberFormatOptions).format(units);
    return text.replace(/K$/, 'k');
  }
  return new Intl.NumberFormat(locale, format).format(units);
}

function assertSameCurrency(a: Money, b: Money): void {
  if (a.currency !== b.currency) {
    throw new MoneyError(
      `cannot combine ${a.currency} with ${b.currency} without a dated rate`,
    );
  }
}

function roundHalfAway(value: number): number {
  return Math.sign(value) * Math.round(Math.abs(value));
}
