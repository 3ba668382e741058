import {
  Environment,
  Level,
  Recommendation,
} from '@apexlogic/backstage-plugin-finops-common';

/** What the order of waves depends on. */
export type WaveCandidate = Pick<
  Recommendation,
  'id' | 'environment' | 'risk' | 'confidence'
>;

/** Where a mistake hurts least comes first; what nobody labelled may be production. */
const ENVIRONMENTS: readonly Environment[] = [
  'development',
  'staging',
  'unknown',
  'production',
];

const RISKS: readonly Level[] = ['low', 'medium', 'high'];

/** Share of all changes that have gone out after the second wave and each later one. */
const CUMULATIVE_SHARES = [0.1, 0.4, 1];

/**
 * Divides changes into waves: one change alone as the canary, then up to a tenth of them, two fifths, and
 * the rest; those of least risk first, and of equal risk those the model is surest of. Always the same for
 * the same changes, in whatever order they are given.
 *
 * @returns ids by wave; no wave is empty
 */
export function orderWaves(candidates: readonly WaveCandidate[]): string[][] {
  const ordered = [...candidates].sort(
    (a, b) =>
      ENVIRONMENTS.indexOf(a.environment) -
        ENVIRONMENTS.indexOf(b.environment) ||
      RISKS.indexOf(a.risk) - RISKS.indexOf(b.risk) ||
      b.confidence - a.confidence ||
      (a.id < b.id ? -1 : 1),
  );
  const ends = [
    1,
    ...CUMULATIVE_SHARES.map(share => Math.ceil(share * ordered.length)),
  ];
  const waves: string[][] = [];
  let start = 0;
  for (const end of ends) {
    if (end > start) {
      waves.push(ordered.slice(start, end).map(({ id }) => id));
      start = end;
    }
  }
  return waves.filter(wave => wave.length > 0);
}
