import { CompiledExpression, PolicyEngine } from './engine';
import {
  MatchResources,
  OUTCOME_ANNOTATION,
  BindingDocument,
  PolicyDocument,
} from './policyDocuments';

export type FailureOutcome = 'deny' | 'require-approval' | 'warn' | 'audit';

const SEVERITY: readonly FailureOutcome[] = [
  'audit',
  'warn',
  'require-approval',
  'deny',
];

export interface CompiledBinding {
  readonly name: string;
  readonly matchResources?: MatchResources;
  readonly outcome: FailureOutcome;
}

export interface CompiledValidation {
  readonly source: string;
  readonly expression: CompiledExpression;
  readonly message?: string;
  readonly messageExpression?: CompiledExpression;
}

export interface CompiledPolicy {
  readonly name: string;
  readonly path: string;
  readonly description?: string;
  readonly match: MatchResources;
  readonly conditions: readonly {
    readonly name: string;
    readonly expression: CompiledExpression;
  }[];
  readonly variables: readonly {
    readonly name: string;
    readonly expression: CompiledExpression;
  }[];
  readonly validations: readonly CompiledValidation[];
  /** Outcome where no binding is written. */
  readonly outcome: FailureOutcome;
}

/**
 * Compiles every expression of a policy. Throws with the place of the mistake: a misspelt variable is
 * found here and not on somebody's change.
 */
export function compilePolicy(
  document: PolicyDocument,
  path: string,
  engine: PolicyEngine,
): CompiledPolicy {
  const { metadata, spec } = document;
  const names: string[] = [];
  const variables = (spec.variables ?? []).map(({ name, expression }) => {
    if (names.includes(name)) {
      throw new Error(`variable '${name}' is defined twice`);
    }
    const compiled = inPlace(`variable '${name}'`, () =>
      // Only those above are in reach, so there are no circles.
      engine.compile(expression, { variables: [...names], expected: 'any' }),
    );
    names.push(name);
    return { name, expression: compiled };
  });
  return {
    name: metadata.name,
    path,
    description: metadata.annotations?.['kubernetes.io/description'],
    match: spec.matchConstraints,
    conditions: (spec.matchConditions ?? []).map(({ name, expression }) => ({
      name,
      expression: inPlace(`match condition '${name}'`, () =>
        engine.compile(expression, { variables: [], expected: 'bool' }),
      ),
    })),
    variables,
    validations: spec.validations.map((validation, index) => ({
      source: validation.expression,
      message: validation.message,
      expression: inPlace(`validation ${index + 1}`, () =>
        engine.compile(validation.expression, {
          variables: names,
          expected: 'bool',
        }),
      ),
      messageExpression: validation.messageExpression
        ? inPlace(`message of validation ${index + 1}`, () =>
            engine.compile(validation.messageExpression!, {
              variables: names,
              expected: 'string',
            }),
          )
        : undefined,
    })),
    outcome: outcomeOfAnnotation(metadata.annotations) ?? 'deny',
  };
}

/** Throws on an outcome annotation that says nothing we know. */
export function compileBinding(
  document: BindingDocument,
  policyOutcome: FailureOutcome,
): CompiledBinding {
  const { metadata, spec } = document;
  const annotated = outcomeOfAnnotation(metadata.annotations);
  return {
    name: metadata.name,
    matchResources: spec.matchResources,
    outcome: strongestOutcome(
      spec.validationActions.map(action => {
        switch (action) {
          case 'Deny':
            return annotated ?? policyOutcome;
          case 'Warn':
            return 'warn';
          default:
            return 'audit';
        }
      }),
    ),
  };
}

/** Where several bindings hold, the strictest decides. */
export function strongestOutcome(
  outcomes: readonly FailureOutcome[],
): FailureOutcome {
  return SEVERITY[
    Math.max(...outcomes.map(outcome => SEVERITY.indexOf(outcome)))
  ];
}

function outcomeOfAnnotation(
  annotations: Record<string, string> | undefined,
): FailureOutcome | undefined {
  const value = annotations?.[OUTCOME_ANNOTATION];
  if (value === undefined || value === 'require-approval') {
    return value;
  }
  throw new Error(
    `annotation ${OUTCOME_ANNOTATION} must be 'require-approval', not '${value}'`,
  );
}

function inPlace<T>(place: string, compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    throw new Error(
      `${place}: ${error instanceof Error ? error.message : error}`,
    );
  }
}
