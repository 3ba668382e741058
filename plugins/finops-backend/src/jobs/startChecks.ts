import { SchedulerService } from '@backstage/backend-plugin-api';
import { ChangeRequestEventSource } from '@apexlogic/backstage-plugin-finops-node';
import { CheckContext } from '../check/CheckContext';
import { receiveEvent } from '../check/receiveEvent';
import { runCheck } from '../check/runCheck';
import { JobQueue } from './JobQueue';

/** Kind of the jobs that check change requests. */
const CHECK_JOB = 'check-change-request';

interface CheckJob {
  readonly id: string;
}

const DAY_MS = 86_400_000;
/** How long deliveries are remembered, and checks of what is closed. */
const DELIVERY_DAYS = 30;
const CHECK_DAYS = 90;

/** Takes events of change requests and checks what they tell of. */
export async function startChecks(options: {
  context: CheckContext;
  sources: readonly ChangeRequestEventSource[];
  queue: JobQueue;
  scheduler: SchedulerService;
}): Promise<{ enqueue(checkId: string): Promise<void> }> {
  const { context, sources, queue, scheduler } = options;
  const { stores, config, now } = context;
  const enqueue = (id: string) =>
    queue.enqueue(CHECK_JOB, id, { id } satisfies CheckJob);
  if (!context.checks.enabled) {
    return { enqueue: async () => {} };
  }
  if (sources.length === 0) {
    throw new Error(
      'finops.check is enabled, but no installed module tells of change requests',
    );
  }
  await queue.register<CheckJob>(CHECK_JOB, ({ id }, signal) =>
    runCheck(context, id, signal),
  );
  // What waits, what a lost job or process left, and tests that nobody told of.
  await scheduler.scheduleTask({
    id: 'finops-check-change-requests',
    ...config.syncSchedule,
    fn: async () => {
      for (const id of await stores.checks.listDue(now())) {
        await enqueue(id);
      }
    },
  });
  await scheduler.scheduleTask({
    id: 'finops-delete-old-checks',
    frequency: { hours: 24 },
    timeout: { minutes: 10 },
    initialDelay: { minutes: 10 },
    scope: 'global',
    fn: async () => {
      const before = (days: number) =>
        new Date(Date.parse(now()) - days * DAY_MS).toISOString();
      await stores.checks.deleteBefore(
        before(DELIVERY_DAYS),
        before(CHECK_DAYS),
      );
    },
  });
  for (const source of sources) {
    await source.subscribe(event =>
      receiveEvent(context, source.id, event, enqueue),
    );
  }
  return { enqueue };
}
