import { CompiledExpression, PolicyEngine } from './engine';
import { BindingDocument, MatchResources } from './policyDocuments';
import {
  outcomeOfActions,
  outcomeOfAnnotation,
  ParameterReference,
  parameterReference,
  PolicySource,
} from './policySource';
import { PolicyOutcome } from './types';

export interface CompiledBinding {
  readonly name: string;
  readonly matchResources?: MatchResources;
  readonly outcome: PolicyOutcome;
  readonly parameters?: ParameterReference;
}

export interface CompiledValidation {
  readonly source: string;
  readonly expression: CompiledExpression;
  readonly message?: string;
  readonly messageExpression?: CompiledExpression;
}

interface CompiledNamed {
  readonly name: string;
  readonly expression: CompiledExpression;
}

export interface CompiledPolicy
  extends Pick<
    PolicySource,
    | 'name'
    | 'kind'
    | 'description'
    | 'control'
    | 'match'
    | 'podControllers'
    | 'outcome'
    | 'parameterKind'
    | 'parameters'
    | 'bindable'
  > {
  readonly path: string;
  readonly conditions: readonly CompiledNamed[];
  readonly variables: readonly CompiledNamed[];
  readonly validations: readonly CompiledValidation[];
}

/** Names that mean something on a cluster with Kyverno, and nothing on a change plan. */
const CLUSTER_NAMES =
  /^Unknown variable: (images|resource|http|globalContext|image|user|generator|exceptions|authorizer)\b/;

/**
 * Compiles every expression of a policy. Throws with the place of the mistake: a misspelt variable is
 * found here and not on somebody's change.
 */
export function compilePolicy(
  source: PolicySource,
  path: string,
  engine: PolicyEngine,
): CompiledPolicy {
  const { conditions, variables, validations, ...policy } = source;
  const names = source.parameterKind ? ['params'] : [];
  const known: string[] = [];
  const compiledVariables = variables.map(({ name, expression }) => {
    if (known.includes(name)) {
      throw new Error(`variable '${name}' is defined twice`);
    }
    const compiled = inPlace(`variable '${name}'`, () =>
      // Only those above are in reach, so there are no circles.
      engine.compile(expression, {
        variables: [...known],
        names,
        expected: 'any',
      }),
    );
    known.push(name);
    return { name, expression: compiled };
  });
  return {
    ...policy,
    path,
    conditions: conditions.map(({ name, expression }) => ({
      name,
      expression: inPlace(`match condition '${name}'`, () =>
        engine.compile(expression, { variables: [], names, expected: 'bool' }),
      ),
    })),
    variables: compiledVariables,
    validations: validations.map((validation, index) => ({
      source: validation.expression,
      message: validation.message,
      expression: inPlace(`validation ${index + 1}`, () =>
        engine.compile(validation.expression, {
          variables: known,
          names,
          expected: 'bool',
        }),
      ),
      messageExpression: validation.messageExpression
        ? inPlace(`message of validation ${index + 1}`, () =>
            engine.compile(validation.messageExpression!, {
              variables: known,
              names,
              expected: 'string',
            }),
          )
        : undefined,
    })),
  };
}

/** Throws on an outcome annotation that says nothing we know. */
export function compileBinding(
  document: BindingDocument,
  policyOutcome: PolicyOutcome,
): CompiledBinding {
  const { metadata, spec } = document;
  const denial = outcomeOfAnnotation(metadata.annotations) ?? policyOutcome;
  return {
    name: metadata.name,
    matchResources: spec.matchResources,
    outcome: outcomeOfActions(spec.validationActions, denial),
    parameters: spec.paramRef && parameterReference(spec.paramRef),
  };
}

function inPlace<T>(place: string, compile: () => T): T {
  try {
    return compile();
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    const [, clusterName] = CLUSTER_NAMES.exec(message) ?? [];
    throw new Error(
      clusterName
        ? `${place}: \`${clusterName}\` asks a cluster or a registry, which a change plan does not have`
        : `${place}: ${message}`,
    );
  }
}
