import {
  formatMoney,
  subtractMoney,
} from '@apexlogic/backstage-plugin-finops-common';
import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { describeDelta } from './delta';
import { formatPercent } from './percent';

type CurrencyBlock = Schemas['EntityCosts']['currencies'][number];

/** From this share of the whole change on, one group is worth naming. */
const NAME_GROUP_FROM_SHARE = 0.3;

/**
 * The one sentence above the chart: what was spent, how that compares, and which group moved it.
 *
 * @example
 * "checkout cost $1.24k in 30 days, 18 % more than in the span before; 67 % of the rise is cpu."
 */
export function costSentence(options: {
  name: string;
  periodWords: string;
  block: CurrencyBlock;
}): string {
  const { name, periodWords, block } = options;
  const spent = `${name} cost ${formatMoney(
    block.total,
    'headline',
  )} in ${periodWords}`;
  const delta = describeDelta(block.changeRatio);
  if (!delta || !block.previous) {
    return `${spent}; there is nothing before it to compare with.`;
  }
  if (delta.direction === 'same') {
    return `${spent}, ${delta.words} as in the span before.`;
  }
  const whole = subtractMoney(block.total, block.previous).amountMicros;
  const movements = block.groups
    .map(group => ({
      label: group.label,
      moved: group.total.amountMicros - (group.previous?.amountMicros ?? 0),
    }))
    .filter(({ moved }) => Math.sign(moved) === Math.sign(whole))
    .sort((a, b) => Math.abs(b.moved) - Math.abs(a.moved));
  const change = `${spent}, ${delta.words} than in the span before`;
  const [largest] = movements;
  // Without an earlier figure of any group the split of the change is unknown.
  if (!largest || block.groups.every(group => group.previous === undefined)) {
    return `${change}.`;
  }
  const share = Math.abs(largest.moved / whole);
  if (share < NAME_GROUP_FROM_SHARE || block.groups.length < 2) {
    return `${change}.`;
  }
  const direction = whole > 0 ? 'rise' : 'fall';
  // Groups that moved the other way can make one group's part larger than the whole.
  return share >= 0.995
    ? `${change}; all of the ${direction} is ${largest.label}.`
    : `${change}; ${formatPercent(share)} of the ${direction} is ${
        largest.label
      }.`;
}
