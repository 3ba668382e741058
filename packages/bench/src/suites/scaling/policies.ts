import { ScalingPolicy } from '@apexlogic/backstage-plugin-finops-analysis';

/** Steps that the rules of other tools look back. */
const WINDOW_STEPS = 5;
const DAY_STEPS = 1440;
/** The seasonal rule takes the highest of these coming steps of the day before. */
const AHEAD_STEPS = 15;
const SEASONAL_UTILISATION = 0.7;

/** Makes a policy that knows the demand before the judged part, and its capacity per replica. */
export type MakePolicy = (
  known: Float64Array,
  capacity: number,
) => ScalingPolicy;

/** The policies ours is compared with. */
export const BASELINES: Readonly<Record<string, MakePolicy>> = {
  'hpa-70': hpa(0.7),
  'hpa-50': hpa(0.5),
  'hpa-80': hpa(0.8),
  seasonal,
  'static-peak': staticPeak,
};

/** The Kubernetes rule with a stabilisation window: the highest wish of the last minutes. It starts cold. */
function hpa(utilisation: number): MakePolicy {
  return (_, capacity) => {
    const wishes: number[] = [];
    return demand => {
      wishes.push(Math.ceil(demand / (utilisation * capacity)));
      if (wishes.length > WINDOW_STEPS) {
        wishes.shift();
      }
      return Math.max(...wishes);
    };
  };
}

/** What the day before asked for around the same time, at 70 % utilisation, whatever today is like. */
function seasonal(known: Float64Array, capacity: number): ScalingPolicy {
  const all = Array.from(known);
  return demand => {
    all.push(demand);
    const from = Math.max(0, all.length - DAY_STEPS);
    const coming = all.slice(from, from + AHEAD_STEPS);
    return Math.ceil(Math.max(...coming) / (SEASONAL_UTILISATION * capacity));
  };
}

/** As many replicas as the highest demand known before needs, always. */
function staticPeak(known: Float64Array, capacity: number): ScalingPolicy {
  const peak = known.reduce((most, value) => Math.max(most, value), 0);
  return () => Math.ceil(peak / capacity);
}
