import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import {
  ChangePlan,
  ChangeRequest,
  Recommendation,
  RecommendationState,
  Verdict,
} from '@apexlogic/backstage-plugin-finops-common';
import { applyPlan } from '@apexlogic/backstage-plugin-finops-manifests';
import { DeliverOutcome, Forge } from '@apexlogic/backstage-plugin-finops-node';
import {
  Delivery,
  ReachedLimit,
  WantedStatus,
} from '../database/DeliveryStore';
import { advance } from '../governance/advance';
import { pendingText } from '../governance/approvalText';
import { Impact } from '../governance/impactOf';
import {
  assertMayPropose,
  claimToPropose,
  isRelief,
} from '../governance/mayPropose';
import { autonomyOf, demandOf } from '../governance/mayWrite';
import { callForge, ErrorCode, FinopsError } from '../governance/errors';
import { tallyApprovals } from '../governance/tallyApprovals';
import { tickBreakers } from '../governance/tickBreakers';
import { SYSTEM } from '../governance/transition';
import {
  changeRequestBody,
  changeRequestTitle,
  commitMessage,
} from './changeRequestText';
import { Loop } from './Loop';
import { openSnapshot } from './openSnapshot';
import { planRecommendation } from './planRecommendation';
import { publishStatus } from './publishStatus';

/** How long a writer holds its claim; longer than any write may take. */
const CLAIM_MS = 120_000;

/** Longest one write to a forge may take. */
const WRITE_TIMEOUT_MS = 90_000;

/** How long a caller waits for another who writes the same change. */
const WAIT_MS = 20_000;
const WAIT_STEP_MS = 250;

/** Autonomy up to which change requests are opened as drafts. */
const DRAFT_AUTONOMY = 2;

const DELIVERABLE: readonly RecommendationState[] = [
  'proposed',
  'open',
  'awaiting-approval',
  'approved',
];

/** Answers of a forge that count as failed deliveries. */
const FAILURES: readonly ErrorCode[] = [
  'forge-unauthorized',
  'forge-not-found',
  'forge-rejected',
  'forge-unavailable',
];

/** How long an interrupted delivery is still finished by itself. */
const RESUME_WITHIN_MS = 3_600_000;

/**
 * Opens or updates the change request with exactly the plan the caller saw.
 *
 * Idempotent: however many callers and replicas ask, at most one change request exists. A claim on the
 * delivery row lets one write at a time, the branch derived from the plan's identity makes a repeated
 * write find its own work, and the stored intent lets a later run finish what a crash left half done.
 *
 * @param options.requester - user ref; `undefined` when an interrupted delivery is finished
 */
export async function deliverRecommendation(
  loop: Loop,
  options: { id: string; planHash: string; requester: string | undefined },
): Promise<void> {
  const { id, planHash, requester } = options;
  const { stores } = loop;
  const asked = await stores.recommendations.get(id);
  if (asked) {
    await assertMayPropose(loop, asked.recommendation, 'deliver');
  }
  const shown = await stores.plans.get(id);
  if (shown?.refusal) {
    throw new FinopsError('plan-refused', shown.refusal.reason);
  }
  if (!shown?.plan) {
    throw new FinopsError(
      'no-plan',
      'There is no plan yet; look at the exact change first.',
    );
  }
  if (shown.plan.hash !== planHash) {
    throw new FinopsError(
      'plan-changed',
      'The plan changed since you saw it; look at the new one and decide again.',
    );
  }
  const { stored, made, changed, recommendation } = await planRecommendation(
    loop,
    id,
  );
  if (made.kind === 'refused' || !stored.plan) {
    throw new FinopsError(
      'plan-refused',
      stored.refusal?.reason ?? 'No plan can be made any more.',
    );
  }
  if (changed) {
    throw new FinopsError('plan-changed', whatChanged(shown.plan, stored.plan));
  }
  assertNotDenied(stored.verdicts);
  if (!DELIVERABLE.includes(recommendation.state)) {
    throw new FinopsError(
      'wrong-state',
      `A recommendation that is ${recommendation.state} cannot be delivered.`,
    );
  }
  await write(loop, {
    recommendation,
    plan: stored.plan,
    verdicts: stored.verdicts,
    impact: stored.impact,
    forge: made.forge,
    requester,
  });
}

interface WriteOptions {
  readonly recommendation: Recommendation;
  readonly plan: ChangePlan;
  readonly verdicts: readonly Verdict[];
  readonly impact: Impact | undefined;
  readonly forge: Forge;
  readonly requester: string | undefined;
}

async function write(loop: Loop, options: WriteOptions): Promise<void> {
  const { recommendation, plan, requester, forge } = options;
  const { deliveries } = loop.stores;
  const id = recommendation.id;
  const token = randomUUID();
  const entity = await loop.stores.entities.getEntity(recommendation.entityRef);
  const deadline = Date.now() + WAIT_MS;
  for (;;) {
    const now = loop.now();
    const claim = await deliveries.claim({
      recommendationId: id,
      token,
      plan,
      requester,
      owner: entity?.context.ownerRefs[0],
      // What keeps a service well, or undoes a change, must not wait for savings.
      exempt:
        isRelief(recommendation) || recommendation.action.kind === 'rollback',
      limits: loop.config.limits(),
      now,
      until: new Date(Date.parse(now) + CLAIM_MS).toISOString(),
    });
    if (claim.kind === 'claimed') {
      break;
    }
    if (claim.kind === 'limited') {
      throw new FinopsError('limit-reached', limitInWords(claim, plan));
    }
    if (Date.now() > deadline) {
      throw new FinopsError(
        'delivery-in-progress',
        'Somebody else is opening this change request right now; look again in a minute.',
      );
    }
    await sleep(WAIT_STEP_MS);
  }
  let outcome: DeliverOutcome;
  try {
    outcome = await callForge(() => send(loop, options));
  } catch (error) {
    await deliveries.settle({
      recommendationId: id,
      token,
      // Without a clear answer the request may be open: the intent stays, and a later run finishes it.
      status: isUnclear(error) ? 'writing' : 'failed',
      lastError: error instanceof Error ? error.message : String(error),
      now: loop.now(),
    });
    if (isFailure(error)) {
      await recordFailed(loop, id, requester, error);
    }
    throw error;
  }
  const taken =
    outcome.result === 'declined' || outcome.result === 'taken-over';
  await deliveries.settle({
    recommendationId: id,
    token,
    status: taken ? 'failed' : 'opened',
    changeRequest: outcome.changeRequest,
    wantedStatus: taken
      ? undefined
      : await wantedStatusOf(loop, recommendation, plan.hash),
    lastError: taken ? `The forge answered ${outcome.result}.` : undefined,
    now: loop.now(),
  });
  if (outcome.result === 'declined') {
    await recordDeclined(loop, id, outcome.changeRequest);
    await tickBreakers(loop);
    throw new FinopsError(
      'change-request-declined',
      `A person closed ${outcome.changeRequest.url} without merging; closed means no.`,
    );
  }
  if (outcome.result === 'taken-over') {
    throw new FinopsError(
      'branch-taken-over',
      `Somebody else committed to ${outcome.changeRequest.branch}; their work is not overwritten. See ${outcome.changeRequest.url}.`,
    );
  }
  await recordOpened(loop, recommendation, requester, outcome);
  await publishStatus(loop, id, forge);
}

function limitInWords(
  { limit, most }: ReachedLimit,
  { repository }: ChangePlan,
): string {
  const setting = `finops.limits.${limit}`;
  switch (limit) {
    case 'hourlyPerRepository':
      return `${most} change requests were begun in ${repository.url} within an hour, as many as ${setting} allows; try again later.`;
    case 'concurrentPerTeam':
      return `${most} change requests of this team are open, as many as ${setting} allows; merge or close one first.`;
    default:
      return `${most} change requests are open in ${repository.url}, as many as ${setting} allows; merge or close one first.`;
  }
}

/** Whether a write went wrong, rather than being refused by us or merely being early or late. */
function isFailure(error: unknown): boolean {
  return !(error instanceof FinopsError) || FAILURES.includes(error.code);
}

/** A breaker that this is one too many for opens at once: the next write may come before the next look. */
async function recordFailed(
  loop: Loop,
  id: string,
  requester: string | undefined,
  error: unknown,
): Promise<void> {
  await loop.stores.audit.append(id, {
    id: randomUUID(),
    at: loop.now(),
    event: 'delivery-failed',
    actor: requester ?? SYSTEM,
    detail: error instanceof Error ? error.message : String(error),
  });
  await tickBreakers(loop);
}

function isUnclear(error: unknown): boolean {
  return (
    !(error instanceof FinopsError) ||
    error.code === 'forge-unavailable' ||
    error.code === 'forge-rate-limited'
  );
}

/** Approvals given meanwhile, to the very plan that was written, stand. */
async function wantedStatusOf(
  loop: Loop,
  recommendation: Recommendation,
  planHash: string,
): Promise<WantedStatus> {
  const { stores } = loop;
  const { id } = recommendation;
  const found = await stores.recommendations.get(id);
  const delivery = await stores.deliveries.get(id);
  if (found?.recommendation.state === 'approved' && delivery?.wantedStatus) {
    return delivery.wantedStatus;
  }
  const tally = tallyApprovals(await stores.approvals.list(id), {
    planHash,
    requesters: delivery?.requesters ?? [],
    demand: await demandOf(loop, recommendation),
    now: loop.now(),
  });
  return { state: 'pending', description: pendingText(tally) };
}

async function send(
  loop: Loop,
  { recommendation, plan, verdicts, impact, forge }: WriteOptions,
): Promise<DeliverOutcome> {
  const signal = AbortSignal.timeout(WRITE_TIMEOUT_MS);
  const { repository, baseSha } = plan;
  const snapshot = await openSnapshot({
    forge,
    repository,
    baseSha,
    blobs: loop.blobs,
    signal,
  });
  const applied = await applyPlan(plan, snapshot);
  const draft = (await autonomyOf(loop, recommendation)) <= DRAFT_AUTONOMY;
  await claimToPropose(loop, recommendation);
  return await forge.deliver(
    {
      repository,
      baseSha,
      branch: branchOf(plan),
      title: changeRequestTitle(recommendation),
      body: changeRequestBody({
        recommendation,
        plan,
        verdicts,
        impact,
        portalUrl: loop.config.portalUrl,
      }),
      commitMessage: commitMessage(recommendation, plan),
      draft,
      labels: loop.config.labels,
      files: applied
        .filter(({ deleted }) => !deleted)
        .map(({ path, after }) => ({ path, content: after })),
      deletions: applied
        .filter(({ deleted }) => deleted)
        .map(({ path }) => path),
    },
    { signal },
  );
}

/** The same change has the same branch, whatever its values. */
export function branchOf(plan: ChangePlan): string {
  return `finops/${plan.identity.slice(0, 12)}`;
}

async function recordOpened(
  loop: Loop,
  recommendation: Recommendation,
  requester: string | undefined,
  { changeRequest, result }: DeliverOutcome,
): Promise<void> {
  const { id } = recommendation;
  const { quorum, from } = await demandOf(loop, recommendation);
  const actor = requester ?? SYSTEM;
  const detail = `Change request ${result}: ${changeRequest.url}`;
  if (result === 'updated') {
    await loop.stores.audit.append(id, {
      id: randomUUID(),
      at: loop.now(),
      event: 'change-request-updated',
      actor,
      detail,
    });
  }
  // Two steps, so that the history shows both; each call makes the next one that is due.
  for (let step = 0; step < 2; step++) {
    await advance(loop.stores, id, ({ state }) => {
      if (state === 'proposed') {
        return {
          to: 'open',
          event: `change-request-${result}`,
          actor,
          detail,
          now: loop.now(),
        };
      }
      return state === 'open'
        ? {
            to: 'awaiting-approval',
            event: 'approval-asked',
            actor: SYSTEM,
            detail: `${
              quorum === 1 ? 'A person' : `${quorum} people`
            } other than the requester${
              from ? ` of ${from.join(' or ')}` : ''
            } must approve this plan.`,
            now: loop.now(),
          }
        : undefined;
    });
  }
}

async function recordDeclined(
  loop: Loop,
  id: string,
  changeRequest: ChangeRequest,
): Promise<void> {
  await advance(loop.stores, id, ({ state }) =>
    DELIVERABLE.includes(state)
      ? {
          to: 'rejected',
          event: 'change-request-closed',
          actor: SYSTEM,
          detail: `A person closed ${changeRequest.url} without merging.`,
          now: loop.now(),
        }
      : undefined,
  );
}

function assertNotDenied(verdicts: readonly Verdict[]): void {
  const denied = verdicts.filter(verdict => verdict.outcome === 'deny');
  if (denied.length > 0) {
    throw new FinopsError(
      'policy-denied',
      `Denied by ${denied
        .map(verdict => `${verdict.policy} (${verdict.message})`)
        .join(', ')}.`,
    );
  }
}

function whatChanged(shown: ChangePlan, fresh: ChangePlan): string {
  const moved = shown.files
    .filter(
      file =>
        fresh.files.find(other => other.path === file.path)?.beforeSha256 !==
        file.beforeSha256,
    )
    .map(file => file.path);
  const why =
    moved.length > 0
      ? `${moved.join(', ')} changed on ${
          fresh.repository.branch
        } since the plan was made`
      : 'The same recommendation now leads to another edit';
  return `${why}. Nothing was written; look at the new plan and decide again.`;
}

/**
 * Finishes a delivery whose writer is gone or lost its answer: the intent is stored, and writing it
 * again finds its own work. An intent that is too old, or that people decided against, is dropped.
 */
export async function resumeDelivery(
  loop: Loop,
  delivery: Delivery,
): Promise<void> {
  const { stores } = loop;
  const { recommendationId, plan, updatedAt } = delivery;
  const found = await stores.recommendations.get(recommendationId);
  if (found) {
    await assertMayPropose(loop, found.recommendation, 'deliver');
  }
  const forge = loop.forges.find(candidate =>
    candidate.handles(plan.repository.url),
  );
  const tooOld =
    Date.parse(loop.now()) - Date.parse(updatedAt) > RESUME_WITHIN_MS;
  if (
    !found ||
    !forge ||
    tooOld ||
    !DELIVERABLE.includes(found.recommendation.state)
  ) {
    await stores.deliveries.drop(recommendationId, loop.now());
    return;
  }
  const stored = await stores.plans.get(recommendationId);
  await write(loop, {
    recommendation: found.recommendation,
    plan,
    verdicts: stored?.plan?.hash === plan.hash ? stored.verdicts : [],
    impact: stored?.plan?.hash === plan.hash ? stored.impact : undefined,
    forge,
    requester: undefined,
  });
}
