import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import {
  BindingDocument,
  bindingSchema,
  POLICY_GROUP,
  policySchema,
} from './policyDocuments';
import {
  clusterPolicySchema,
  KYVERNO_GROUP,
  KYVERNO_LEGACY_GROUP,
  PolicyExceptionDocument,
  policyExceptionSchema,
  validatingPolicySchema,
} from './kyvernoDocuments';
import { PolicySource, sourceOfAdmissionPolicy } from './policySource';
import {
  sourceOfValidatingPolicy,
  sourcesOfClusterPolicy,
} from './sourceOfKyverno';
import { PolicyFile } from './types';

const MAX_FILE_CHARACTERS = 1_000_000;
const SUPPORTED_VERSIONS = new Set(['v1', 'v1beta1']);
const KYVERNO_VERSIONS = new Set(['v1', 'v1beta1', 'v1alpha1']);

/** Kinds of other engines: a file that holds one means a rule, and a rule we cannot apply must not pass unseen. */
const FOREIGN_POLICY_GROUPS = new Set([
  KYVERNO_LEGACY_GROUP,
  KYVERNO_GROUP,
  'templates.gatekeeper.sh',
  'constraints.gatekeeper.sh',
]);

/** Kinds of the same API group that are no rules about changes. */
const IGNORED_KINDS = new Set([
  'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding',
  'MutatingWebhookConfiguration',
  'ValidatingWebhookConfiguration',
]);

export type PolicyFileEntry =
  | {
      readonly kind: 'policy';
      readonly path: string;
      readonly source: PolicySource;
    }
  | {
      readonly kind: 'binding';
      readonly path: string;
      readonly document: BindingDocument;
    }
  | {
      readonly kind: 'exception';
      readonly path: string;
      readonly document: PolicyExceptionDocument;
    }
  | {
      /** No policy, but perhaps the parameters of one. */
      readonly kind: 'object';
      readonly path: string;
      readonly object: KubernetesObject;
    }
  | {
      readonly kind: 'failed';
      readonly path: string;
      readonly name?: string;
      readonly error: string;
    };

/**
 * Reads the policies and bindings of one file. Files that are not YAML or JSON by their name are passed over,
 * objects that are no policies are `object` entries; everything that cannot be read is a `failed` entry.
 */
export function readPolicyFile(file: PolicyFile): readonly PolicyFileEntry[] {
  const { path, text } = file;
  if (!/\.(ya?ml|json)$/i.test(path)) {
    return [];
  }
  if (text.length > MAX_FILE_CHARACTERS) {
    return [
      {
        kind: 'failed',
        path,
        error: `the file has more than ${MAX_FILE_CHARACTERS} characters`,
      },
    ];
  }
  const documents = parseAllDocuments(text);
  return documents.flatMap(document => {
    const [mistake] = [...document.errors, ...document.warnings];
    if (mistake) {
      return [{ kind: 'failed' as const, path, error: mistake.message }];
    }
    return readObject(document.toJS(), path);
  });
}

const anyObject = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z
    .looseObject({
      name: z.string().optional(),
      namespace: z.string().nullish(),
      labels: z.unknown().optional(),
    })
    .optional(),
  items: z.array(z.unknown()).optional(),
});

/** Any object of a file that may hold policies. */
export type KubernetesObject = z.output<typeof anyObject>;

function readObject(value: unknown, path: string): readonly PolicyFileEntry[] {
  if (value === undefined || value === null) {
    return [];
  }
  const parsed = anyObject.safeParse(value);
  if (!parsed.success) {
    return [
      {
        kind: 'failed',
        path,
        error: `not a Kubernetes object: ${z.prettifyError(parsed.error)}`,
      },
    ];
  }
  const { apiVersion, kind, metadata, items } = parsed.data;
  const name = metadata?.name;
  if (items && kind.endsWith('List')) {
    return items.flatMap(item => readObject(item, path));
  }
  const [version, group = ''] = apiVersion.split('/').reverse();
  const failed = (error: string) => [
    { kind: 'failed' as const, path, name, error },
  ];
  const readAs = <Document>(
    schema: z.ZodType<Document>,
    sourcesOf: (document: Document) => readonly PolicySource[],
  ): readonly PolicyFileEntry[] => {
    const document = schema.safeParse(value);
    if (!document.success) {
      return failed(z.prettifyError(document.error));
    }
    try {
      return sourcesOf(document.data).map(source => ({
        kind: 'policy',
        path,
        source,
      }));
    } catch (error) {
      return failed(error instanceof Error ? error.message : String(error));
    }
  };
  if (
    kind === 'ValidatingPolicy' &&
    group === KYVERNO_GROUP &&
    KYVERNO_VERSIONS.has(version)
  ) {
    return readAs(validatingPolicySchema, each => [
      sourceOfValidatingPolicy(each),
    ]);
  }
  if (
    kind === 'PolicyException' &&
    group === KYVERNO_GROUP &&
    KYVERNO_VERSIONS.has(version)
  ) {
    const exception = policyExceptionSchema.safeParse(value);
    return exception.success
      ? [{ kind: 'exception', path, document: exception.data }]
      : failed(z.prettifyError(exception.error));
  }
  if (
    kind === 'ClusterPolicy' &&
    group === KYVERNO_LEGACY_GROUP &&
    version === 'v1'
  ) {
    return readAs(clusterPolicySchema, sourcesOfClusterPolicy);
  }
  if (FOREIGN_POLICY_GROUPS.has(group)) {
    return failed(
      `${kind} of ${apiVersion} is not supported; write a ValidatingAdmissionPolicy or a ValidatingPolicy of Kyverno`,
    );
  }
  if (group !== POLICY_GROUP) {
    return [{ kind: 'object', path, object: parsed.data }];
  }
  if (IGNORED_KINDS.has(kind)) {
    return [];
  }
  if (!SUPPORTED_VERSIONS.has(version)) {
    return failed(`${apiVersion} is not supported; use ${POLICY_GROUP}/v1`);
  }
  if (kind === 'ValidatingAdmissionPolicy') {
    return readAs(policySchema, each => [sourceOfAdmissionPolicy(each)]);
  }
  if (kind === 'ValidatingAdmissionPolicyBinding') {
    const binding = bindingSchema.safeParse(value);
    return binding.success
      ? [{ kind: 'binding', path, document: binding.data }]
      : failed(z.prettifyError(binding.error));
  }
  return failed(`kind ${kind} does not exist in ${POLICY_GROUP}`);
}
