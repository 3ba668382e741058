import {
  isCapacityRisk,
  Series,
  timeToSaturation,
} from '@apexlogic/backstage-plugin-finops-analysis';
import { PlantedCase } from './plantCase';

const HOUR_S = 3600;

/** What a rule says with what is known so far. */
export interface Said {
  readonly raised: boolean;
  /** Seconds from now between which the limit is passed, at 80 %; an absent end lies beyond what it looks at. */
  readonly interval?: { readonly earliest?: number; readonly latest?: number };
}

export type Rule = (known: Series, planted: PlantedCase) => Said;

export const timeToSaturationRule: Rule = (known, { limit, changes }) => {
  const end = known.start + known.step * known.values.length;
  const said = timeToSaturation(known, limit, {
    changes: changes.filter(({ at }) => at < end),
  });
  if (said.kind === 'abstention') {
    return { raised: false };
  }
  const interval = said.intervals.find(({ level }) => level === 0.8);
  return { raised: isCapacityRisk(said), interval };
};

/**
 * `KubePersistentVolumeFillingUp` of kubernetes-mixin, for any limited resource: less than 15 % left and
 * `predict_linear` over six hours passes within four days, for an hour.
 */
export const predictLinear: Rule = (known, { limit }) => {
  const points = (6 * HOUR_S) / known.step;
  const pendings = HOUR_S / known.step;
  for (let back = 0; back < pendings; back++) {
    const end = known.values.length - back;
    const recent = known.values.subarray(Math.max(0, end - points), end);
    const now = latest(recent);
    const slope = slopeOf(recent) / known.step;
    if (!(now > 0.85 * limit && now + slope * 4 * 86_400 > limit)) {
      return { raised: false };
    }
  }
  return { raised: true };
};

/** The same extrapolation without asking how much is left. */
export const predictLinearAlone: Rule = (known, { limit }) => {
  const recent = known.values.subarray(-((24 * HOUR_S) / known.step));
  const slope = slopeOf(recent) / known.step;
  return { raised: latest(recent) + slope * 4 * 86_400 > limit };
};

/** Use above 90 % of the limit in the last quarter of an hour. */
export const threshold90: Rule = (known, { limit }) => ({
  raised: latest(known.values.subarray(-4)) > 0.9 * limit,
});

function latest(values: Float64Array): number {
  const measured = values.filter(Number.isFinite);
  return measured.length > 0 ? measured[measured.length - 1] : NaN;
}

/** Least squares, per point, as `predict_linear` does. */
function slopeOf(values: Float64Array): number {
  let [n, x, y, xx, xy] = [0, 0, 0, 0, 0];
  values.forEach((value, i) => {
    if (Number.isFinite(value)) {
      n += 1;
      x += i;
      y += value;
      xx += i * i;
      xy += i * value;
    }
  });
  const square = n * xx - x * x;
  return square > 0 ? (n * xy - x * y) / square : 0;
}
