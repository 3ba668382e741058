import {
  Verdict,
  VerdictOutcome,
} from '@apexlogic/backstage-plugin-finops-common';
import { applyExceptions } from './applyExceptions';
import { toCelValue } from './celValue';
import { ChangeSubject, SubjectView } from './changeSubject';
import { CompiledException, isAbout } from './compileException';
import {
  CompiledBinding,
  CompiledPolicy,
  CompiledValidation,
} from './compilePolicy';
import { Activation, PolicyEvaluationError, StepBudget } from './engine';
import { MatchResult, matchResources } from './matchResources';
import { findParameters } from './parameters';
import { ParameterReference, strongestOutcome } from './policySource';
import { KubernetesObject } from './readPolicyFile';
import { PolicyOutcome } from './types';

/** Turns of macros and thousands of regular expression comparisons a policy has for one object. */
const MAX_STEPS = 50_000;
const MAX_MESSAGE_LENGTH = 2_000;

/** What stands beside the policies, and when they are asked. */
export interface Surroundings {
  /** Objects that may be parameters. */
  readonly objects: readonly KubernetesObject[];
  readonly exceptions: readonly CompiledException[];
  readonly now: Date;
}

/**
 * What one policy says of one changed object: nothing where it does not apply, else one verdict for each
 * rule that does not hold or fails to run, or one `allow`. Throws {@link PolicyEvaluationError} where it
 * cannot even be said whether it applies; the caller turns that into a denial.
 */
export function evaluatePolicy(
  policy: CompiledPolicy,
  bindings: readonly CompiledBinding[],
  subject: ChangeSubject,
  path: string,
  surroundings: Surroundings,
): readonly Verdict[] {
  const view = viewOf(policy, subject);
  if (!view) {
    return [];
  }
  const verdicts = evaluateView(
    policy,
    bindings,
    subject,
    view,
    path,
    surroundings.objects,
  );
  return applyExceptions(
    verdicts,
    surroundings.exceptions.filter(exception =>
      isAbout(exception, policy.name),
    ),
    view,
    surroundings.now,
  );
}

function evaluateView(
  policy: CompiledPolicy,
  bindings: readonly CompiledBinding[],
  subject: ChangeSubject,
  view: SubjectView,
  path: string,
  objects: readonly KubernetesObject[],
): readonly Verdict[] {
  const budget = new StepBudget(MAX_STEPS);
  let isApplied = false;
  const failures = runsOf(policy, bindings, view, objects).flatMap(
    ({ outcome, params }) => {
      const activation: Activation = {
        values: policy.parameterKind
          ? { ...view.values, params: toCelValue(params) }
          : view.values,
        budget,
      };
      if (!conditionsHold(policy, activation)) {
        return [];
      }
      isApplied = true;
      return failuresOf(policy, activation, subject, outcome, path);
    },
  );
  if (!isApplied || failures.length > 0) {
    return failures;
  }
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

function failuresOf(
  policy: CompiledPolicy,
  activation: Activation,
  subject: ChangeSubject,
  outcome: PolicyOutcome,
  path: string,
): readonly Verdict[] {
  const withVariables: Activation = {
    ...activation,
    values: {
      ...activation.values,
      variables: lazyVariables(policy, activation),
    },
  };
  // Each rule on its own: one that fails to run must not hide another that does not hold.
  return policy.validations.flatMap((validation): readonly Verdict[] => {
    try {
      return validation.expression.evaluate(withVariables) === true
        ? []
        : [
            {
              policy: policy.name,
              outcome: verdictOutcome(outcome),
              cause: 'evaluated',
              message: failureMessage(
                validation,
                withVariables,
                subject,
                outcome,
              ),
              path,
            },
          ];
    } catch (error) {
      return [
        {
          policy: policy.name,
          outcome: 'deny',
          cause: 'policy-error',
          message: `${subject.label}: policy error: ${messageOf(error)}`,
          path,
        },
      ];
    }
  });
}

/** The object itself, or the pods it makes where the policy is about pods; `undefined`: neither. */
function viewOf(
  policy: CompiledPolicy,
  subject: ChangeSubject,
): SubjectView | undefined {
  if (decided(policy.match(subject.match), subject)) {
    return subject;
  }
  const { pod, match } = subject;
  return pod &&
    policy.podControllers.includes(match.resource) &&
    decided(policy.match(pod.match), subject)
    ? pod
    : undefined;
}

interface Run {
  /** What a failed rule leads to. */
  readonly outcome: PolicyOutcome;
  readonly params: KubernetesObject | null;
}

/** Once for each object that gives parameters; nothing where there are bindings and none applies. */
function runsOf(
  policy: CompiledPolicy,
  bindings: readonly CompiledBinding[],
  subject: SubjectView,
  objects: readonly KubernetesObject[],
): readonly Run[] {
  const paramsOf = (reference: ParameterReference | undefined) =>
    reference && policy.parameterKind
      ? findParameters(
          policy.parameterKind,
          reference,
          objects,
          subject.match.namespace,
        )
      : [null];
  if (bindings.length === 0) {
    return paramsOf(policy.parameters).map(params => ({
      outcome: policy.outcome,
      params,
    }));
  }
  const outcomes = new Map<KubernetesObject | null, PolicyOutcome[]>();
  for (const { matchResources: match, outcome, parameters } of bindings) {
    if (!match || decided(matchResources(match, subject.match), subject)) {
      for (const params of paramsOf(parameters)) {
        outcomes.set(params, [...(outcomes.get(params) ?? []), outcome]);
      }
    }
  }
  return [...outcomes].map(([params, each]) => ({
    outcome: strongestOutcome(each),
    params,
  }));
}

function decided(result: MatchResult, { match }: SubjectView): boolean {
  if (result === 'unknown') {
    throw new PolicyEvaluationError(
      match.namespace === undefined
        ? 'the namespace of the object is not known, and the policy depends on it'
        : `the labels of namespace '${match.namespace}' are not known, so its namespaceSelector cannot be decided`,
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

function verdictOutcome(outcome: PolicyOutcome): VerdictOutcome {
  // An audited failure is on record with its message, and nothing else.
  return outcome === 'audit' ? 'allow' : outcome;
}

function failureMessage(
  validation: CompiledValidation,
  activation: Activation,
  subject: ChangeSubject,
  outcome: PolicyOutcome,
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
