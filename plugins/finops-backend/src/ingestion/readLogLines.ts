import { DAY_MS } from '@apexlogic/backstage-plugin-finops-common';
import {
  entityRefsOf,
  groupWorkloads,
  IngestionContext,
  keysOf,
  WorkloadSubject,
} from './context';
import { LineReader } from './LineReader';
import { readSafely } from './sources';

const HOUR_MS = 3_600_000;

/** Days of lines asked for when a workload is first seen. */
const LINE_HISTORY_DAYS = 14;

/** Lines of an hour and workload that are looked at, whatever a source states. */
const MAX_LINES_PER_HOUR = 5000;

/**
 * Learns the messages in logs and counts them per hour. Lines are redacted before anything is learned
 * from them, and are not kept but for two examples of each message. A UTC day is read at a time, which
 * bounds the memory and keeps what was read when a later day fails.
 */
export async function readLogLines(
  context: IngestionContext,
  subjects: readonly WorkloadSubject[],
): Promise<void> {
  const { stores, statuses, now, signal } = context;
  // The same source as for volumes: two would count one line twice.
  for (const { source, subjects: group, through } of await groupWorkloads(
    context,
    context.sources.log,
    subjects,
    { all: false, readKind: 'log-lines' },
  )) {
    if (!source.readLines) {
      continue;
    }
    const { freshnessSeconds, historyDays } = source.capabilities;
    const end =
      Math.floor((now.getTime() - freshnessSeconds * 1000) / HOUR_MS) * HOUR_MS;
    const history = Math.min(LINE_HISTORY_DAYS, historyDays) * DAY_MS;
    // What was not read for longer than the first read reaches back stays unread.
    const first = Math.floor((end - history) / DAY_MS) * DAY_MS;
    let start = Math.max(first, through ? Date.parse(through) : first);
    const keys = keysOf(group);
    const workloads = group.map(subject => subject.workload);
    const limit = Math.min(
      MAX_LINES_PER_HOUR,
      source.linesPerHour ?? MAX_LINES_PER_HOUR,
    );
    while (start < end) {
      const stop = Math.min(end, (Math.floor(start / DAY_MS) + 1) * DAY_MS);
      const period = {
        start: new Date(start).toISOString(),
        end: new Date(stop).toISOString(),
      };
      const hours = (stop - start) / HOUR_MS;
      const readers = new Map<string, LineReader>();
      for (const key of keys) {
        readers.set(
          key,
          await LineReader.resume(stores.logTemplates, key, {
            sourceId: source.id,
            start,
            hours,
            limit,
          }),
        );
      }
      let down = false;
      let whole = true;
      for await (const result of readSafely(
        () => source.readLines!({ workloads, period }, { signal }),
        signal,
      )) {
        statuses.record(entityRefsOf(group), source, result);
        if (result.status === 'ok') {
          readers.get(result.data.workload)?.add(result.data);
        } else {
          down ||= result.status === 'down';
          whole &&= result.status === 'no-data';
        }
      }
      if (down) {
        break;
      }
      // A part that is missing would look like messages that stopped.
      if (whole) {
        for (const reader of readers.values()) {
          await stores.logTemplates.saveRead(reader.finish());
        }
        const surplus = [...readers.values()].some(reader => reader.surplus);
        if (surplus) {
          statuses.record(entityRefsOf(group), source, {
            status: 'malformed',
            reason: `more than ${limit} log lines of an hour; the rest of them was left out`,
          });
        }
      }
      await stores.watermarks.set(source.id, 'log-lines', keys, period.end);
      start = stop;
    }
  }
}
