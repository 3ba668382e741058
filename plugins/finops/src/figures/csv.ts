import {
  MICROS_PER_UNIT,
  Money,
} from '@apexlogic/backstage-plugin-finops-common';
import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';

/** Writes rows as CSV (RFC 4180). Text that a spreadsheet would run as a formula is defused. */
export function toCsv(
  rows: readonly (readonly (string | Decimal)[])[],
): string {
  return rows
    .map(row => row.map(writeCell).join(','))
    .join('\r\n')
    .concat('\r\n');
}

/** A number already written as a decimal, which needs no defusing. */
export interface Decimal {
  readonly decimal: string;
}

/** The exact amount in major units, without a float on the way. */
export function moneyDecimal(amount: Money): Decimal {
  const micros = BigInt(amount.amountMicros);
  const magnitude = micros < 0n ? -micros : micros;
  const unit = BigInt(MICROS_PER_UNIT);
  const fraction = (magnitude % unit)
    .toString()
    .padStart(6, '0')
    .replace(/0{1,4}$/, '');
  return {
    decimal: `${micros < 0n ? '-' : ''}${magnitude / unit}.${fraction}`,
  };
}

/** One row a day and group, all currencies under one header. */
export function costCsv(costs: Schemas['EntityCosts']): string {
  return toCsv([
    ['day', 'group', 'cost', 'currency', 'provisional'],
    ...costs.currencies.flatMap(block =>
      block.groups.flatMap(group =>
        group.days.map(({ day, cost, provisional }) => [
          day,
          group.label,
          moneyDecimal(cost),
          cost.currency,
          provisional ? 'yes' : 'no',
        ]),
      ),
    ),
  ]);
}

/** One row an entity of a team review. */
export function teamReviewCsv(review: Schemas['TeamReview']): string {
  return toCsv([
    [
      'month',
      'entity',
      'cost',
      'previous',
      'currency',
      'coverage',
      'openRecommendations',
      'monthlySaving',
    ],
    ...review.entities.map(entity => [
      review.month,
      entity.entityRef,
      moneyDecimal(entity.total),
      entity.previous ? moneyDecimal(entity.previous) : '',
      entity.total.currency,
      { decimal: String(entity.coverage) },
      { decimal: String(entity.openRecommendations) },
      entity.monthlySaving ? moneyDecimal(entity.monthlySaving) : '',
    ]),
  ]);
}

function writeCell(cell: string | Decimal): string {
  if (typeof cell !== 'string') {
    return cell.decimal;
  }
  const text = /^[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell;
  return /[",\r\n]/.test(text) ? `"${text.replace(/"/g, '""')}"` : text;
}
