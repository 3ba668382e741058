import { DeliveryLimits } from '../database/DeliveryStore';
import { Loop } from '../delivery/Loop';
import { writingNow } from '../governance/mayWrite';
import { openingAt } from '../governance/windows';
import { EscalationConfig } from '../governance/escalationConfig';
import { Schemas } from './types';
import { toWire } from './wire';

/** Repositories or owners told of each limit. */
const MOST_TOLD = 5;

function escalationView(
  escalation: EscalationConfig | undefined,
): Schemas['Governance']['escalation'] {
  return escalation && toWire(escalation);
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
    writing: await writingNow(loop),
    limits: Object.entries(config.limits()).map(([limit, most]) => ({
      limit: limit as keyof DeliveryLimits,
      most,
      fullest: use[limit as keyof DeliveryLimits],
    })),
    manage,
  };
}
