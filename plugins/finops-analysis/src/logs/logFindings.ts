import { ModelRef } from '@apexlogic/backstage-plugin-finops-common';
import { TemplateCount } from './templateCounts';

/** The model behind {@link logFindings}. @public */
export const LOG_WATCHER: ModelRef = { name: 'LogWatcher', version: '1.0.0' };

const PARAMETERS = {
  /** Chance of one false shift in a whole call, however many templates there are. */
  falseFindings: 0.01,
  /** A rate that changes by less than this factor is not worth telling. */
  least: 2,
  /** Fewer steps on either side say nothing. */
  minimumSteps: 3,
  /** Lines that a new template must have: one may be a stray. */
  minimumNewLines: 2,
} as const;

/** @public */
export interface LogFinding {
  readonly kind: 'new-template' | 'rate-shift';
  readonly template: string;
  readonly direction: 'above' | 'below';
  /** Epoch seconds of the first step judged in which it shows. */
  readonly since: number;
  readonly lastAt: number;
  /** Lines per step before and since the judged steps began. */
  readonly rateBefore: number;
  readonly rateAfter: number;
  /** Robust standard deviations between the two; how much a new template counts is its rate. */
  readonly score: number;
  /** Redacted; untrusted text. */
  readonly examples: readonly string[];
  readonly model: ModelRef;
}

/**
 * What is new or has changed in the logs since step `from`, strongest first.
 *
 * @remarks
 *
 * A rate is compared with its own past: the difference of the means in units of the spread of the past
 * counts, which is taken for at least that of a Poisson process, so bursty messages need more. The bar
 * rises with the number of templates (Bonferroni): a thousand of them do not find a shift by chance.
 *
 * @param counts - From `templateCounts`, all with the same steps.
 * @param from - First step judged; those before it are what was usual.
 *
 * @public
 */
export function logFindings(
  counts: readonly TemplateCount[],
  from: number,
): LogFinding[] {
  const bar = normalTail(
    PARAMETERS.falseFindings / (2 * Math.max(1, counts.length)),
  );
  return counts
    .flatMap(count => judge(count, from, bar) ?? [])
    .sort((a, b) => b.score - a.score);
}

function judge(
  { template, counts, lastAt, examples }: TemplateCount,
  from: number,
  bar: number,
): LogFinding | undefined {
  const before = counts.values.subarray(0, from);
  const after = counts.values.subarray(from);
  if (
    before.length < PARAMETERS.minimumSteps ||
    after.length < PARAMETERS.minimumSteps
  ) {
    return undefined;
  }
  const rateBefore = mean(before);
  const rateAfter = mean(after);
  const first = after.findIndex(count => count > 0);
  const finding = {
    template,
    direction: rateAfter > rateBefore ? ('above' as const) : ('below' as const),
    lastAt,
    rateBefore,
    rateAfter,
    examples,
    model: LOG_WATCHER,
  };
  if (rateBefore === 0) {
    return rateAfter * after.length >= PARAMETERS.minimumNewLines
      ? {
          ...finding,
          kind: 'new-template',
          since: counts.start + (from + first) * counts.step,
          score: rateAfter,
        }
      : undefined;
  }
  const spread = Math.max(rateBefore, variance(before, rateBefore));
  const score =
    Math.abs(rateAfter - rateBefore) /
    Math.sqrt(spread / before.length + spread / after.length);
  const factor =
    Math.max(rateAfter, rateBefore) / Math.min(rateAfter, rateBefore);
  return score >= bar && factor >= PARAMETERS.least
    ? {
        ...finding,
        kind: 'rate-shift',
        since: counts.start + from * counts.step,
        score,
      }
    : undefined;
}

function mean(values: Float64Array): number {
  return values.reduce((a, b) => a + b, 0) / values.length;
}

function variance(values: Float64Array, centre: number): number {
  return (
    values.reduce((sum, value) => sum + (value - centre) ** 2, 0) /
    Math.max(1, values.length - 1)
  );
}

/** The z beyond which a standard normal is with this probability; upper bound, tight for small ones. */
function normalTail(probability: number): number {
  return Math.sqrt(-2 * Math.log(Math.min(0.5, probability)));
}
