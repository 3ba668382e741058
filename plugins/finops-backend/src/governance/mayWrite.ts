import {
  Autonomy,
  Recommendation,
} from '@apexlogic/backstage-plugin-finops-common';
import { EntityStore } from '../database/EntityStore';
import { PauseStore } from '../database/PauseStore';
import { PlanStore } from '../database/PlanStore';
import { ApprovalDemand, demandOn } from './approvalRules';
import { ChangeSubject } from './changeRules';
import { FinopsConfig } from './config';
import { FinopsError } from './errors';

/** Lowest autonomy that opens change requests; below it the portal only suggests. */
export const MINIMUM_AUTONOMY = 2;

interface Gate {
  readonly config: Pick<FinopsConfig, 'autonomy' | 'paused'>;
  readonly stores: {
    readonly entities: EntityStore;
    readonly plans: PlanStore;
    readonly pauses: PauseStore;
  };
}

/** A recommendation as the rules of the configuration see it. */
export async function subjectOf(
  { stores }: Pick<Gate, 'stores'>,
  { id, entityRef, environment, action }: Recommendation,
): Promise<ChangeSubject> {
  const entity = await stores.entities.getEntity(entityRef);
  return {
    owners: entity?.context.ownerRefs ?? [],
    environment,
    action: action.kind,
    impact: await stores.plans.impactLevel(id),
  };
}

/** What the portal may do about a recommendation by itself. */
export async function autonomyOf(
  gate: Gate,
  recommendation: Recommendation,
): Promise<Autonomy> {
  return gate.config.autonomy(await subjectOf(gate, recommendation));
}

/** Whose approval a recommendation needs. */
export async function demandOf(
  gate: {
    readonly config: Pick<FinopsConfig, 'approvalRules'>;
    readonly stores: Gate['stores'];
  },
  recommendation: Recommendation,
): Promise<ApprovalDemand> {
  return demandOn(
    gate.config.approvalRules(),
    await subjectOf(gate, recommendation),
  );
}

/** Whether writing is paused, and by whom. */
export type Writing =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'paused-by-configuration' }
  | {
      readonly kind: 'paused';
      readonly reason: string;
      readonly pausedBy: string;
      readonly pausedAt: string;
    };

/** Read anew each time: the configuration and the database may have changed since. */
export async function writingNow({
  config,
  stores,
}: Pick<Gate, 'config' | 'stores'>): Promise<Writing> {
  if (config.paused()) {
    return { kind: 'paused-by-configuration' };
  }
  const pause = await stores.pauses.current();
  return pause ? { kind: 'paused', ...pause } : { kind: 'allowed' };
}

/** Refuses when somebody paused writing or change requests are not allowed. Checked last before each write. */
export async function assertMayWrite(
  gate: Gate,
  recommendation: Recommendation,
): Promise<void> {
  const autonomy = await autonomyOf(gate, recommendation);
  if (autonomy < MINIMUM_AUTONOMY) {
    throw new FinopsError(
      'autonomy-too-low',
      `Autonomy ${autonomy} only suggests; change requests need ${MINIMUM_AUTONOMY} or more (finops.autonomy, finops.autonomyRules).`,
    );
  }
  const writing = await writingNow(gate);
  switch (writing.kind) {
    case 'paused-by-configuration':
      throw new FinopsError(
        'paused',
        'Writing is paused by the operator (finops.paused); nothing was written.',
      );
    case 'paused':
      throw new FinopsError(
        'paused',
        `${writing.pausedBy} paused writing: ${writing.reason}. Nothing was written.`,
      );
    default:
  }
}
