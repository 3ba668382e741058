import { DeliveryLimits } from '../database/DeliveryStore';
import { Loop } from '../delivery/Loop';
import { writingNow } from '../governance/mayWrite';
import { openingAt } from '../governance/windows';
import { EscalationConfig } from '../governance/escalationConfig';
import { Schemas } from './types';
import { toWire } from './wire';

/** Repositories or owners told of each limit. */
const MOST_TOLD = 5;

const MOST_REVERTS = 50;

function escalationView(
  escalation: EscalationConfig | undefined,
): Schemas['Governance']['escalation'] {
  return escalation && toWire(escalation);
}

/** The newest undoings, with what they undo. */
async function revertsOf({
  stores,
}: Loop): Promise<Schemas['Governance']['reverts']> {
  const reverts = await stores.reverts.list(MOST_REVERTS);
  const titles = new Map(
    (
      await stores.recommendations.getMany(
        reverts.map(({ recommendationId }) => recommendationId),
      )
    ).map(({ recommendation: { id, title, entityRef } }) => [
      id,
      { title, entityRef },
    ]),
  );
  return reverts.flatMap(revert => {
    const told = titles.get(revert.recommendationId);
    return told ? [{ ...revert, ...told }] : [];
  });
}

/** What the portal may do by itself, and how much of it is used. */
export async function governanceReport(
  loop: Loop,
  manage: boolean,
): Promise<Schemas['Governance']> {
  const { config, stores } = loop;
  const use = await stores.deliveries.use(loop.now(), MOST_TOLD);
  return {
    autonomy: config.autonomy(),
    autonomyRules: [...config.autonomyRules()],
    approvals: config.approvalRules().map(({ from, ...rule }) => ({
      ...rule,
      from: from && [...from],
    })),
    breakers: (await stores.breakers.list()).map(
      ({ scope, state, cause, reason, since, canary }) => ({
        scope,
        state,
        cause,
        reason,
        since,
        canary,
      }),
    ),
    breakerLimits: config.breakerLimits(),
    windows: config.windows().map(({ weekdays, ...window }) => ({
      ...window,
      weekdays: [...weekdays],
      opening: openingAt({ ...window, weekdays }, loop.now()),
    })),
    minimumAgeMs: config.minimumAgeMs(),
    escalation: escalationView(config.escalation()),
    freezes: await stores.freezes.active(loop.now()),
    reverts: await revertsOf(loop),
    writing: await writingNow(loop),
    limits: Object.entries(config.limits()).map(([limit, most]) => ({
      limit: limit as keyof DeliveryLimits,
      most,
      fullest: use[limit as keyof DeliveryLimits],
    })),
    manage,
  };
}
