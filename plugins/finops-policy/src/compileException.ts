import { CompiledExpression, PolicyEngine } from './engine';
import {
  EXPIRES_ANNOTATION,
  PolicyExceptionDocument,
  REASON_ANNOTATION,
} from './kyvernoDocuments';
import { LoadedException } from './types';

export interface CompiledException extends LoadedException {
  readonly conditions: readonly CompiledExpression[];
}

/** Throws on a condition that does not compile. A date is the end of that day, in UTC. */
export function compileException(
  { metadata, spec }: PolicyExceptionDocument,
  path: string,
  engine: PolicyEngine,
): CompiledException {
  const { annotations } = metadata;
  const expires = annotations[EXPIRES_ANNOTATION] as string;
  return {
    name: metadata.name,
    path,
    policies: spec.policyRefs.map(({ name }) => name),
    reason: annotations[REASON_ANNOTATION] as string,
    expires: /T/.test(expires)
      ? new Date(expires)
      : new Date(Date.parse(expires) + 24 * 60 * 60 * 1000),
    conditions: spec.matchConditions.map(({ name, expression }) => {
      try {
        return engine.compile(expression, { variables: [], expected: 'bool' });
      } catch (error) {
        throw new Error(
          `match condition '${name}': ${
            error instanceof Error ? error.message : error
          }`,
        );
      }
    }),
  };
}

/** Whether an exception is about a policy; of a ClusterPolicy's rules all are meant. */
export function isAbout(exception: LoadedException, policy: string): boolean {
  return exception.policies.some(
    name => policy === name || policy.startsWith(`${name}/`),
  );
}
