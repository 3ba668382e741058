import { Series } from '../types';
import {
  createTemplateMiner,
  TemplateMinerOptions,
} from './createTemplateMiner';
import { redactLine } from './redactLine';

/** @public */
export interface LogEntry {
  /** Epoch seconds. */
  readonly time: number;
  readonly line: string;
}

/** @public */
export interface TemplateCountOptions extends TemplateMinerOptions {
  /** Epoch seconds of the first step. */
  readonly start: number;
  /** Seconds of a step. */
  readonly step: number;
  /** Steps counted; entries outside of them are left out. */
  readonly steps: number;
}

/** How often one kind of message came. @public */
export interface TemplateCount {
  /** Words with `<*>` for what varies. */
  readonly template: string;
  /** Lines per step. */
  readonly counts: Series;
  /** Epoch seconds of the first and the last line. */
  readonly firstAt: number;
  readonly lastAt: number;
  /** The newest lines, redacted. */
  readonly examples: readonly string[];
}

const EXAMPLES = 3;
/** Tallies held before those of merged wordings are joined; a wording has its own until then. */
const JOIN_AFTER = 8192;

interface Tally {
  readonly counts: Float64Array;
  firstAt: number;
  lastAt: number;
  examples: string[];
}

/**
 * Counts the lines of each template per step, most frequent first. Holds one counter a step and
 * template and three lines a template; entries may come in any order.
 *
 * @throws RangeError when step or steps are not positive.
 *
 * @public
 */
export function templateCounts(
  entries: Iterable<LogEntry>,
  options: TemplateCountOptions,
): TemplateCount[] {
  const { start, step, steps } = options;
  if (!(step > 0 && Number.isInteger(steps) && steps > 0)) {
    throw new RangeError(`cannot count in ${steps} steps of ${step} s`);
  }
  const miner = createTemplateMiner(options);
  let tallies = new Map<number, Tally>();
  let joinAfter = JOIN_AFTER;
  const join = () => {
    miner.merge();
    const joined = new Map<number, Tally>();
    for (const [id, tally] of tallies) {
      const final = miner.resolve(id);
      const known = joined.get(final);
      joined.set(final, known ? joinTallies(known, tally) : tally);
    }
    tallies = joined;
    joinAfter = Math.max(JOIN_AFTER, 2 * tallies.size);
  };
  for (const { time, line } of entries) {
    const at = Math.floor((time - start) / step);
    if (at >= 0 && at < steps) {
      const id = miner.add(line);
      let tally = tallies.get(id);
      if (!tally) {
        tally = {
          counts: new Float64Array(steps),
          firstAt: time,
          lastAt: time,
          examples: [],
        };
        tallies.set(id, tally);
        if (tallies.size > joinAfter) {
          join();
          tally = tallies.get(miner.resolve(id)) ?? tally;
        }
      }
      tally.counts[at] += 1;
      tally.firstAt = Math.min(tally.firstAt, time);
      tally.lastAt = Math.max(tally.lastAt, time);
      tally.examples = [line, ...tally.examples].slice(0, EXAMPLES);
    }
  }
  join();
  const total = ({ counts }: Tally) => counts.reduce((a, b) => a + b, 0);
  return [...tallies]
    .sort(([, a], [, b]) => total(b) - total(a) || a.firstAt - b.firstAt)
    .map(([id, { counts, firstAt, lastAt, examples }]) => ({
      template: redactLine(miner.template(id)),
      counts: { start, step, values: counts },
      firstAt,
      lastAt,
      examples: examples.map(redactLine),
    }));
}

function joinTallies(a: Tally, b: Tally): Tally {
  return {
    counts: a.counts.map((count, i) => count + b.counts[i]),
    firstAt: Math.min(a.firstAt, b.firstAt),
    lastAt: Math.max(a.lastAt, b.lastAt),
    examples: [...b.examples, ...a.examples].slice(0, EXAMPLES),
  };
}
