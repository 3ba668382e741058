import type { Part } from '../partsOf';

/** Parts of actions that values of a chart can carry out. */
export type ChartPart = Exclude<Part, { readonly kind: 'claim' | 'labels' }>;

/** Whether values may say it. Which labels and claims a chart writes is left to its templates. */
export function isChartPart(part: Part): part is ChartPart {
  return part.kind !== 'claim' && part.kind !== 'labels';
}
