import { ModelRef } from '@apexlogic/backstage-plugin-finops-common';

/** The model behind {@link createReplicaScaler}. @public */
export const SCALING_MODEL: ModelRef = {
  name: 'ReplicaScaler',
  version: '1.0.0',
};

/**
 * Every number the scaler depends on, chosen once on public traces (docs/benchmarks.md tells how) and
 * frozen. Spans are in minutes, so that a coarser step does not change what is meant.
 */
export const SCALING_PARAMETERS = {
  /** Half-lives of the levels that the forecast is made of. */
  levelHalfLifeMinutes: [1, 3, 10, 30],
  /** The season is a mean over this much on both sides of the same minute a day and a week ago. */
  seasonSpanMinutes: 5,
  /** Weight that an observation keeps from one step to the next in the regression. */
  forgetting: 0.9998,
  /** Half-life of the spread of the errors. */
  spreadHalfLifeMinutes: 60,
  /** Steps over which the shape of the errors is remembered. */
  errorMemorySteps: 3000,
  /** Errors known before the forecast is trusted; until then the HPA rule alone decides. */
  minimumErrors: 60,
  /** Replica steps that one step without enough capacity may cost. */
  shortfallPrice: 50,
  /** Steps down wait until this many wishes in a row allow them. */
  patienceSteps: 2,
  /** Safety: utilisation that the demand of the last `floorMinutes` may not exceed ... */
  floorUtilisation: 0.8,
  floorMinutes: 3,
  /** ... and, when demand outgrew its forecast, what the HPA rule would ask for. */
  surgeUtilisation: 0.7,
  surgeMinutes: 5,
  /** Quantile of its own errors above which demand has outgrown the forecast. */
  surgeQuantile: 0.99,
} as const;
