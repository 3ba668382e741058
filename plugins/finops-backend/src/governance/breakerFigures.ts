import { DAY_MS } from '@apexlogic/backstage-plugin-finops-common';
import { ChangeOutcome } from '../database/BreakerStore';
import { BreakerFigures } from './decideBreaker';

/** Adds up what happened after an instant, newest first. Pure. */
export function breakerFigures(options: {
  readonly outcomes: readonly ChangeOutcome[];
  readonly after: string;
  /** Newest UTC day of cost, where it matters and there is one. */
  readonly newestCostDay?: string;
  readonly now: string;
}): BreakerFigures {
  const { after, newestCostDay, now } = options;
  const outcomes = options.outcomes.filter(({ at }) => at > after);
  const count = (kind: ChangeOutcome['kind']) =>
    outcomes.filter(outcome => outcome.kind === kind).length;
  const attempts = outcomes.filter(
    ({ kind }) => kind === 'delivered' || kind === 'failed',
  );
  const firstDelivered = attempts.findIndex(({ kind }) => kind === 'delivered');
  const merged = count('merged');
  const declined = count('declined');
  const reverted = count('reverted');
  const policyErrors = count('policy-error');
  return {
    failedInARow: firstDelivered === -1 ? attempts.length : firstDelivered,
    declined: { count: declined, of: declined + merged },
    // One may be rolled back that was merged before the window.
    rolledBack: { count: reverted, of: Math.max(merged, reverted) },
    policyErrors: {
      count: policyErrors,
      of: policyErrors + count('judged'),
    },
    ...(newestCostDay !== undefined && {
      costAgeDays: Math.max(
        0,
        Math.floor(
          (Date.parse(now) - Date.parse(`${newestCostDay}T00:00:00Z`)) / DAY_MS,
        ) - 1,
      ),
    }),
  };
}
