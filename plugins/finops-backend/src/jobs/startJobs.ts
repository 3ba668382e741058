import { SchedulerService } from '@backstage/backend-plugin-api';
import { Loop } from '../delivery/Loop';
import { syncChangeRequests } from '../delivery/syncChangeRequests';
import { deleteOldData } from './deleteOldData';
import {
  enqueueStaleEntities,
  REFRESH_JOB,
  RefreshJob,
} from './enqueueStaleEntities';
import { JobQueue } from './JobQueue';
import { RefreshContext, refreshEntities } from './refreshEntities';

/** Takes up the queue's work and starts the recurring triggers. */
export async function startJobs(options: {
  refresh: RefreshContext;
  loop: Loop;
  queue: JobQueue;
  scheduler: SchedulerService;
}): Promise<void> {
  const { refresh, loop, queue, scheduler } = options;
  const { config } = refresh;
  await queue.register<RefreshJob>(REFRESH_JOB, ({ entityRefs }, signal) =>
    refreshEntities(refresh, entityRefs, signal),
  );
  await scheduler.scheduleTask({
    id: 'finops-refresh-entities',
    ...config.schedule,
    fn: signal => enqueueStaleEntities(refresh, queue, signal as AbortSignal),
  });
  await scheduler.scheduleTask({
    id: 'finops-sync-change-requests',
    ...config.syncSchedule,
    fn: signal => syncChangeRequests(loop, signal as AbortSignal),
  });
  await scheduler.scheduleTask({
    id: 'finops-delete-old-data',
    frequency: { hours: 24 },
    timeout: { minutes: 30 },
    initialDelay: { minutes: 10 },
    scope: 'global',
    fn: () => deleteOldData(refresh.stores, config, refresh.now()),
  });
}
