import { Config, readDurationFromConfig } from '@backstage/config';
import { durationToMilliseconds, HumanDuration } from '@backstage/types';

/** A share that is too much, once there are enough to judge by. */
export interface ShareLimit {
  /** 0..1 */
  readonly share: number;
  readonly atLeast: number;
}

/** From when on a breaker opens, and when it is tried to close it. */
export interface BreakerLimits {
  /** Deliveries that failed one after the other. */
  readonly failedDeliveries: number;
  /** Of change requests that were merged or closed, those closed. */
  readonly declined: ShareLimit;
  /** Of changes that were merged, those rolled back. */
  readonly rolledBack: ShareLimit;
  /** Of plans that policies judged, those on which a policy itself failed. */
  readonly policyErrors: ShareLimit;
  /** Days without a new day of cost, where there was one. */
  readonly staleCostDays: number;
  /** Days looked back. */
  readonly windowDays: number;
  readonly coolDownMs: number;
}

const DEFAULT_COOL_DOWN: HumanDuration = { hours: 1 };

/** Reads `finops.breakers`; throws on what makes no sense. */
export function readBreakerLimits(config: Config | undefined): BreakerLimits {
  return {
    failedDeliveries: whole(config, 'failedDeliveries', 5),
    declined: share(config, 'declined', { share: 0.7, atLeast: 10 }),
    rolledBack: share(config, 'rolledBack', { share: 0.3, atLeast: 5 }),
    policyErrors: share(config, 'policyErrors', { share: 0.5, atLeast: 5 }),
    staleCostDays: whole(config, 'staleCostDays', 4),
    windowDays: whole(config, 'windowDays', 14),
    coolDownMs: durationToMilliseconds(
      config?.has('coolDown')
        ? readDurationFromConfig(config, { key: 'coolDown' })
        : DEFAULT_COOL_DOWN,
    ),
  };
}

function whole(
  config: Config | undefined,
  key: string,
  fallback: number,
): number {
  const value = config?.getOptionalNumber(key) ?? fallback;
  if (!(Number.isInteger(value) && value > 0)) {
    throw new Error(
      `finops.breakers.${key} must be a whole number above 0, it is ${value}`,
    );
  }
  return value;
}

function share(
  config: Config | undefined,
  key: string,
  fallback: ShareLimit,
): ShareLimit {
  const value = config?.getOptionalNumber(`${key}.share`) ?? fallback.share;
  if (!(value > 0 && value <= 1)) {
    throw new Error(
      `finops.breakers.${key}.share must be above 0 and at most 1, it is ${value}`,
    );
  }
  return {
    share: value,
    atLeast: whole(config, `${key}.atLeast`, fallback.atLeast),
  };
}
