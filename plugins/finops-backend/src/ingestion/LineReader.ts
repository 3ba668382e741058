import { createHash } from 'node:crypto';
import {
  createTemplateMiner,
  redactLine,
} from '@apexlogic/backstage-plugin-finops-analysis';
import { LogLineBatch } from '@apexlogic/backstage-plugin-finops-node';
import {
  LogRead,
  LogTemplateStore,
  StoredLogTemplate,
} from '../database/LogTemplateStore';

const HOUR_MS = 3_600_000;

/** Templates kept per workload; the rarest beyond become one, the rest. */
const MAX_TEMPLATES = 200;

/** Tallies held before those of merged wordings are joined. */
const JOIN_AFTER = 1024;

const EXAMPLES = 2;

/** Id of the lines that fit no template. */
const REST_ID = 'rest';

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
export class LineReader {
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
      examples.set(
        id,
        [...new Set([...tally.examples, ...(examples.get(id) ?? [])])].slice(
          0,
          EXAMPLES,
        ),
      );
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
