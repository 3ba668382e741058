import { Recommendation } from '@apexlogic/backstage-plugin-finops-common';
import { EntityFilter } from '../database/entityFilter';
import { WaveItem, WavePlan } from '../database/WaveStore';
import { Loop } from '../delivery/Loop';
import { Schemas } from './types';

/** Changes offered for waves; those that save most. */
const MOST_CANDIDATES = 500;

/** Sets of changes that go out in waves, newest first, with the changes that the reader may see. */
export async function waveReport(
  { stores }: Loop,
  options: {
    /** May the reader see changes of the entity? */
    readonly maySee: (
      entityRefs: readonly string[],
    ) => Promise<ReadonlySet<string>>;
    readonly mayChange: (plan: WavePlan) => boolean;
  },
): Promise<Schemas['WaveList']> {
  const plans = await stores.waves.list();
  const found = await stores.recommendations.getMany(
    plans.flatMap(({ items }) =>
      items.map(({ recommendationId }) => recommendationId),
    ),
  );
  const seen = await options.maySee([
    ...new Set(found.map(({ recommendation }) => recommendation.entityRef)),
  ]);
  const visible = new Map(
    found.flatMap(({ recommendation }) =>
      seen.has(recommendation.entityRef)
        ? [[recommendation.id, recommendation] as const]
        : [],
    ),
  );
  return {
    sets: plans.map(plan => setOf(plan, visible, options.mayChange(plan))),
  };
}

/** What could go out in waves: advice that nobody has asked for and no set holds. */
export async function waveCandidates(
  { stores }: Loop,
  filter: EntityFilter | undefined,
): Promise<Schemas['WaveCandidates']> {
  const held = await stores.waves.listHeld();
  const proposed = await stores.recommendations.listInStates(
    ['proposed'],
    filter,
    MOST_CANDIDATES,
  );
  return {
    candidates: proposed
      .filter(
        ({ recommendation: { id, action } }) =>
          !held.has(id) && action.kind !== 'rollback',
      )
      .map(({ recommendation }) => ({
        ...summaryOf(recommendation),
        action: recommendation.action.kind,
        confidence: recommendation.confidence,
        saving: recommendation.saving.expected,
      })),
  };
}

function setOf(
  plan: WavePlan,
  visible: ReadonlyMap<string, Recommendation>,
  mayChange: boolean,
): Schemas['WaveSet'] {
  // A wave whose changes were all pulled forward is none any more.
  const numbers = [...new Set(plan.items.map(({ wave }) => wave))].sort(
    (a, b) => a - b,
  );
  return {
    id: plan.id,
    title: plan.title,
    state: plan.state,
    haltedBecause: plan.haltedBecause,
    startedBy: plan.startedBy,
    startedAt: plan.startedAt,
    observeMinutes: plan.observeMinutes,
    mayChange,
    waves: numbers.map(wave =>
      waveOf(
        plan.items.filter(item => item.wave === wave),
        visible,
      ),
    ),
  };
}

function waveOf(
  items: readonly WaveItem[],
  visible: ReadonlyMap<string, Recommendation>,
): Schemas['Wave'] {
  const changes = items.flatMap(
    ({ recommendationId, liveSince, outcome, note }) => {
      const recommendation = visible.get(recommendationId);
      return recommendation
        ? [
            {
              ...summaryOf(recommendation),
              state: recommendation.state,
              liveSince,
              outcome,
              note,
            },
          ]
        : [];
    },
  );
  return { changes, hidden: items.length - changes.length };
}

function summaryOf({
  id,
  entityRef,
  title,
  environment,
  risk,
}: Recommendation) {
  return { recommendationId: id, entityRef, title, environment, risk };
}
