import { parseAllDocuments } from 'yaml';
import { z } from 'zod';
import {
  BindingDocument,
  bindingSchema,
  PolicyDocument,
  POLICY_GROUP,
  policySchema,
} from './policyDocuments';
import { PolicyFile } from './types';

const MAX_FILE_CHARACTERS = 1_000_000;
const SUPPORTED_VERSIONS = new Set(['v1', 'v1beta1']);

/** Kinds of other engines: a file that holds one means a rule, and a rule we cannot apply must not pass unseen. */
const FOREIGN_POLICY_GROUPS = new Set([
  'kyverno.io',
  'policies.kyverno.io',
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
      readonly document: PolicyDocument;
    }
  | {
      readonly kind: 'binding';
      readonly path: string;
      readonly document: BindingDocument;
    }
  | {
      readonly kind: 'failed';
      readonly path: string;
      readonly name?: string;
      readonly error: string;
    };

/**
 * Reads the policies and bindings of one file. Files that are not YAML or JSON by their name and objects
 * that are no policies are passed over; everything else that cannot be read is a `failed` entry.
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
  metadata: z.looseObject({ name: z.string().optional() }).optional(),
  items: z.array(z.unknown()).optional(),
});

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
  if (FOREIGN_POLICY_GROUPS.has(group)) {
    return [
      {
        kind: 'failed',
        path,
        name,
        error: `${kind} of ${group} is not supported; write a ValidatingAdmissionPolicy`,
      },
    ];
  }
  if (group !== POLICY_GROUP || IGNORED_KINDS.has(kind)) {
    return [];
  }
  if (!SUPPORTED_VERSIONS.has(version)) {
    return [
      {
        kind: 'failed',
        path,
        name,
        error: `${apiVersion} is not supported; use ${POLICY_GROUP}/v1`,
      },
    ];
  }
  if (kind === 'ValidatingAdmissionPolicy') {
    const policy = policySchema.safeParse(value);
    return policy.success
      ? [{ kind: 'policy', path, document: policy.data }]
      : [{ kind: 'failed', path, name, error: z.prettifyError(policy.error) }];
  }
  if (kind === 'ValidatingAdmissionPolicyBinding') {
    const binding = bindingSchema.safeParse(value);
    return binding.success
      ? [{ kind: 'binding', path, document: binding.data }]
      : [{ kind: 'failed', path, name, error: z.prettifyError(binding.error) }];
  }
  return [
    {
      kind: 'failed',
      path,
      name,
      error: `kind ${kind} does not exist in ${POLICY_GROUP}`,
    },
  ];
}
