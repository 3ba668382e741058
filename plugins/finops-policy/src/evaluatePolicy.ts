import {
  Verdict,
  VerdictOutcome,
} from '@apexlogic/backstage-plugin-finops-common';
import { ChangeSubject } from './changeSubject';
import {
  CompiledBinding,
  CompiledPolicy,
  CompiledValidation,
  FailureOutcome,
  strongestOutcome,
} from './compilePolicy';
import { Activation, PolicyEvaluationError, StepBudget } from './engine';
import { matchResources } from './matchResources';

/** Turns of macros and thousands of regular expression comparisons a policy has for one object. */
const MAX_STEPS = 50_000;
const MAX_MESSAGE_LENGTH = 2_000;

/**
 * What one policy says of one changed object: nothing where it does not apply, else one verdict for each
 * rule that does not hold, or one `allow`. Throws {@link PolicyEvaluationError} where the policy itself
 * fails; the caller turns that into a denial.
 */
export function evaluatePolicy(
  policy: CompiledPolicy,
  bindings: readonly CompiledBinding[],
  subject: ChangeSubject,
  path: string,
): readonly Verdict[] {
  const outcome = outcomeFor(policy, bindings, subject);
  if (outcome === undefined) {
    return [];
  }
  const activation: Activation = {
    values: subject.values,
    budget: new StepBudget(MAX_STEPS),
  };
  if (!conditionsHold(policy, activation)) {
    return [];
  }
  const withVariables: Activation = {
    ...activation,
    values: {
      ...activation.values,
      variables: lazyVariables(policy, activation),
    },
  };
  const failures = policy.validations.filter(
    validation => validation.expression.evaluate(withVariables) !== true,
  );
  if (failures.length === 0) {
    const rules =
      policy.validations.length === 1
        ? 'its rule holds'
        : `its ${policy.validations.length} rules hold`;
    return [
      {
        policy: policy.name,
        outcome: 'allow',
        cause: 'evaluated',
        message: `${subject.label}: ${rules}`,
        path,
      },
    ];
  }
  return failures.map(validation => ({
    policy: policy.name,
    outcome: verdictOutcome(outcome),
    cause: 'evaluated',
    message: failureMessage(validation, withVariables, subject, outcome),
    path,
  }));
}

/** What a failed rule would lead to here; `undefined` where the policy or all of its bindings do not apply. */
function outcomeFor(
  policy: CompiledPolicy,
  bindings: readonly CompiledBinding[],
  subject: ChangeSubject,
): FailureOutcome | undefined {
  if (!applies(policy.match, subject)) {
    return undefined;
  }
  if (bindings.length === 0) {
    return policy.outcome;
  }
  const effective = bindings.filter(
    binding =>
      !binding.matchResources || applies(binding.matchResources, subject),
  );
  return effective.length === 0
    ? undefined
    : strongestOutcome(effective.map(binding => binding.outcome));
}

function applies(
  match: CompiledPolicy['match'],
  subject: ChangeSubject,
): boolean {
  const result = matchResources(match, subject.match);
  if (result === 'unknown') {
    throw new PolicyEvaluationError(
      `the labels of namespace '${
        subject.match.namespace ?? ''
      }' are not known, so its namespaceSelector cannot be decided`,
    );
  }
  return result === 'yes';
}

/** As in Kubernetes: one condition that is false outweighs another that fails. */
function conditionsHold(
  policy: CompiledPolicy,
  activation: Activation,
): boolean {
  const errors: unknown[] = [];
  for (const { name, expression } of policy.conditions) {
    try {
      if (expression.evaluate(activation) === false) {
        return false;
      }
    } catch (error) {
      errors.push(
        new PolicyEvaluationError(
          `match condition '${name}': ${messageOf(error)}`,
        ),
      );
    }
  }
  if (errors.length > 0) {
    throw errors[0];
  }
  return true;
}

/** Each variable is computed when an expression first asks for it, and at most once. */
function lazyVariables(policy: CompiledPolicy, activation: Activation): object {
  const variables = {};
  for (const { name, expression } of policy.variables) {
    let outcome:
      | { readonly value: unknown }
      | { readonly error: unknown }
      | undefined;
    Object.defineProperty(variables, name, {
      enumerable: true,
      get() {
        outcome ??= attempt(() =>
          expression.evaluate({
            ...activation,
            values: { ...activation.values, variables },
          }),
        );
        if ('error' in outcome) {
          throw new PolicyEvaluationError(
            `variable '${name}': ${messageOf(outcome.error)}`,
          );
        }
        return outcome.value;
      },
    });
  }
  return variables;
}

function attempt(
  compute: () => unknown,
): { readonly value: unknown } | { readonly error: unknown } {
  try {
    return { value: compute() };
  } catch (error) {
    return { error };
  }
}

function verdictOutcome(outcome: FailureOutcome): VerdictOutcome {
  // An audited failure is on record with its message, and nothing else.
  return outcome === 'audit' ? 'allow' : outcome;
}

function failureMessage(
  validation: CompiledValidation,
  activation: Activation,
  subject: ChangeSubject,
  outcome: FailureOutcome,
): string {
  const said =
    computedMessage(validation, activation) ?? validation.message?.trim();
  const message = said || `failed expression: ${validation.source}`;
  const prefix = outcome === 'audit' ? 'audit only: ' : '';
  return `${prefix}${subject.label}: ${message}`.slice(0, MAX_MESSAGE_LENGTH);
}

/** A message that cannot be computed must not hide the failure it describes. */
function computedMessage(
  validation: CompiledValidation,
  activation: Activation,
): string | undefined {
  if (!validation.messageExpression) {
    return undefined;
  }
  try {
    const message = String(
      validation.messageExpression.evaluate(activation),
    ).trim();
    return message === '' || message.includes('\n') ? undefined : message;
  } catch {
    return undefined;
  }
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
