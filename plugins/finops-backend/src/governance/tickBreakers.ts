import { DAY_MS } from '@apexlogic/backstage-plugin-finops-common';
import {
  BreakerScope,
  ChangeOutcome,
  StoredBreaker,
} from '../database/BreakerStore';
import { Stores } from '../database/createStores';
import { breakerFigures } from './breakerFigures';
import { FinopsConfig } from './config';
import { CanaryFate, decideBreaker } from './decideBreaker';
import { SYSTEM } from './transition';

/** How long a change that is tried may take to be delivered before another one is. */
const CANARY_MS = 3_600_000;

/** What breakers are judged with. */
export interface BreakerContext {
  readonly stores: Stores;
  readonly config: Pick<FinopsConfig, 'breakerLimits'>;
  now(): string;
}

/** Looks at what happened and moves every breaker on that is due. Any number of backends may do so at once. */
export async function tickBreakers(context: BreakerContext): Promise<void> {
  const { stores, config } = context;
  const now = context.now();
  const limits = config.breakerLimits();
  const start = new Date(
    Date.parse(now) - limits.windowDays * DAY_MS,
  ).toISOString();
  const outcomes = await stores.breakers.outcomesSince(start);
  const newestCostDay = await stores.breakers.newestCostDay();
  const known = new Map(
    (await stores.breakers.list()).map(breaker => [breaker.scope, breaker]),
  );
  const scopes = new Set<BreakerScope>([
    'all',
    ...known.keys(),
    ...outcomes.flatMap(scopesOf),
  ]);
  for (const scope of scopes) {
    const breaker = known.get(scope);
    const step = decideBreaker({
      breaker: breaker ?? { state: 'closed', since: start },
      figures: breakerFigures({
        outcomes: outcomes.filter(
          outcome => scope === 'all' || scopesOf(outcome).includes(scope),
        ),
        after: breaker && breaker.since > start ? breaker.since : start,
        newestCostDay: scope === 'all' ? newestCostDay : undefined,
        now,
      }),
      canary: breaker ? await fateOf(stores, breaker, now) : 'none',
      limits,
      now,
    });
    if (step) {
      await stores.breakers.apply({
        scope,
        from: breaker,
        step,
        actor: SYSTEM,
        now,
      });
    }
  }
}

/** Breakers over a change. */
export function scopesOf({
  owners,
  action,
}: Pick<ChangeOutcome, 'owners' | 'action'>): BreakerScope[] {
  return [
    'all',
    ...owners.map(owner => `owner:${owner}` as const),
    `action:${action}`,
  ];
}

/** What became of the change that is tried, judged by what opened the breaker. */
async function fateOf(
  stores: Stores,
  { state, cause, canary, canaryAt }: StoredBreaker,
  now: string,
): Promise<CanaryFate> {
  if (state !== 'half-open' || !canary || !canaryAt) {
    return 'none';
  }
  const found = await stores.recommendations.get(canary);
  const delivery = await stores.deliveries.get(canary);
  const delivered =
    delivery?.status === 'opened' && delivery.updatedAt >= canaryAt;
  const failed = (await stores.audit.list(canary)).some(
    ({ event, at }) => event === 'delivery-failed' && at >= canaryAt,
  );
  switch (found?.recommendation.state) {
    case undefined:
    case 'snoozed':
    case 'superseded':
    case 'expired':
      return 'gone';
    case 'reverted':
      return 'failed';
    case 'realised':
      return 'passed';
    case 'rejected':
      return cause === 'declined' ? 'failed' : 'gone';
    case 'merged':
    case 'applied':
    case 'observing':
      // Whether it is rolled back is known at the end of the observation only.
      return cause === 'rolled-back' ? 'pending' : 'passed';
    default:
  }
  if (cause === 'declined' || cause === 'rolled-back') {
    return delivered || !isOver(canaryAt, now) ? 'pending' : 'gone';
  }
  if (failed) {
    return 'failed';
  }
  if (delivered) {
    return 'passed';
  }
  return isOver(canaryAt, now) ? 'gone' : 'pending';
}

function isOver(canaryAt: string, now: string): boolean {
  return Date.parse(now) - Date.parse(canaryAt) > CANARY_MS;
}
