import { Verdict } from '@apexlogic/backstage-plugin-finops-common';
import { SubjectView } from './changeSubject';
import { CompiledException } from './compileException';
import { StepBudget } from './engine';

const MAX_STEPS = 50_000;

/**
 * Verdicts of one policy on one object with its exceptions looked at: one that holds makes them an
 * `allow` with its reason; one that has expired, or whose conditions fail, changes nothing and is told.
 */
export function applyExceptions(
  verdicts: readonly Verdict[],
  exceptions: readonly CompiledException[],
  view: SubjectView,
  now: Date,
): readonly Verdict[] {
  if (verdicts.every(({ outcome }) => outcome === 'allow')) {
    return verdicts;
  }
  const notes: string[] = [];
  for (const exception of exceptions) {
    const { name, reason, expires } = exception;
    const until = expires.toISOString();
    const match = matches(exception, view);
    if (match.kind === 'error') {
      notes.push(`exception '${name}' could not be decided: ${match.message}`);
    } else if (match.kind === 'yes' && now >= expires) {
      notes.push(`exception '${name}' expired at ${until}`);
    } else if (match.kind === 'yes') {
      const [{ policy, path, message }] = verdicts;
      return [
        {
          policy,
          path,
          outcome: 'allow',
          cause: 'evaluated',
          message: `excepted by '${name}' until ${until} (${reason}): ${message}`,
        },
      ];
    }
  }
  return notes.length === 0
    ? verdicts
    : verdicts.map(verdict => ({
        ...verdict,
        message: `${verdict.message} (${notes.join('; ')})`,
      }));
}

type Match =
  | { readonly kind: 'yes' | 'no' }
  | { readonly kind: 'error'; readonly message: string };

function matches({ conditions }: CompiledException, view: SubjectView): Match {
  const activation = { values: view.values, budget: new StepBudget(MAX_STEPS) };
  try {
    return {
      kind: conditions.every(each => each.evaluate(activation) === true)
        ? 'yes'
        : 'no',
    };
  } catch (error) {
    return {
      kind: 'error',
      message: error instanceof Error ? error.message : String(error),
    };
  }
}
