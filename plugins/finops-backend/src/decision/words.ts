import {
  formatMoney,
  MonthlySaving,
} from '@apexlogic/backstage-plugin-finops-common';

/** Longest reason written to a manifest, characters. */
const MAX_REASON = 200;

/** Joins as many parts as fit into a reason; the first always stands. */
export function joinReason(parts: readonly (string | undefined)[]): string {
  let text = '';
  for (const part of parts) {
    if (!part) {
      continue;
    }
    const longer = text === '' ? part : `${text}; ${part}`;
    if (longer.length + 1 <= MAX_REASON) {
      text = longer;
    } else if (text === '') {
      text = part.slice(0, MAX_REASON - 1);
    }
  }
  return `${text}.`;
}

/** `0.304` → `30 %`, `0.034` → `3.4 %`. */
export function percent(ratio: number): string {
  const value = ratio * 100;
  return `${
    Math.abs(value) >= 10 ? Math.round(value) : Number(value.toFixed(1))
  } %`;
}

/** Three significant digits. */
export function number(value: number): string {
  return Number(value.toPrecision(3)).toString();
}

/** `saves about $12 a month`, or what it costs. */
export function savingInWords({ expected }: MonthlySaving): string {
  const amount = formatMoney(
    { ...expected, amountMicros: Math.abs(expected.amountMicros) },
    'headline',
  );
  return `${
    expected.amountMicros >= 0 ? 'saves' : 'costs'
  } about ${amount} a month`;
}
