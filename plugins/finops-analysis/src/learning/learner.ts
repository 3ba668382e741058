import { ARMS, BASELINE_ARM } from './arms';
import { UNKNOWN_CONTEXT } from './chooseArm';
import { LEARNER_PARAMETERS as P } from './learnerParameters';
import {
  Arm,
  Choice,
  ContextKnowledge,
  Learner,
  LEARNER_MODEL,
  Moments,
  Outcome,
} from './types';

const NOTHING: Moments = { weight: 0, mean: 0, squares: 0 };

/** A learner that knows nothing, which is what a reset leaves. @public */
export function createLearner(): Learner {
  return { model: LEARNER_MODEL, contexts: {}, pending: {}, taken: {} };
}

/** What became of feedback. @public */
export type Feedback =
  | { readonly kind: 'learnt'; readonly learner: Learner }
  | {
      readonly kind: 'refused';
      readonly why: 'unknown-choice' | 'not-a-measurement';
      readonly learner: Learner;
    };

/**
 * Notes a choice whose outcome is awaited.
 *
 * @param subject - whose outcome it will be, e.g. a workload's key
 * @throws RangeError when the id is taken.
 *
 * @public
 */
export function recordChoice(
  learner: Learner,
  id: string,
  where: { readonly context: string; readonly subject: string },
  { arm, propensity }: Pick<Choice, 'arm' | 'propensity'>,
): Learner {
  if (Object.hasOwn(learner.pending, id)) {
    throw new RangeError(`choice ${id} is noted already`);
  }
  const choice = { ...where, arm, propensity };
  return { ...learner, pending: { ...learner.pending, [id]: choice } };
}

/** Forgets a choice that nothing will come of: the advice was dismissed, or the workload is gone. @public */
export function withdrawChoice(learner: Learner, id: string): Learner {
  const { [id]: _, ...pending } = learner.pending;
  return { ...learner, pending };
}

/**
 * Learns what came of a choice, once. What is no measurement, or of no choice, is refused; what is
 * absurd counts as the largest that is believed; and the more has been taken from one subject, the
 * less its next outcome weighs, so that none can move a class alone.
 *
 * @public
 */
export function recordOutcome(
  learner: Learner,
  id: string,
  outcome: Outcome,
): Feedback {
  const choice = Object.hasOwn(learner.pending, id)
    ? learner.pending[id]
    : undefined;
  if (!choice) {
    return { kind: 'refused', why: 'unknown-choice', learner };
  }
  if (!isMeasurement(outcome)) {
    return { kind: 'refused', why: 'not-a-measurement', learner };
  }
  const { context, subject, arm } = choice;
  const key = `${context}\n${subject}`;
  const before = Object.hasOwn(learner.taken, key) ? learner.taken[key] : 0;
  const known = learner.contexts[context] ?? UNKNOWN_CONTEXT;
  const { excess } = gainsOf(context, outcome);
  const after = withOutcome(known, context, arm, outcome, 1 / (1 + before));
  return {
    kind: 'learnt',
    learner: {
      ...withdrawChoice(learner, id),
      contexts: {
        ...learner.contexts,
        [context]: {
          ...after,
          plays: known.plays + 1,
          spent: known.spent + (arm === BASELINE_ARM ? 0 : Math.max(0, excess)),
        },
      },
      taken: { ...learner.taken, [key]: before + 1 },
    },
  };
}

/**
 * Learns from outcomes that were replayed and never happened: they teach what arms do, and spend
 * nothing of the budget.
 *
 * @public
 */
export function warmStart(
  learner: Learner,
  replayed: readonly {
    readonly context: string;
    readonly arm: Arm;
    readonly outcome: Outcome;
  }[],
): Learner {
  const contexts: Record<string, ContextKnowledge> = { ...learner.contexts };
  for (const { context, arm, outcome } of replayed) {
    if (isMeasurement(outcome)) {
      const known = contexts[context] ?? UNKNOWN_CONTEXT;
      contexts[context] = withOutcome(known, context, arm, outcome, 1);
    }
  }
  return { ...learner, contexts };
}

/** Loss and excess of an outcome against the baseline, bounded. Negative loss is a gain. @public */
export function gainsOf(
  context: string,
  { request, baselineRequest, timeOver, baselineTimeOver }: Outcome,
): { readonly loss: number; readonly excess: number } {
  const price = P.overPrice[context.endsWith('memory') ? 'memory' : 'cpu'];
  const bounded = (value: number, most: number) =>
    Math.min(Math.max(value, -most), most);
  const over = timeOver - baselineTimeOver;
  return {
    loss: bounded(request / baselineRequest - 1 + price * over, P.largestLoss),
    excess: bounded(over, P.largestExcess),
  };
}

/** What was learnt, as text to be kept or carried elsewhere. @public */
export function exportLearner(learner: Learner): string {
  return JSON.stringify(learner);
}

/**
 * Reads what {@link exportLearner} wrote.
 *
 * @throws RangeError when it is of another version, or not a learner.
 *
 * @public
 */
export function importLearner(text: string): Learner {
  let read: unknown;
  try {
    read = JSON.parse(text);
  } catch {
    throw new RangeError('not a learner: no JSON');
  }
  if (!isRecord(read) || !isRecord(read.model)) {
    throw new RangeError('not a learner: no model');
  }
  const { name, version } = read.model;
  if (name !== LEARNER_MODEL.name || version !== LEARNER_MODEL.version) {
    throw new RangeError(
      `a learner of ${name} ${version}, ${LEARNER_MODEL.name} ${LEARNER_MODEL.version} is needed`,
    );
  }
  const sound =
    isRecord(read.contexts) &&
    Object.values(read.contexts).every(isContext) &&
    isRecord(read.pending) &&
    Object.values(read.pending).every(isPending) &&
    isRecord(read.taken) &&
    Object.values(read.taken).every(isAmount);
  if (!sound) {
    throw new RangeError('not a learner: its knowledge is damaged');
  }
  return read as unknown as Learner;
}

function withOutcome(
  known: ContextKnowledge,
  context: string,
  arm: Arm,
  outcome: Outcome,
  weight: number,
): ContextKnowledge {
  const { loss, excess } = gainsOf(context, outcome);
  const before = known.arms[arm] ?? { loss: NOTHING, excess: NOTHING };
  return {
    ...known,
    arms: {
      ...known.arms,
      [arm]: {
        loss: added(before.loss, loss, weight),
        excess: added(before.excess, excess, weight),
      },
    },
  };
}

/** Weighted running mean and squares (West 1979). */
function added(
  { weight, mean, squares }: Moments,
  value: number,
  more: number,
): Moments {
  const total = weight + more;
  const moved = mean + ((value - mean) * more) / total;
  return {
    weight: total,
    mean: moved,
    squares: squares + more * (value - mean) * (value - moved),
  };
}

function isMeasurement(outcome: Outcome): boolean {
  const { request, baselineRequest, timeOver, baselineTimeOver } = outcome;
  const isShare = (value: number) => value >= 0 && value <= 1;
  return (
    request >= 0 &&
    Number.isFinite(request) &&
    baselineRequest > 0 &&
    Number.isFinite(baselineRequest) &&
    isShare(timeOver) &&
    isShare(baselineTimeOver)
  );
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function isAmount(value: unknown): boolean {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0;
}

function isContext(value: unknown): boolean {
  return (
    isRecord(value) &&
    isAmount(value.plays) &&
    isAmount(value.spent) &&
    isRecord(value.arms) &&
    Object.entries(value.arms).every(
      ([arm, known]) =>
        isArm(arm) &&
        isRecord(known) &&
        isMoments(known.loss) &&
        isMoments(known.excess),
    )
  );
}

function isMoments(value: unknown): boolean {
  return (
    isRecord(value) &&
    isAmount(value.weight) &&
    isAmount(value.squares) &&
    typeof value.mean === 'number' &&
    Math.abs(value.mean) <= P.largestLoss
  );
}

function isPending(value: unknown): boolean {
  return (
    isRecord(value) &&
    typeof value.context === 'string' &&
    typeof value.subject === 'string' &&
    isArm(value.arm) &&
    isAmount(value.propensity)
  );
}

function isArm(value: unknown): boolean {
  return (ARMS as readonly unknown[]).includes(value);
}
