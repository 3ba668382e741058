import { addDays, dayOf } from '@apexlogic/backstage-plugin-finops-common';
import { Stores } from '../database/createStores';
import { FinopsConfig } from '../governance/config';

/** Drops what is older than the configured retention. The audit trail is kept. */
export async function deleteOldData(
  stores: Stores,
  config: FinopsConfig,
  now: string,
): Promise<void> {
  const today = dayOf(now);
  const { costDays, usageDays, fineUsageDays } = config.retention;
  await stores.costs.deleteBefore(addDays(today, -costDays));
  await stores.usage.deleteBefore(
    addDays(today, -usageDays),
    addDays(today, -fineUsageDays),
  );
  await stores.logTemplates.deleteBefore(addDays(today, -usageDays));
  const oldest = `${addDays(today, -usageDays)}T00:00:00.000Z`;
  await stores.events.deleteBefore(oldest);
  await stores.findings.deleteBefore(oldest);
  await stores.escalations.deleteBefore(oldest);
  await stores.recordings.deleteBefore(oldest);
  await stores.learning.deleteBefore(oldest);
}
