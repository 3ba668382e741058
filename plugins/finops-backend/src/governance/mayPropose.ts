import { Recommendation } from '@apexlogic/backstage-plugin-finops-common';
import { StoredBreaker } from '../database/BreakerStore';
import { Stores } from '../database/createStores';
import { ChangeSubject } from './changeRules';
import { FinopsConfig } from './config';
import { FinopsError } from './errors';
import { freezeOver } from './freezes';
import { assertMayWrite, subjectOf } from './mayWrite';
import { scopesOf } from './tickBreakers';
import { openingOf } from './windows';

/** What is looked at before a change is proposed or approved. */
export interface ProposalGate {
  readonly config: FinopsConfig;
  readonly stores: Stores;
  now(): string;
}

/** Whether a recommendation asks for more, to keep a service well, and must not wait for savings. */
export function isRelief({ saving }: Pick<Recommendation, 'saving'>): boolean {
  return saving.expected.amountMicros <= 0;
}

/** Why a change may not be proposed now; each names what holds it. */
export type Hold =
  | { readonly code: 'breaker-open'; readonly reason: string }
  | {
      readonly code: 'frozen' | 'outside-window' | 'too-young';
      readonly reason: string;
      /** ISO instant at which this ends. */
      readonly retryAt: string;
    };

/** To write its change request, or to approve it. */
export type Proposing = 'deliver' | 'approve';

/** What holds a change now, besides pause and autonomy; `undefined` = nothing. */
export async function holdOn(
  gate: ProposalGate,
  recommendation: Recommendation,
  step: Proposing,
): Promise<Hold | undefined> {
  const subject = await subjectOf(gate, recommendation);
  const freeze = freezeOver(
    await gate.stores.freezes.active(gate.now()),
    subject,
  );
  if (freeze) {
    const { frozenBy, endsAt, reason } = freeze;
    return {
      code: 'frozen',
      reason: `${frozenBy} froze such changes until ${endsAt}: ${reason}.`,
      retryAt: endsAt,
    };
  }
  const breaker = (await gate.stores.breakers.over(scopesOf(subject))).find(
    candidate =>
      candidate.state !== 'closed' &&
      !isExempt(recommendation, candidate) &&
      !mayBeTried(candidate, recommendation, step),
  );
  if (breaker) {
    return heldBy(breaker);
  }
  return step === 'deliver' && !isRelief(recommendation)
    ? outOfTime(gate, recommendation, subject)
    : undefined;
}

/**
 * Refuses a change that people or the portal itself hold back: pause, autonomy, freezes, breakers, windows.
 * Undoing a change asks {@link assertMayWrite} alone.
 */
export async function assertMayPropose(
  gate: ProposalGate,
  recommendation: Recommendation,
  step: Proposing,
): Promise<void> {
  const hold = isUndoing(recommendation)
    ? undefined
    : await holdOn(gate, recommendation, step);
  if (hold) {
    throw refusal(hold);
  }
  await assertMayWrite(gate, recommendation);
}

/**
 * The same as the last look before a change request is written; where one change is tried, this is it. The
 * pause comes last of all.
 */
export async function claimToPropose(
  gate: ProposalGate,
  recommendation: Recommendation,
): Promise<void> {
  if (isUndoing(recommendation)) {
    await assertMayWrite(gate, recommendation);
    return;
  }
  const hold = await holdOn(gate, recommendation, 'deliver');
  if (hold) {
    throw refusal(hold);
  }
  const refusing = await gate.stores.breakers.claimCanary(
    scopesOf(await subjectOf(gate, recommendation)),
    recommendation.id,
    gate.now(),
    breaker => isExempt(recommendation, breaker),
  );
  if (refusing) {
    throw refusal(heldBy(refusing));
  }
  await assertMayWrite(gate, recommendation);
}

/** What stops new changes must never stop the undoing of old ones. */
function isUndoing({ action }: Recommendation): boolean {
  return action.kind === 'rollback';
}

/** What is too young, or comes at the wrong time of the week. */
function outOfTime(
  { config, now }: ProposalGate,
  { createdAt }: Recommendation,
  subject: ChangeSubject,
): Hold | undefined {
  const grown = new Date(
    Date.parse(createdAt) + config.minimumAgeMs(),
  ).toISOString();
  if (grown > now()) {
    return {
      code: 'too-young',
      reason: `This advice must stand until ${grown} before it may become a change request (finops.minimumAge).`,
      retryAt: grown,
    };
  }
  const opening = openingOf(config.windows(), subject, now());
  return opening?.kind === 'closed'
    ? {
        code: 'outside-window',
        reason: `Changes like this one may be opened from ${opening.opensAt} on (finops.windows).`,
        retryAt: opening.opensAt,
      }
    : undefined;
}

function refusal(hold: Hold): FinopsError {
  const { code, reason } = hold;
  return new FinopsError(code, `${reason} Nothing was written.`, {
    ...('retryAt' in hold && { retryAt: hold.retryAt }),
  });
}

/** Of a half-open breaker, the one change that is tried; or any that may still become it. */
function mayBeTried(
  { state, canary }: StoredBreaker,
  { id }: Recommendation,
  step: Proposing,
): boolean {
  return (
    state === 'half-open' &&
    (canary === id || (canary === undefined && step === 'deliver'))
  );
}

/** What keeps a service well does not hang on what it costs. */
function isExempt(
  recommendation: Recommendation,
  { cause }: StoredBreaker,
): boolean {
  return cause === 'stale-costs' && isRelief(recommendation);
}

function heldBy({ scope, state, reason }: StoredBreaker): Hold {
  const [kind] = scope.split(':', 1);
  const whose =
    kind === 'all'
      ? 'All changes are'
      : `Changes of the ${kind} ${scope.slice(kind.length + 1)} are`;
  return {
    code: 'breaker-open',
    reason:
      state === 'open'
        ? `${whose} stopped by a breaker: ${reason}`
        : `${whose} stopped until the one that is tried has shown that it is well.`,
  };
}
