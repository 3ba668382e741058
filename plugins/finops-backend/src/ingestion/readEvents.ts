import { DAY_MS } from '@apexlogic/backstage-plugin-finops-common';
import {
  AlertEvent,
  ChangeEvent,
  ChangeRead,
  LogSummary,
} from '@apexlogic/backstage-plugin-finops-node';
import { toHourly } from '@apexlogic/backstage-plugin-finops-analysis';
import {
  entityRefsOf,
  groupWorkloads,
  IngestionContext,
  keysOf,
  WorkloadSubject,
} from './context';
import { readSafely } from './sources';
import { EntityContext } from './types';

/** Days of events and logs asked for when a subject is first seen. */
const EVENT_HISTORY_DAYS = 30;

/** Events may arrive late; the last day is asked for again and told apart by id. */
const OVERLAP_MS = DAY_MS;

const HOUR_MS = 3_600_000;

/** Reads commits, deployments and spec changes of the entities. */
export async function readChanges(
  context: IngestionContext,
  entities: readonly EntityContext[],
  subjects: readonly WorkloadSubject[],
): Promise<void> {
  const { stores, sources, statuses, now, signal } = context;
  for (const source of sources.change) {
    const kind = source.capabilities.kind;
    const refs = entities.map(entity => entity.entityRef);
    const watermarks = await stores.watermarks.get(source.id, kind, refs);
    const groups = new Map<string | undefined, EntityContext[]>();
    for (const entity of entities) {
      const through = watermarks.get(entity.entityRef);
      groups.set(through, [...(groups.get(through) ?? []), entity]);
    }
    for (const [through, group] of groups) {
      const size = Math.max(1, source.capabilities.batchSize);
      for (let index = 0; index < group.length; index += size) {
        const batch = group.slice(index, index + size);
        const reads: ChangeRead[] = batch.map(entity => ({
          entityRef: entity.entityRef,
          sourceUrls: entity.sourceUrl ? [entity.sourceUrl] : [],
          gitopsUrls: entity.gitopsUrl ? [entity.gitopsUrl] : [],
          workloads: subjects
            .filter(subject =>
              subject.entities.some(
                owner => owner.entityRef === entity.entityRef,
              ),
            )
            .map(subject => subject.workload),
        }));
        const period = {
          start: eventStart(through, now),
          end: now.toISOString(),
        };
        let complete = true;
        for await (const result of readSafely(
          () => source.readChanges(reads, period, { signal }),
          signal,
        )) {
          if (result.status === 'ok') {
            statuses.record([result.data.entityRef], source, result);
            await saveChanges(
              context,
              source.id,
              result.data.entityRef,
              result.data.events,
            );
          } else {
            statuses.record(
              reads.map(read => read.entityRef),
              source,
              result,
            );
            complete &&= result.status !== 'down';
          }
        }
        if (complete) {
          await stores.watermarks.set(
            source.id,
            kind,
            batch.map(entity => entity.entityRef),
            period.end,
          );
        }
      }
    }
  }
}

/** Reads the alerts of the workloads. */
export async function readAlerts(
  context: IngestionContext,
  subjects: readonly WorkloadSubject[],
): Promise<void> {
  const { stores, statuses, now, signal } = context;
  for (const { source, subjects: group, through } of await groupWorkloads(
    context,
    context.sources.alert,
    subjects,
    {
      all: true,
    },
  )) {
    const period = { start: eventStart(through, now), end: now.toISOString() };
    const workloads = group.map(subject => subject.workload);
    let complete = true;
    for await (const result of readSafely(
      () => source.readAlerts({ workloads, period }, { signal }),
      signal,
    )) {
      statuses.record(entityRefsOf(group), source, result);
      if (result.status === 'ok') {
        await saveAlerts(context, source.id, group, result.data);
      } else {
        complete &&= result.status !== 'down';
      }
    }
    if (complete) {
      await stores.watermarks.set(
        source.id,
        source.capabilities.kind,
        keysOf(group),
        period.end,
      );
    }
  }
}

/** Reads request and error counts from logs. */
export async function readLogs(
  context: IngestionContext,
  subjects: readonly WorkloadSubject[],
): Promise<void> {
  const { stores, statuses, now, signal } = context;
  for (const { source, subjects: group, through } of await groupWorkloads(
    context,
    context.sources.log,
    subjects,
    {
      all: false,
    },
  )) {
    const end =
      Math.floor(
        (now.getTime() - source.capabilities.freshnessSeconds * 1000) / HOUR_MS,
      ) * HOUR_MS;
    const historyMs =
      Math.min(EVENT_HISTORY_DAYS, source.capabilities.historyDays) * DAY_MS;
    const start = through
      ? Date.parse(through)
      : Math.floor((end - historyMs) / DAY_MS) * DAY_MS;
    if (start >= end) {
      continue;
    }
    const period = {
      start: new Date(start).toISOString(),
      end: new Date(end).toISOString(),
    };
    const workloads = group.map(subject => subject.workload);
    const keys = new Set(keysOf(group));
    let complete = true;
    for await (const result of readSafely(
      () => source.readLogs({ workloads, period }, { signal }),
      signal,
    )) {
      statuses.record(entityRefsOf(group), source, result);
      if (result.status === 'ok') {
        const series = result.data
          .filter(summary => keys.has(summary.workload) && isSound(summary))
          .flatMap(ratesOf);
        await stores.usage.saveSeries(
          series.map(item => ({ ...item, sourceId: source.id })),
        );
      } else {
        complete &&= result.status !== 'down';
      }
    }
    if (complete) {
      await stores.watermarks.set(source.id, 'log', [...keys], period.end);
    }
  }
}

function eventStart(through: string | undefined, now: Date): string {
  const start = through
    ? Date.parse(through) - OVERLAP_MS
    : now.getTime() - EVENT_HISTORY_DAYS * DAY_MS;
  return new Date(start).toISOString();
}

async function saveChanges(
  { stores }: IngestionContext,
  sourceId: string,
  entityRef: string,
  events: readonly ChangeEvent[],
): Promise<void> {
  await stores.events.save(
    events
      .filter(event => !Number.isNaN(Date.parse(event.at)))
      .map(event => ({
        entityRef,
        sourceId,
        id: event.id,
        kind: event.kind,
        at: new Date(event.at).toISOString(),
        title: event.title,
        link: webLink(event.link),
        revision: event.revision,
        workload: event.workload,
      })),
  );
}

async function saveAlerts(
  { stores }: IngestionContext,
  sourceId: string,
  subjects: readonly WorkloadSubject[],
  alerts: readonly AlertEvent[],
): Promise<void> {
  const entitiesOf = new Map(
    subjects.map(subject => [subject.key, subject.entities]),
  );
  await stores.events.save(
    alerts
      .filter(alert => !Number.isNaN(Date.parse(alert.startsAt)))
      .flatMap(alert =>
        (entitiesOf.get(alert.workload) ?? []).map(({ entityRef }) => ({
          entityRef,
          sourceId,
          id: alert.id,
          kind: 'alert' as const,
          at: new Date(alert.startsAt).toISOString(),
          endsAt:
            alert.endsAt && !Number.isNaN(Date.parse(alert.endsAt))
              ? new Date(alert.endsAt).toISOString()
              : undefined,
          title: alert.title,
          link: webLink(alert.link),
          workload: alert.workload,
        })),
      ),
  );
}

/** Links come from outside and end in an anchor; anything but a web address is dropped. */
function webLink(link: string | undefined): string | undefined {
  return link && /^https?:\/\//i.test(link) ? link : undefined;
}

function isSound({ start, step, requests, errors }: LogSummary): boolean {
  return (
    step > 0 &&
    86_400 % step === 0 &&
    start % step === 0 &&
    requests.length > 0 &&
    errors.length === requests.length
  );
}

function ratesOf({
  workload,
  start,
  step,
  requests,
  errors,
  query,
}: LogSummary) {
  return (
    [
      ['log-request-rate', requests],
      ['log-error-rate', errors],
    ] as const
  ).map(([metric, counts]) => ({
    workload,
    container: '',
    metric,
    query,
    ...toHourly(
      { start, step, values: counts.map(count => count / step) },
      'mean',
    ),
  }));
}
