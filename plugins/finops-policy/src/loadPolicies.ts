import { createHash } from 'node:crypto';
import { Verdict } from '@apexlogic/backstage-plugin-finops-common';
import { CelJsEngine } from './celEngine';
import { ChangeSubject, readChangeSubject } from './changeSubject';
import {
  CompiledException,
  compileException,
  isAbout,
} from './compileException';
import {
  CompiledBinding,
  CompiledPolicy,
  compileBinding,
  compilePolicy,
} from './compilePolicy';
import { PolicyEngine } from './engine';
import { evaluatePolicy, Surroundings } from './evaluatePolicy';
import { strictestFirst } from './policySource';
import { PolicyFileEntry, readPolicyFile } from './readPolicyFile';
import {
  ChangedObject,
  EvaluationInput,
  FailedPolicy,
  PolicyFile,
  PolicySet,
} from './types';

/** @public */
export interface LoadPoliciesOptions {
  /** The CEL engine; {@link CelJsEngine} unless given. */
  readonly engine?: PolicyEngine;
}

interface BoundPolicy {
  readonly policy: CompiledPolicy;
  readonly bindings: readonly CompiledBinding[];
}

/**
 * Loads policies into a gate for change plans: Kubernetes `ValidatingAdmissionPolicy` with bindings and
 * parameters, Kyverno's `ValidatingPolicy` and the CEL rules of its `ClusterPolicy`.
 *
 * @remarks
 * It fails closed and never throws: what cannot be loaded is listed in `failed` and denies every plan;
 * a policy that fails while it runs denies with the cause `policy-error`, whatever its `failurePolicy`
 * says. Which outcome a failed rule has: see docs/policies.md.
 *
 * @example
 * ```ts
 * const policies = loadPolicies([{ path: 'replicas.yaml', text }]);
 * policies.evaluate({ objects, context }).filter(verdict => verdict.outcome === 'deny');
 * ```
 * @public
 */
export function loadPolicies(
  files: readonly PolicyFile[],
  options: LoadPoliciesOptions = {},
): PolicySet {
  const engine = options.engine ?? new CelJsEngine();
  const sorted = [...files].sort(
    (a, b) => compareTexts(a.path, b.path) || compareTexts(a.text, b.text),
  );
  const entries = sorted.flatMap(readEntries);
  const failed: FailedPolicy[] = entries.flatMap(entry =>
    entry.kind === 'failed'
      ? [{ path: entry.path, name: entry.name, error: entry.error }]
      : [],
  );
  const compiled = compileAll(entries, engine, failed);
  const bound = bindAll(compiled, entries, failed);
  const exceptions = compileExceptions(compiled, entries, engine, failed);
  const objects = entries.flatMap(entry =>
    entry.kind === 'object' ? [entry.object] : [],
  );
  return {
    policies: bound.map(({ policy, bindings }) => ({
      name: policy.name,
      path: policy.path,
      kind: policy.kind,
      description: policy.description,
      control: policy.control,
      outcomes: strictestFirst(
        bindings.length > 0
          ? bindings.map(({ outcome }) => outcome)
          : [policy.outcome],
      ),
    })),
    failed,
    exceptions: exceptions.map(({ name, path, policies, reason, expires }) => ({
      name,
      path,
      policies,
      reason,
      expires,
    })),
    version: versionOf(sorted),
    evaluate: input =>
      evaluateAll(
        bound,
        failed,
        { objects, exceptions, now: input.now ?? new Date() },
        input,
      ),
  };
}

function readEntries(file: PolicyFile): readonly PolicyFileEntry[] {
  try {
    return readPolicyFile(file);
  } catch (error) {
    return [{ kind: 'failed', path: file.path, error: messageOf(error) }];
  }
}

function compileAll(
  entries: readonly PolicyFileEntry[],
  engine: PolicyEngine,
  failed: FailedPolicy[],
): readonly CompiledPolicy[] {
  const policies = new Map<string, CompiledPolicy>();
  for (const entry of entries) {
    if (entry.kind !== 'policy') {
      continue;
    }
    const { path, source } = entry;
    const { name } = source;
    const other = policies.get(name);
    if (other) {
      failed.push({
        path,
        name,
        error: `a policy of this name is already in ${other.path}`,
      });
      continue;
    }
    try {
      policies.set(name, compilePolicy(source, path, engine));
    } catch (error) {
      failed.push({ path, name, error: messageOf(error) });
    }
  }
  return [...policies.values()];
}

function bindAll(
  policies: readonly CompiledPolicy[],
  entries: readonly PolicyFileEntry[],
  failed: FailedPolicy[],
): readonly BoundPolicy[] {
  const bound = new Map(
    policies.map(policy => [
      policy.name,
      { policy, bindings: [] as CompiledBinding[] },
    ]),
  );
  for (const entry of entries) {
    if (entry.kind !== 'binding') {
      continue;
    }
    const { path, document } = entry;
    const { name } = document.metadata;
    const target = bound.get(document.spec.policyName);
    if (!target?.policy.bindable) {
      failed.push({
        path,
        name,
        error: `it binds ValidatingAdmissionPolicy '${document.spec.policyName}', which no file holds`,
      });
      continue;
    }
    if (document.spec.paramRef && !target.policy.parameterKind) {
      failed.push({
        path,
        name,
        error: `it gives parameters to '${target.policy.name}', which has no paramKind`,
      });
      continue;
    }
    try {
      target.bindings.push(compileBinding(document, target.policy.outcome));
    } catch (error) {
      failed.push({ path, name, error: messageOf(error) });
    }
  }
  return [...bound.values()];
}

function compileExceptions(
  policies: readonly CompiledPolicy[],
  entries: readonly PolicyFileEntry[],
  engine: PolicyEngine,
  failed: FailedPolicy[],
): readonly CompiledException[] {
  return entries.flatMap(entry => {
    if (entry.kind !== 'exception') {
      return [];
    }
    const { path, document } = entry;
    const { name } = document.metadata;
    try {
      const exception = compileException(document, path, engine);
      const unknown = exception.policies.find(
        each =>
          !policies.some(policy =>
            isAbout({ ...exception, policies: [each] }, policy.name),
          ),
      );
      if (unknown !== undefined) {
        throw new Error(`it excepts from '${unknown}', which no file holds`);
      }
      return [exception];
    } catch (error) {
      failed.push({ path, name, error: messageOf(error) });
      return [];
    }
  });
}

function evaluateAll(
  bound: readonly BoundPolicy[],
  failed: readonly FailedPolicy[],
  surroundings: Surroundings,
  input: EvaluationInput,
): readonly Verdict[] {
  const broken = failed.map(({ name, path, error }) =>
    policyError(
      name ?? path,
      `the policy in ${path} could not be loaded: ${error}`,
    ),
  );
  try {
    return [
      ...broken,
      ...input.objects.flatMap(changed =>
        evaluateObject(bound, surroundings, changed, input),
      ),
    ];
  } catch (error) {
    // Reached only by an input that is not even of its type.
    return [
      ...broken,
      policyError('input', `the change could not be read: ${describe(error)}`),
    ];
  }
}

function evaluateObject(
  bound: readonly BoundPolicy[],
  surroundings: Surroundings,
  changed: ChangedObject,
  input: EvaluationInput,
): readonly Verdict[] {
  const { path } = changed;
  let subject: ChangeSubject;
  try {
    subject = readChangeSubject(changed, input);
  } catch (error) {
    const message = `the changed object in ${path} could not be read: ${describe(
      error,
    )}`;
    return bound.map(({ policy }) => policyError(policy.name, message, path));
  }
  return bound.flatMap(({ policy, bindings }) => {
    try {
      return evaluatePolicy(policy, bindings, subject, path, surroundings);
    } catch (error) {
      return [
        policyError(
          policy.name,
          `${subject.label}: policy error: ${describe(error)}`,
          path,
        ),
      ];
    }
  });
}

function policyError(policy: string, message: string, path?: string): Verdict {
  return { policy, outcome: 'deny', cause: 'policy-error', message, path };
}

/** Every file counts with its length, so that no two sets of files look alike. */
function versionOf(files: readonly PolicyFile[]): string {
  const hash = createHash('sha256');
  for (const { path, text } of files) {
    hash.update(`${path.length}:${path}${text.length}:${text}`);
  }
  return hash.digest('hex');
}

function compareTexts(a: string, b: string): number {
  if (a === b) {
    return 0;
  }
  return a < b ? -1 : 1;
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** What was thrown may come from an accessor of the input and be anything. */
function describe(error: unknown): string {
  try {
    return messageOf(error);
  } catch {
    return 'unknown error';
  }
}
