import { SchedulerService } from '@backstage/backend-plugin-api';
import { NotificationService } from '@backstage/plugin-notifications-node';
import { Loop } from '../delivery/Loop';
import { syncChangeRequests } from '../delivery/syncChangeRequests';
import { carryOutReverts } from '../delivery/undo/carryOutReverts';
import { advanceWaves } from '../delivery/waves/advanceWaves';
import { learn } from '../feedback/learn';
import { escalate } from '../governance/escalate';
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
  notifications: NotificationService;
}): Promise<void> {
  const { refresh, loop, queue, scheduler, notifications } = options;
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
    fn: async signal => {
      await syncChangeRequests(loop, signal as AbortSignal);
      await carryOutReverts(loop, signal as AbortSignal);
      await advanceWaves(loop, signal as AbortSignal);
    },
  });
  await scheduler.scheduleTask({
    id: 'finops-escalate',
    ...config.syncSchedule,
    fn: signal =>
      escalate({ ...refresh, notifications }, signal as AbortSignal),
  });
  await scheduler.scheduleTask({
    id: 'finops-delete-old-data',
    frequency: { hours: 24 },
    timeout: { minutes: 30 },
    initialDelay: { minutes: 10 },
    scope: 'global',
    fn: () => deleteOldData(refresh.stores, config, refresh.now()),
  });
  await scheduler.scheduleTask({
    id: 'finops-learn',
    frequency: { hours: 24 },
    timeout: { hours: 1 },
    initialDelay: { minutes: 15 },
    scope: 'global',
    fn: async signal => {
      // Switching it on or off must not wait for a restart.
      if (config.learningEnabled()) {
        const { stores, random } = refresh;
        await learn(
          { stores, random, now: refresh.now() },
          config.occasions.maintenance ?? [],
          signal as AbortSignal,
        );
      }
    },
  });
}
