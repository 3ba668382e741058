import {
  BindingDocument,
  MatchResources,
  OUTCOME_ANNOTATION,
  PolicyDocument,
} from './policyDocuments';
import { MatchResult, matchResources, MatchSubject } from './matchResources';
import { PolicyKind, PolicyOutcome } from './types';

/** Names the control that a policy stands for. */
export const CONTROL_ANNOTATION = 'finops.apexlogic.com/control';

const SEVERITY: readonly PolicyOutcome[] = [
  'audit',
  'warn',
  'require-approval',
  'deny',
];

export interface NamedExpression {
  readonly name: string;
  readonly expression: string;
}

export interface ValidationSource {
  readonly expression: string;
  readonly message?: string;
  readonly messageExpression?: string;
}

/** Which objects beside the policies give a policy its `params`. */
export interface ParameterReference {
  readonly name?: string;
  readonly namespace?: string;
  readonly selector?: MatchResources['objectSelector'];
  readonly whenMissing: 'allow' | 'deny';
}

/** A policy of any of the languages we read, before its expressions are compiled. */
export interface PolicySource {
  readonly name: string;
  readonly kind: PolicyKind;
  readonly description?: string;
  readonly control?: string;
  readonly match: (subject: MatchSubject) => MatchResult;
  /**
   * Resources such as `deployments` whose pods the policy judges in place of the object itself: Kyverno
   * writes rules for pods and applies them to whatever makes pods.
   */
  readonly podControllers: readonly string[];
  readonly conditions: readonly NamedExpression[];
  readonly variables: readonly NamedExpression[];
  readonly validations: readonly ValidationSource[];
  /** Outcome where no binding is written. */
  readonly outcome: PolicyOutcome;
  readonly parameterKind?: {
    readonly apiVersion: string;
    readonly kind: string;
  };
  /** Where the policy itself names its parameters; of a ValidatingAdmissionPolicy the binding does. */
  readonly parameters?: ParameterReference;
  /** Whether a `ValidatingAdmissionPolicyBinding` may refine it. */
  readonly bindable: boolean;
}

/** A Kubernetes policy as a source. Throws on an outcome annotation that says nothing we know. */
export function sourceOfAdmissionPolicy({
  metadata,
  spec,
}: PolicyDocument): PolicySource {
  return {
    name: metadata.name,
    kind: 'ValidatingAdmissionPolicy',
    description: metadata.annotations?.['kubernetes.io/description'],
    control: metadata.annotations?.[CONTROL_ANNOTATION],
    match: subject => matchResources(spec.matchConstraints, subject),
    podControllers: [],
    conditions: spec.matchConditions ?? [],
    variables: spec.variables ?? [],
    validations: spec.validations,
    outcome: outcomeOfAnnotation(metadata.annotations) ?? 'deny',
    parameterKind: spec.paramKind,
    bindable: true,
  };
}

type ParamRef = NonNullable<BindingDocument['spec']['paramRef']>;

/** Kubernetes' and Kyverno's way to name parameters is the same. */
export function parameterReference({
  name,
  namespace,
  selector,
  parameterNotFoundAction,
}: ParamRef): ParameterReference {
  return {
    name,
    namespace,
    selector,
    whenMissing: parameterNotFoundAction === 'Allow' ? 'allow' : 'deny',
  };
}

/** What Kubernetes' `validationActions` come to; `denial` is what Deny means for this policy. */
export function outcomeOfActions(
  actions: readonly ('Deny' | 'Warn' | 'Audit')[],
  denial: PolicyOutcome,
): PolicyOutcome {
  return strongestOutcome(
    actions.map(action => {
      switch (action) {
        case 'Deny':
          return denial;
        case 'Warn':
          return 'warn';
        default:
          return 'audit';
      }
    }),
  );
}

/** Where several hold, the strictest decides. */
export function strongestOutcome(
  outcomes: readonly PolicyOutcome[],
): PolicyOutcome {
  return SEVERITY[
    Math.max(...outcomes.map(outcome => SEVERITY.indexOf(outcome)))
  ];
}

/** Each outcome once. */
export function strictestFirst(
  outcomes: readonly PolicyOutcome[],
): PolicyOutcome[] {
  return SEVERITY.filter(outcome => outcomes.includes(outcome)).reverse();
}

/** Throws on an annotation that says nothing we know. */
export function outcomeOfAnnotation(
  annotations: Record<string, string> | undefined,
): PolicyOutcome | undefined {
  const value = annotations?.[OUTCOME_ANNOTATION];
  if (value === undefined || value === 'require-approval') {
    return value;
  }
  throw new Error(
    `annotation ${OUTCOME_ANNOTATION} must be 'require-approval', not '${value}'`,
  );
}
