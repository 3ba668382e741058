import { BreakerLimits, ShareLimit } from './breakerConfig';

/** Why a breaker opens. */
export type BreakerCause =
  | 'failed-deliveries'
  | 'declined'
  | 'rolled-back'
  | 'policy-errors'
  | 'stale-costs';

/** How many of how many. */
export interface Share {
  readonly of: number;
  readonly count: number;
}

/** What happened in a scope since its breaker last changed. */
export interface BreakerFigures {
  readonly failedInARow: number;
  readonly declined: Share;
  readonly rolledBack: Share;
  readonly policyErrors: Share;
  /** Whole days since the newest day of cost ended; absent where there is no cost, or outside the scope of all. */
  readonly costAgeDays?: number;
}

/** What became of the one change that is tried. */
export type CanaryFate = 'none' | 'pending' | 'passed' | 'failed' | 'gone';

/** A breaker as it is. */
export interface BreakerStatus {
  readonly state: 'closed' | 'open' | 'half-open';
  /** ISO instant since which it is in this state. */
  readonly since: string;
}

/** What a breaker does next; `undefined` = it stays as it is. */
export type BreakerStep =
  | {
      readonly to: 'open';
      readonly cause: BreakerCause | 'canary';
      readonly reason: string;
    }
  | { readonly to: 'half-open'; readonly reason: string }
  | { readonly to: 'closed'; readonly reason: string }
  /** Still half-open, and another change may be tried. */
  | { readonly to: 'next-canary'; readonly reason: string };

/** What opens a breaker, the gravest first; `undefined` = nothing. */
export function causeToOpen(
  figures: BreakerFigures,
  limits: BreakerLimits,
): { readonly cause: BreakerCause; readonly reason: string } | undefined {
  const { rolledBack, declined, policyErrors, failedInARow, costAgeDays } =
    figures;
  if (isTooMuch(rolledBack, limits.rolledBack)) {
    return {
      cause: 'rolled-back',
      reason: `${rolledBack.count} of ${rolledBack.of} merged changes were rolled back.`,
    };
  }
  if (failedInARow >= limits.failedDeliveries) {
    return {
      cause: 'failed-deliveries',
      reason: `${failedInARow} deliveries failed one after the other.`,
    };
  }
  if (isTooMuch(policyErrors, limits.policyErrors)) {
    return {
      cause: 'policy-errors',
      reason: `Policies failed on ${policyErrors.count} of ${policyErrors.of} plans.`,
    };
  }
  if (costAgeDays !== undefined && costAgeDays >= limits.staleCostDays) {
    return {
      cause: 'stale-costs',
      reason: `The newest day of cost ended ${costAgeDays} days ago.`,
    };
  }
  if (isTooMuch(declined, limits.declined)) {
    return {
      cause: 'declined',
      reason: `People closed ${declined.count} of ${declined.of} change requests without merging.`,
    };
  }
  return undefined;
}

/**
 * The next step of a breaker: it opens on its figures, is half-open after a while without any cause, and
 * then closes or opens with the one change that is tried. Nothing that is merely not known closes it.
 */
export function decideBreaker(options: {
  readonly breaker: BreakerStatus;
  readonly figures: BreakerFigures;
  readonly canary: CanaryFate;
  readonly limits: BreakerLimits;
  readonly now: string;
}): BreakerStep | undefined {
  const { breaker, figures, canary, limits, now } = options;
  const cause = causeToOpen(figures, limits);
  switch (breaker.state) {
    case 'closed':
      return cause && { to: 'open', ...cause };
    case 'open':
      return !cause &&
        Date.parse(now) - Date.parse(breaker.since) >= limits.coolDownMs
        ? { to: 'half-open', reason: 'One change may be tried.' }
        : undefined;
    default:
      if (canary === 'failed') {
        return {
          to: 'open',
          cause: 'canary',
          reason: 'The one change that was tried went wrong.',
        };
      }
      if (cause) {
        return { to: 'open', ...cause };
      }
      if (canary === 'passed') {
        return {
          to: 'closed',
          reason: 'The one change that was tried is well.',
        };
      }
      return canary === 'gone'
        ? {
            to: 'next-canary',
            reason: 'The change that was tried came to nothing.',
          }
        : undefined;
  }
}

function isTooMuch({ of, count }: Share, limit: ShareLimit): boolean {
  return of >= limit.atLeast && count >= of * limit.share;
}
