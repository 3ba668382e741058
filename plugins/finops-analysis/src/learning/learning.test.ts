import fc from 'fast-check';
import { rightsize } from '../rightsize';
import { UsageSketch } from '../sketch';
import { ContainerUsage, RightsizeOptions } from '../types';
import { ARMS, BASELINE_ARM, tuningOf } from './arms';
import { armProbability, chooseArm } from './chooseArm';
import { evaluateOffPolicy, LoggedChoice, mayAct } from './evaluateOffPolicy';
import {
  createLearner,
  exportLearner,
  importLearner,
  recordChoice,
  recordOutcome,
  warmStart,
  withdrawChoice,
} from './learner';
import { LEARNER_PARAMETERS } from './learnerParameters';
import { Arm, Learner, Outcome } from './types';

const CONTEXT = 'standard/cpu';
const NOW = '2026-03-20T00:00:00Z';

/** Draws within [0, 1), the same for the same seed. */
function chances(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

const outcome = (change: Partial<Outcome> = {}): Outcome => ({
  request: 1,
  baselineRequest: 1,
  timeOver: 0.01,
  baselineTimeOver: 0.01,
  ...change,
});

/** Bold asks for a fifth less at the same time over, the rest is as the baseline. */
const boldIsBetter = (arm: Arm): Outcome =>
  arm === 'bold/14' ? outcome({ request: 0.8 }) : outcome();

function taught(times: number, of: (arm: Arm, i: number) => Outcome): Learner {
  return warmStart(
    createLearner(),
    Array.from({ length: times }, (_, i) => i).flatMap(i =>
      ARMS.map(arm => ({ context: CONTEXT, arm, outcome: of(arm, i) })),
    ),
  );
}

function playOnce(
  learner: Learner,
  id: string,
  subject: string,
  random: () => number,
  of: (arm: Arm) => Outcome,
): { learner: Learner; arm: Arm } {
  const choice = chooseArm(learner, CONTEXT, random);
  const noted = recordChoice(
    learner,
    id,
    { context: CONTEXT, subject },
    choice,
  );
  const feedback = recordOutcome(noted, id, of(choice.arm));
  return { learner: feedback.learner, arm: choice.arm };
}

const usage = fc
  .array(
    fc.array(fc.double({ min: 0, max: 64, noNaN: true }), {
      minLength: 20,
      maxLength: 60,
    }),
    { minLength: 7, maxLength: 20 },
  )
  .map((days): ContainerUsage => {
    const history = (resource: 'cpu' | 'memory', scale: number) => ({
      days: days.map((values, ago) => {
        const sketch = UsageSketch.empty(resource);
        values.forEach(value => sketch.add(value * scale));
        const start = Date.parse(NOW) - (ago + 1) * 86_400_000;
        return { day: new Date(start).toISOString().slice(0, 10), sketch };
      }),
      request: 10 * scale,
    });
    return { cpu: history('cpu', 1), memory: history('memory', 2 ** 26) };
  });

describe('tuning of rightsize', () => {
  const options: RightsizeOptions = { now: NOW };

  it('is exactly the safe baseline without a learner, and with its first arm', () => {
    fc.assert(
      fc.property(usage, known => {
        const baseline = tuningOf(BASELINE_ARM);
        expect(
          rightsize(known, {
            ...options,
            tuning: { cpu: baseline, memory: baseline },
          }),
        ).toEqual(rightsize(known, options));
        expect(chooseArm(createLearner(), CONTEXT, () => 0.99).arm).toBe(
          BASELINE_ARM,
        );
      }),
      { numRuns: 50 },
    );
  });

  it('asks for more when cautious, for less when bold', () => {
    fc.assert(
      fc.property(usage, known => {
        const requests = (['cautious', 'balanced', 'bold'] as const).map(
          risk => {
            const tuning = { risk, windowDays: 14 } as const;
            const advice = rightsize(known, {
              ...options,
              minimumChange: 0,
              tuning: { cpu: tuning, memory: tuning },
            });
            return advice.kind === 'advice'
              ? [advice.cpu, advice.memory].map(one =>
                  one.kind === 'advice' ? one.request : NaN,
                )
              : [NaN, NaN];
          },
        );
        for (const resource of [0, 1]) {
          const [more, usual, less] = requests.map(pair => pair[resource]);
          expect(more < usual || usual < less).toBe(false);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('learner', () => {
  it('finds the better arm, and says with which probability it chose', () => {
    const learner = taught(60, boldIsBetter);
    const random = chances(1);
    const counts = new Map<Arm, number>();
    for (let i = 0; i < 4000; i++) {
      const { arm, propensity } = chooseArm(learner, CONTEXT, random);
      counts.set(arm, (counts.get(arm) ?? 0) + 1);
      expect(propensity).toBeCloseTo(armProbability(learner, CONTEXT, arm));
    }
    expect(counts.get('bold/14')! / 4000).toBeGreaterThan(0.93);
    for (const arm of ARMS) {
      expect((counts.get(arm) ?? 0) / 4000).toBeCloseTo(
        armProbability(learner, CONTEXT, arm),
        1,
      );
    }
    const sum = ARMS.reduce(
      (total, arm) => total + armProbability(learner, CONTEXT, arm),
      0,
    );
    expect(sum).toBeCloseTo(1);
  });

  it('never loses more than its budget, whatever the outcomes', () => {
    fc.assert(
      fc.property(
        fc.integer(),
        fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
          minLength: 300,
          maxLength: 300,
        }),
        fc.integer({ min: 0, max: 4 }),
        (seed, hostile, batch) => {
          let learner = createLearner();
          const random = chances(seed);
          let excess = 0;
          let plays = 0;
          const open: { id: string; arm: Arm; over: number }[] = [];
          for (const [i, over] of hostile.entries()) {
            const choice = chooseArm(learner, CONTEXT, random);
            learner = recordChoice(
              learner,
              `${i}`,
              { context: CONTEXT, subject: `${i % 40}` },
              choice,
            );
            open.push({ id: `${i}`, arm: choice.arm, over });
            while (open.length > batch) {
              const { id, arm, over: timeOver } = open.shift()!;
              const worst = outcome({
                timeOver: arm === BASELINE_ARM ? 0.01 : timeOver,
              });
              learner = recordOutcome(learner, id, worst).learner;
              plays += 1;
              excess +=
                arm === BASELINE_ARM
                  ? 0
                  : Math.min(
                      Math.max(0, timeOver - 0.01),
                      LEARNER_PARAMETERS.largestExcess,
                    );
              expect(excess).toBeLessThanOrEqual(
                LEARNER_PARAMETERS.budget * (plays + open.length) + 1e-9,
              );
            }
          }
        },
      ),
      { numRuns: 40 },
    );
  });

  it('overdraws by one outcome at most when it was taught what is not true', () => {
    fc.assert(
      fc.property(fc.integer(), seed => {
        let learner = taught(60, boldIsBetter);
        const random = chances(seed);
        let excess = 0;
        for (let i = 1; i <= 300; i++) {
          const played = playOnce(learner, `${i}`, `${i}`, random, arm =>
            arm === BASELINE_ARM ? outcome() : outcome({ timeOver: 1 }),
          );
          learner = played.learner;
          excess +=
            played.arm === BASELINE_ARM ? 0 : LEARNER_PARAMETERS.largestExcess;
          expect(excess).toBeLessThanOrEqual(
            LEARNER_PARAMETERS.budget * i + LEARNER_PARAMETERS.largestExcess,
          );
        }
      }),
      { numRuns: 20 },
    );
  });

  it('goes back to the baseline when what it believed turns out to hurt', () => {
    let learner = taught(60, boldIsBetter);
    const random = chances(4);
    const arms: Arm[] = [];
    for (let i = 0; i < 400; i++) {
      const played = playOnce(learner, `${i}`, `${i}`, random, arm =>
        arm === BASELINE_ARM ? outcome() : outcome({ timeOver: 0.2 }),
      );
      learner = played.learner;
      arms.push(played.arm);
    }
    const late = arms.slice(200).filter(arm => arm !== BASELINE_ARM).length;
    expect(late / 200).toBeLessThan(0.1);
  });

  it('is hardly moved by one subject, and not by what is no measurement', () => {
    fc.assert(
      fc.property(
        fc.array(
          fc.record({
            request: fc.double(),
            baselineRequest: fc.double(),
            timeOver: fc.double(),
            baselineTimeOver: fc.double(),
          }),
          { minLength: 100, maxLength: 100 },
        ),
        poison => {
          const before = taught(200, boldIsBetter);
          let learner = before;
          poison.forEach((absurd, i) => {
            const id = `${i}`;
            const where = { context: CONTEXT, subject: 'poisoned' };
            learner = recordChoice(learner, id, where, {
              arm: 'bold/14',
              propensity: 1,
            });
            learner = withdrawChoice(
              recordOutcome(learner, id, absurd).learner,
              id,
            );
          });
          const meanOf = (one: Learner) =>
            one.contexts[CONTEXT].arms['bold/14']!.loss.mean;
          expect(Math.abs(meanOf(learner) - meanOf(before))).toBeLessThan(0.06);
          expect(learner.pending).toEqual({});
        },
      ),
      { numRuns: 30 },
    );
    const refused = recordOutcome(createLearner(), 'unknown', outcome());
    expect(refused).toMatchObject({ kind: 'refused', why: 'unknown-choice' });
    const noted = recordChoice(
      createLearner(),
      'a',
      { context: CONTEXT, subject: 's' },
      { arm: BASELINE_ARM, propensity: 1 },
    );
    const learnt = recordOutcome(noted, 'a', outcome());
    expect(learnt.kind).toBe('learnt');
    // The same news twice is news once.
    expect(recordOutcome(learnt.learner, 'a', outcome()).kind).toBe('refused');
    expect(recordOutcome(noted, 'a', outcome({ timeOver: NaN }))).toMatchObject(
      { kind: 'refused', why: 'not-a-measurement' },
    );
  });

  it('can be carried elsewhere, and refuses what is not it', () => {
    const learner = playOnce(
      taught(5, boldIsBetter),
      'a',
      's',
      () => 0,
      boldIsBetter,
    ).learner;
    expect(importLearner(exportLearner(learner))).toEqual(learner);
    const damaged = (change: object) =>
      JSON.stringify({ ...learner, ...change });
    for (const text of [
      '{',
      '[]',
      damaged({ model: { name: 'RiskLearner', version: '0.1.0' } }),
      damaged({ contexts: { x: { plays: -1, spent: 0, arms: {} } } }),
      damaged({ pending: { x: { arm: 'reckless/1' } } }),
    ]) {
      expect(() => importLearner(text)).toThrow(RangeError);
    }
  });
});

describe('evaluateOffPolicy', () => {
  const log = (choices: number, seed: number): LoggedChoice[] => {
    const random = chances(seed);
    return Array.from({ length: choices }, () => {
      const arm = ARMS[Math.floor(random() * ARMS.length)];
      const noise = 0.2 * (random() - 0.5);
      const { request } = boldIsBetter(arm);
      return {
        context: CONTEXT,
        arm,
        propensity: 1 / ARMS.length,
        outcome: outcome({ request: request + noise }),
      };
    });
  };
  const always = (wanted: Arm) => (_: string, arm: Arm) =>
    arm === wanted ? 1 : 0;

  it('tells what another policy would have come to, with an interval that mostly holds it', () => {
    let held = 0;
    for (let seed = 1; seed <= 50; seed++) {
      const { loss } = evaluateOffPolicy(log(600, seed), always('bold/14'));
      expect(loss.mean).toBeCloseTo(-0.2, 1);
      held += loss.lower <= -0.2 && loss.upper >= -0.2 ? 1 : 0;
    }
    expect(held).toBeGreaterThanOrEqual(42);
  });

  it('is as unsure of ten like outcomes of one subject as of one', () => {
    const single = log(200, 3);
    const tenfold = single.flatMap((choice, i) =>
      Array.from({ length: 10 }, () => ({ ...choice, subject: `w${i}` })),
    );
    const of = (choices: LoggedChoice[]) =>
      evaluateOffPolicy(choices, always('bold/14')).loss;
    const width = (choices: LoggedChoice[]) =>
      of(choices).upper - of(choices).lower;
    expect(of(tenfold).mean).toBeCloseTo(of(single).mean, 9);
    expect(width(tenfold)).toBeCloseTo(width(single), 9);
    const apart = tenfold.map(({ subject: _, ...choice }) => choice);
    expect(width(apart)).toBeLessThan(0.4 * width(single));
    const named = single.map((choice, i) => ({ ...choice, subject: `w${i}` }));
    expect(of(named)).toEqual(of(single));
    const oneOnly = single.map(choice => ({ ...choice, subject: 'w' }));
    expect(mayAct(evaluateOffPolicy(oneOnly, always('bold/14')))).toBe(false);
  });

  it('lets act what gains for sure within the budget, and nothing else', () => {
    const judged = (arm: Arm, choices = 1200) =>
      mayAct(evaluateOffPolicy(log(choices, 7), always(arm)));
    expect(judged('bold/14')).toBe(true);
    expect(judged('cautious/14')).toBe(false);
    expect(judged('bold/14', 60)).toBe(false);
    const hurting = log(1200, 7).map(choice => ({
      ...choice,
      outcome: {
        ...choice.outcome,
        timeOver: choice.arm === 'bold/14' ? 0.03 : 0.01,
      },
    }));
    expect(mayAct(evaluateOffPolicy(hurting, always('bold/14')))).toBe(false);
  });
});
