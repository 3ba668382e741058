import { DeliveryLimits } from '../database/DeliveryStore';
import { Loop } from '../delivery/Loop';
import { writingNow } from '../governance/mayWrite';
import { Schemas } from './types';

/** Repositories or owners told of each limit. */
const MOST_TOLD = 5;

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
    writing: await writingNow(loop),
    limits: Object.entries(config.limits()).map(([limit, most]) => ({
      limit: limit as keyof DeliveryLimits,
      most,
      fullest: use[limit as keyof DeliveryLimits],
    })),
    manage,
  };
}
