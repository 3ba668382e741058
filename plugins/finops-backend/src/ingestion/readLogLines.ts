import { createHash } from 'node:crypto';
import {
  createTemplateMiner,
  redactLine,
} from '@apexlogic/backstage-plugin-finops-analysis';
import { DAY_MS } from '@apexlogic/backstage-plugin-finops-common';
import { LogLineBatch } from '@apexlogic/backstage-plugin-finops-node';
import {
  LogRead,
  LogTemplateStore,
  StoredLogTemplate,
} from '../database/LogTemplateStore';
import {
  entityRefsOf,
  groupWorkloads,
  IngestionContext,
  keysOf,
  WorkloadSubject,
} from './context';
import { readSafely } from './sources';

const HOUR_MS = 3_600_000;

/** Days of lines asked for when a workload is first seen. */
const LINE_HISTORY_DAYS = 14;

/** Templates kept per workload; the rarest beyond become one, the rest. */
const MAX_TEMPLATES = 200;

/** Lines of an hour and workload that are looked at, whatever a source states. */
const MAX_LINES_PER_HOUR = 5000;

/** Tallies held before those of merged wordings are joined. */
const JOIN_AFTER = 1024;

const EXAMPLES = 2;

/** Id of the lines that fit no template. */
const REST_ID = 'rest';

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

interface Tally {
  counts: Float64Array;
  examples: readonly string[];
}

interface LineSpan {
  readonly sourceId: string;
  /** Epoch milliseconds. */
  readonly start: number;
  readonly hours: number;
  /** Lines of an hour looked at. */
  readonly limit: number;
}

/** Learns from the lines of one workload and one span of hours, going on from what is stored. */
class LineReader {
  readonly #workload: string;
  readonly #span: LineSpan;
  readonly #known: readonly StoredLogTemplate[];
  readonly #miner: ReturnType<typeof createTemplateMiner>;
  readonly #totals: Float64Array;
  readonly #seen: Int32Array;
  #tallies = new Map<number, Tally>();
  #query = '';
  /** Whether the source gave more lines of an hour than are looked at. */
  surplus = false;

  static async resume(
    store: LogTemplateStore,
    workload: string,
    span: LineSpan,
  ): Promise<LineReader> {
    return new LineReader(workload, span, await store.getTemplates(workload));
  }

  constructor(
    workload: string,
    span: LineSpan,
    stored: readonly (StoredLogTemplate & { readonly lines: number })[],
  ) {
    this.#workload = workload;
    this.#span = span;
    const known = stored.filter(({ id }) => id !== REST_ID);
    this.#known = known;
    this.#miner = createTemplateMiner({
      maximumTemplates: MAX_TEMPLATES,
      known: known.map(({ wordings, lines }) => ({ wordings, count: lines })),
    });
    this.#totals = new Float64Array(span.hours);
    this.#seen = new Int32Array(span.hours);
  }

  add({ lines, query }: LogLineBatch): void {
    const { start, hours, limit } = this.#span;
    this.#query = query;
    for (const { at, line, standsFor = 1 } of lines) {
      const hour = Math.floor((Date.parse(at) - start) / HOUR_MS);
      const isUsable =
        hour >= 0 &&
        hour < hours &&
        typeof line === 'string' &&
        Number.isFinite(standsFor) &&
        standsFor > 0;
      if (!isUsable) {
        continue;
      }
      this.#seen[hour] += 1;
      if (this.#seen[hour] > limit) {
        this.surplus = true;
        continue;
      }
      const text = redactLine(line);
      const id = this.#miner.add(text);
      const tally = this.#tallies.get(id) ?? {
        counts: new Float64Array(hours),
        examples: [],
      };
      tally.counts[hour] += standsFor;
      tally.examples = [text, ...tally.examples].slice(0, EXAMPLES);
      this.#tallies.set(id, tally);
      this.#totals[hour] += standsFor;
      if (this.#tallies.size > JOIN_AFTER) {
        this.#join();
      }
    }
  }

  finish(): LogRead {
    this.#join();
    const { sourceId, start } = this.#span;
    // The oldest known template of an event lends it its id.
    const ids = new Map<number, string>([[0, REST_ID]]);
    const merged = new Map<string, string>();
    const examples = new Map<string, readonly string[]>();
    this.#known.forEach((template, index) => {
      const root = this.#miner.resolve(index + 1);
      const id = ids.get(root);
      if (id === undefined) {
        ids.set(root, template.id);
        examples.set(template.id, template.examples);
      } else {
        merged.set(template.id, id);
      }
    });
    const taken = new Set(this.#known.map(({ id }) => id));
    const counts = new Map<string, Float64Array>();
    for (const [root, tally] of this.#tallies) {
      let id = ids.get(root);
      if (id === undefined) {
        id = freshId(this.#miner.template(root), taken);
        ids.set(root, id);
      }
      counts.set(id, tally.counts);
      examples.set(id, tally.examples);
    }
    return {
      workload: this.#workload,
      start: start / 1000,
      totals: this.#totals,
      counts,
      merged,
      templates: [...ids]
        .filter(([, id]) => id !== REST_ID || counts.has(id) || merged.size > 0)
        .map(([root, id]) => ({
          id,
          // Words that stand apart in lines may look like a secret once they are joined.
          template: redactLine(this.#miner.template(root)),
          wordings: this.#miner.wordings(root),
          examples: examples.get(id) ?? [],
          sourceId,
          query:
            this.#query || (this.#known.find(k => k.id === id)?.query ?? ''),
        })),
    };
  }

  #join(): void {
    this.#miner.merge();
    const joined = new Map<number, Tally>();
    for (const [id, { counts, examples }] of this.#tallies) {
      const root = this.#miner.resolve(id);
      const known = joined.get(root);
      joined.set(
        root,
        known
          ? {
              counts: known.counts.map((count, hour) => count + counts[hour]),
              examples: [...examples, ...known.examples].slice(0, EXAMPLES),
            }
          : { counts, examples },
      );
    }
    this.#tallies = joined;
  }
}

/** The same for everybody who learns the same, so that two readers at once do not count twice. */
function freshId(template: string, taken: Set<string>): string {
  let text = template;
  for (;;) {
    const id = createHash('sha256').update(text).digest('hex').slice(0, 32);
    if (!taken.has(id)) {
      taken.add(id);
      return id;
    }
    text += '\n';
  }
}
