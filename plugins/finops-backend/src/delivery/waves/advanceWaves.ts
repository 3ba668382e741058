import { addDays, dayOf } from '@apexlogic/backstage-plugin-finops-common';
import { WaveItem, WavePlan } from '../../database/WaveStore';
import { FinopsError, isPassing } from '../../governance/errors';
import { SYSTEM } from '../../governance/transition';
import { deliverRecommendation } from '../deliverRecommendation';
import { Loop } from '../Loop';
import { planRecommendation } from '../planRecommendation';
import { isLive } from './isLive';
import { ChangeHealth, judgeLive, judgeState } from './judgeChange';

const METRICS = [
  'cpu-usage-max',
  'memory-usage-max',
  'oom-kills',
  'cpu-throttled-ratio',
] as const;

/**
 * Carries every running set of waves on by what is known now: asks for the changes of the present wave,
 * looks how those that are live do, and goes on to the next wave when all of the present one were watched
 * and are well. A change that does harm, or a wave of which nothing was watched, halts the set for a person.
 */
export async function advanceWaves(
  loop: Loop,
  signal: AbortSignal,
): Promise<void> {
  for (const plan of await loop.stores.waves.listRunning()) {
    signal.throwIfAborted();
    try {
      await advanceOne(loop, plan, signal);
    } catch (error) {
      loop.logger.warn('Could not carry waves on; it will be tried again', {
        waves: plan.id,
        error: error instanceof Error ? error.message : String(error),
      });
    }
  }
}

async function advanceOne(
  loop: Loop,
  plan: WavePlan,
  signal: AbortSignal,
): Promise<void> {
  const last = Math.max(...plan.items.map(({ wave }) => wave));
  for (let wave = 0; wave <= last; wave++) {
    const present: WaveItem[] = [];
    for (const item of plan.items.filter(one => one.wave === wave)) {
      signal.throwIfAborted();
      present.push(item.outcome ? item : await follow(loop, plan, item));
    }
    // All of it was pulled forward.
    if (present.length === 0) {
      continue;
    }
    if (await neverBegan(loop, present)) {
      const next = plan.items.find(item => item.wave > wave && !item.outcome);
      if (next) {
        // Nothing of it went out, so the next change takes its place at the following pass.
        await loop.stores.waves.pullForward(
          plan.id,
          next.recommendationId,
          wave,
        );
        return;
      }
    }
    const trouble =
      wave > (plan.acceptedThrough ?? -1)
        ? troubleIn(present, wave + 1)
        : undefined;
    if (trouble) {
      await loop.stores.waves.move({
        plan,
        to: 'halted',
        event: 'waves-halted',
        actor: SYSTEM,
        because: trouble,
        wave,
        now: loop.now(),
      });
      return;
    }
    if (present.some(({ outcome }) => outcome === undefined)) {
      return;
    }
  }
  await loop.stores.waves.move({
    plan,
    to: 'done',
    event: 'waves-done',
    actor: SYSTEM,
    now: loop.now(),
  });
}

/** Whether every change of a wave was left out before anybody was asked. */
async function neverBegan(
  { stores }: Loop,
  items: readonly WaveItem[],
): Promise<boolean> {
  for (const { outcome, recommendationId } of items) {
    if (
      outcome !== 'left-out' ||
      (await stores.deliveries.get(recommendationId))
    ) {
      return false;
    }
  }
  return true;
}

/** Why a person must look before the next wave; `wave` as people count. */
function troubleIn(
  items: readonly WaveItem[],
  wave: number,
): string | undefined {
  const harmed = items.find(({ outcome }) => outcome === 'unhealthy');
  if (harmed) {
    return `a change of wave ${wave} does harm. ${harmed.note}`;
  }
  return items.every(({ outcome }) => outcome === 'left-out')
    ? `nothing of wave ${wave} could be watched.`
    : undefined;
}

/** Takes one change as far as it goes now and records where it stands. */
async function follow(
  loop: Loop,
  plan: WavePlan,
  item: WaveItem,
): Promise<WaveItem> {
  const { health, liveSince } = await healthOf(loop, plan, item);
  const said =
    health.kind === 'to-deliver' ? await deliver(loop, plan, item) : health;
  const next: WaveItem = {
    ...item,
    liveSince,
    note: said.note,
    outcome: said.kind === 'waiting' ? undefined : said.kind,
  };
  await loop.stores.waves.record(plan.id, next);
  return next;
}

async function healthOf(
  { stores, now }: Loop,
  { observeMinutes }: WavePlan,
  item: WaveItem,
): Promise<{ health: ChangeHealth; liveSince?: string }> {
  const found = await stores.recommendations.get(item.recommendationId);
  if (!found) {
    return { health: { kind: 'left-out', note: 'It is gone.' } };
  }
  const { recommendation } = found;
  const early = judgeState(recommendation.state);
  if (early) {
    return { health: early };
  }
  const { workload, entityRef, action } = recommendation;
  const live = (await stores.entities.getWorkloads(entityRef)).find(
    stored => stored.workload === workload,
  );
  const present = now();
  const running = live && isLive(action, live.state);
  const liveSince = item.liveSince ?? (running ? present : undefined);
  if (!running || !liveSince) {
    // A change that was live and is no more was undone by somebody.
    return liveSince && running === false
      ? {
          health: {
            kind: 'unhealthy',
            note: 'It was live and something has undone it.',
          },
          liveSince,
        }
      : {
          health: {
            kind: 'waiting',
            note:
              live && running === undefined
                ? 'It is merged; whether it is live cannot be seen from here.'
                : 'It is merged and not live yet.',
          },
          liveSince,
        };
  }
  const { readyReplicas, replicas } = live.state;
  return {
    liveSince,
    health: judgeLive({
      liveSince: secondsOf(liveSince),
      now: secondsOf(present),
      observeSeconds: observeMinutes * 60,
      workload,
      series: await stores.usage.getSeries(
        workload,
        METRICS,
        dayOf(liveSince),
        addDays(dayOf(present), 1),
      ),
      findings: await stores.findings.listFindings(
        entityRef,
        liveSince,
        present,
      ),
      pods:
        readyReplicas === undefined || replicas === undefined
          ? undefined
          : {
              ready: readyReplicas,
              wanted: replicas,
              observedAt: secondsOf(live.observedAt),
            },
    }),
  };
}

/** Asks for the change on behalf of whoever started the waves. */
async function deliver(
  loop: Loop,
  { startedBy }: WavePlan,
  { recommendationId: id }: WaveItem,
): Promise<Exclude<ChangeHealth, { kind: 'to-deliver' }>> {
  try {
    const { stored } = await planRecommendation(loop, id);
    if (!stored.plan) {
      return {
        kind: 'left-out',
        note: stored.refusal?.reason ?? 'No plan can be made.',
      };
    }
    await deliverRecommendation(loop, {
      id,
      planHash: stored.plan.hash,
      requester: startedBy,
    });
    return { kind: 'waiting', note: 'It was asked for.' };
  } catch (error) {
    if (!(error instanceof FinopsError)) {
      throw error;
    }
    return {
      kind: isPassing(error.code) ? 'waiting' : 'left-out',
      note: error.message,
    };
  }
}

function secondsOf(instant: string): number {
  return Date.parse(instant) / 1000;
}
