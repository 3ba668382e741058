/**
 * Largest share of a request taken away at once. What runs on half can be measured before the rest goes;
 * the next pass advises from there.
 */
const LARGEST_CUT = 0.5;

/** What is proposed of an advised request now: the whole way, or the first step of it. Same unit. */
export function firstStep(before: number, advised: number): number {
  return Math.max(advised, before * (1 - LARGEST_CUT));
}
