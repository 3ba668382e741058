import { BenchResult } from '../../types';

/** What one set of the suite leaves behind. */
export interface SetReport {
  readonly results: readonly BenchResult[];
  readonly cases: readonly Readonly<Record<string, unknown>>[];
  readonly notes: readonly string[];
}
