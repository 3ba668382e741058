import { isScalar, parseDocument, Scalar } from 'yaml';
import type {
  PolicyValueChange,
  UpdatePolicyAction,
} from '@apexlogic/backstage-plugin-finops-common';
import type { ExpectedObject } from '../compareBuilds';
import { objectKey } from '../kubernetes/built';
import { BuiltWorkload, buildWorkloads } from '../kubernetes/buildWorkloads';
import { buildKustomizeGraph } from '../kubernetes/kustomizeGraph';
import type { ManifestObject } from '../kubernetes/manifestFile';
import type { RepositoryReader } from '../kubernetes/repositoryReader';
import { refuseFile } from '../plan';
import { rationaleFields, wantedRationale } from '../rationale';
import type { PlanRefusal, Rationale } from '../types';
import { pointerKeys } from '../yaml/leaves';
import type { WantedScalar } from '../yaml/mergeEdits';
import { plainOrQuoted } from '../yaml/scalarText';
import type { Draft, ObjectTarget, ReadFile } from './draft';
import { editObject, refOf } from './editObject';

/** Kinds that this action knows, by the group of their API. */
const POLICY_KINDS: Readonly<Record<string, readonly string[]>> = {
  'admissionregistration.k8s.io': [
    'ValidatingAdmissionPolicy',
    'ValidatingAdmissionPolicyBinding',
  ],
  'kyverno.io': ['ClusterPolicy', 'Policy'],
  'policies.kyverno.io': ['NamespacedValidatingPolicy', 'ValidatingPolicy'],
};

/** Parts of a policy that say what it applies to. */
const SCOPE_KEYS = [
  'exclude',
  'match',
  'matchConditions',
  'matchConstraints',
  'matchResources',
  'namespaceSelector',
  'objectSelector',
  'paramRef',
  'policyName',
];

interface PolicyTarget extends ObjectTarget {
  readonly action: UpdatePolicyAction;
}

/** Writes other values into a file of policies, each only where the file still says what it was decided on. */
export async function draftPolicyUpdate(
  { action }: PolicyTarget,
  rationale: Rationale,
  reader: RepositoryReader,
): Promise<Draft | PlanRefusal> {
  const { path, changes, allowScope = false } = action;
  const file = await reader.manifest(path);
  if (file?.kind !== 'manifest') {
    return refuseFile(path, file);
  }
  if (changes.length === 0) {
    return refuse('not-supported', 'No change of a value was asked for');
  }
  const byDocument = new Map<number, PolicyValueChange[]>();
  for (const change of changes) {
    const problem = problemOf(change, file, allowScope);
    if (problem) {
      return { ...problem, reason: `${path}: ${problem.reason}` };
    }
    byDocument.set(change.documentIndex, [
      ...(byDocument.get(change.documentIndex) ?? []),
      change,
    ]);
  }
  if (changes.every(({ from, to }) => from === to)) {
    return refuse('already-done', `${path} says so already`);
  }
  const edits = [];
  const fieldChanges = [];
  const objects = [];
  const builds = new Map<string, Map<string, ExpectedObject>>();
  for (const [documentIndex, wanted] of byDocument) {
    const object = policyAt(file, documentIndex)!;
    const edited = editObject(file, object, [
      {
        under: '',
        wanted: {
          kind: 'map',
          entries: [['metadata', wantedRationale(rationale)]],
        },
      },
      ...wanted.map(change => ({
        under: change.pointer,
        wanted: replacement(change, nodeAt(file, change)!),
      })),
    ]);
    if (edited.kind === 'refused') {
      return edited;
    }
    edits.push(...edited.edits);
    fieldChanges.push(...edited.changes);
    const deployed = await deployedFrom(file, object, reader);
    if (deployed.length === 0) {
      objects.push({ object: refOf(object) });
    }
    for (const built of deployed) {
      const kustomization = built.root!.path;
      objects.push({ object: refOf(built), kustomization });
      builds.set(
        kustomization,
        (builds.get(kustomization) ?? new Map()).set(objectKey(built), {
          kind: 'changed',
          fields: [
            ...wanted.map(change => ({
              pointer: namedPointer(object.plain, change.pointer),
              value: change.to,
            })),
            ...rationaleFields(rationale),
          ],
        }),
      );
    }
  }
  const first = policyAt(file, changes[0].documentIndex)!;
  return {
    kind: 'draft',
    path,
    object: refOf(first),
    files: [{ kind: 'edited', file, edits }],
    changes: fieldChanges,
    objects,
    notes: allowScope
      ? ['It may alter what the policies apply to: look at the scope too.']
      : [],
    builds,
    async lookAgain(changed) {
      const now = await changed.manifest(path);
      const missed =
        now?.kind === 'manifest'
          ? changes.find(change => nodeAt(now, change)?.value !== change.to)
          : changes[0];
      return missed && `${path} does not say ${missed.to} at ${missed.pointer}`;
    },
  };
}

function problemOf(
  { documentIndex, pointer, from, to }: PolicyValueChange,
  file: ReadFile,
  allowScope: boolean,
): PlanRefusal | undefined {
  const object = policyAt(file, documentIndex);
  if (!object) {
    return refuse(
      'not-supported',
      `document ${documentIndex} is not one policy of a kind that is known`,
    );
  }
  const keys = pointerKeys(pointer);
  if (keys[0] !== 'spec') {
    return refuse('not-supported', `${pointer} is not in its spec`);
  }
  const scope = keys.find(key => SCOPE_KEYS.includes(key));
  if (scope !== undefined && !allowScope) {
    return refuse(
      'not-supported',
      `${pointer} is part of what the policy applies to (${scope}), which this action must be allowed to change`,
    );
  }
  if (typeof from !== typeof to) {
    return refuse(
      'not-supported',
      `${pointer} would become a ${typeof to} instead of a ${typeof from}`,
    );
  }
  const node = nodeAt(file, { documentIndex, pointer });
  if (!node) {
    return refuse('value-not-found', `there is no single value at ${pointer}`);
  }
  return node.value === from
    ? undefined
    : refuse(
        'value-changed',
        `${pointer} says ${JSON.stringify(
          node.value,
        )}; the change was decided on for ${JSON.stringify(from)}`,
      );
}

function policyAt(
  file: ReadFile,
  documentIndex: number,
): ManifestObject | undefined {
  const found = file.objects.filter(
    object => object.documentIndex === documentIndex,
  );
  const [object] = found;
  return found.length === 1 &&
    object.pointer === '' &&
    POLICY_KINDS[object.apiVersion.split('/')[0]]?.includes(object.kind)
    ? object
    : undefined;
}

function nodeAt(
  file: ReadFile,
  {
    documentIndex,
    pointer,
  }: Pick<PolicyValueChange, 'documentIndex' | 'pointer'>,
): Scalar | undefined {
  const path = pointerKeys(pointer).map(key =>
    /^\d+$/.test(key) ? Number(key) : key,
  );
  const node = file.documents[documentIndex]?.getIn(path, true);
  return isScalar(node) ? node : undefined;
}

/** A text stays without quotes where it stood without and still can. */
function replacement({ to }: PolicyValueChange, node: Scalar): WantedScalar {
  if (typeof to !== 'string') {
    return { kind: 'scalar', value: to, restyle: () => String(to) };
  }
  const staysPlain =
    node.type === Scalar.PLAIN && !/[\n,[\]{}]/.test(to) && isPlainText(to);
  return staysPlain
    ? {
        kind: 'scalar',
        value: to,
        restyle: present => (present === to ? undefined : to),
      }
    : { kind: 'scalar', value: to, quoted: plainOrQuoted(to) !== to };
}

function isPlainText(text: string): boolean {
  const document = parseDocument(`key: ${text}`, { logLevel: 'silent' });
  return document.errors.length === 0 && document.get('key') === text;
}

/** Objects that kustomizations build from a document; none = it is deployed as it is written. */
async function deployedFrom(
  file: ReadFile,
  object: ManifestObject,
  reader: RepositoryReader,
): Promise<BuiltWorkload[]> {
  const graph = await buildKustomizeGraph(reader);
  const built: BuiltWorkload[] = [];
  for (const leaf of graph.leaves) {
    const objects = await buildWorkloads(leaf, object.kind, reader);
    built.push(
      ...objects.filter(
        ({ layers: [layer] }) =>
          layer.path === file.path &&
          layer.documentIndex === object.documentIndex,
      ),
    );
  }
  return built;
}

/** A pointer with list items by name, as a build is compared. */
function namedPointer(plain: unknown, pointer: string): string {
  let node: any = plain;
  let written = '';
  for (const key of pointerKeys(pointer)) {
    const isNamed =
      Array.isArray(node) &&
      node.every(item => typeof item?.name === 'string') &&
      new Set(node.map(item => item.name)).size === node.length;
    const step = isNamed ? `[${node[Number(key)].name}]` : key;
    written += `/${step.replaceAll('~', '~0').replaceAll('/', '~1')}`;
    node = node?.[key];
  }
  return written;
}

function refuse(code: PlanRefusal['code'], reason: string): PlanRefusal {
  return { kind: 'refused', code, reason };
}
