import { posix } from 'node:path';
import { parse, parseAllDocuments } from 'yaml';
import type {
  FieldChange,
  ObjectRef,
} from '@apexlogic/backstage-plugin-finops-common';
import { ExpectedObject } from '../compareBuilds';
import { objectKey } from '../kubernetes/built';
import {
  BuiltWorkload,
  buildWorkloads,
  plainWorkloads,
} from '../kubernetes/buildWorkloads';
import { CLAIM_KIND, podLabelsPath } from '../kubernetes/desiredState';
import {
  isKustomizationPath,
  Kustomization,
} from '../kubernetes/kustomization';
import { KustomizeGraph } from '../kubernetes/kustomizeGraph';
import { ManifestFile, objectAt } from '../kubernetes/manifestFile';
import type { RepositoryReader } from '../kubernetes/repositoryReader';
import {
  ResolvedWorkload,
  resolveWorkload,
} from '../kubernetes/resolveWorkload';
import { refuseFile } from '../plan';
import { listed } from '../proofChecks';
import { singleLine } from '../rationale';
import type { PlanRefusal, Rationale } from '../types';
import { deployersOf } from './controllers';
import type { Draft, DraftFile, ObjectTarget, ReadFile } from './draft';
import { kustomizationRef, namePatch } from './kustomizationEdits';
import { Neighbour, neighboursOf, statementsOf } from './neighbours';
import { Referred, referencesIn } from './references';
import { removeDocument } from './removeDocument';
import { removeListEntry } from './removeListEntry';
import { selectorsOf, selects } from './selectors';
import { wholeObject } from './wholeObject';

/** Kinds without a namespace, of those that repositories often hold. */
const CLUSTER_KINDS = [
  'APIService',
  'ClusterIssuer',
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'GatewayClass',
  'IngressClass',
  'MutatingWebhookConfiguration',
  'Namespace',
  'PersistentVolume',
  'PriorityClass',
  'RuntimeClass',
  'StorageClass',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
];

/**
 * Takes an object out of the files: its document, or its file where that holds nothing else, with the entry
 * in the kustomization that names it. Refused while anything in the repository still refers to it. In a
 * base that others deploy too it stays, and the overlay gets a patch that deletes it.
 */
export async function draftRemoval(
  target: ObjectTarget,
  rationale: Rationale,
  reader: RepositoryReader,
): Promise<Draft | PlanRefusal> {
  const { workload, path } = target;
  if (CLUSTER_KINDS.includes(workload.kind)) {
    return refuse(
      'not-supported',
      `A ${workload.kind} belongs to the whole cluster, which one repository does not show`,
    );
  }
  const resolved = await resolveWorkload({ workload, path }, reader);
  if (resolved.kind !== 'resolved') {
    return refuse(
      resolved.kind === 'ambiguous'
        ? 'ambiguous'
        : resolved.code ?? 'not-managed',
      resolved.reason,
    );
  }
  const { layers, kind, name } = resolved.workload;
  const [resource] = layers;
  const file = await reader.manifest(resource.path);
  if (file?.kind !== 'manifest') {
    return refuseFile(resource.path, file);
  }
  const isShared =
    !target.allowSharedBase && resolved.usersOf(resource).size > 1;
  const references = [
    ...(await referrers(target, resolved, file, reader)),
    ...(await patchReferrers(target, resolved, reader)),
    ...(isShared ? [] : await kustomizeReferrers(resolved, reader)),
  ];
  if (references.length > 0) {
    return refuse(
      'not-supported',
      `${kind} ${name} is still used: ${listed(references)}`,
    );
  }
  return isShared
    ? draftDeletionPatch(target, resolved, rationale, file, reader)
    : draftDeletion(target, resolved, file, reader);
}

async function draftDeletion(
  target: ObjectTarget,
  resolved: ResolvedWorkload,
  file: ReadFile,
  reader: RepositoryReader,
): Promise<Draft | PlanRefusal> {
  const { workload } = resolved;
  const { documentIndex, pointer } = workload.layers[0];
  if (pointer !== '') {
    return refuse(
      'not-supported',
      `${file.path} holds it in a List; take the item out by hand`,
    );
  }
  const removal = removeDocument(file, documentIndex);
  if (removal.kind === 'not-supported') {
    return refuse('not-supported', removal.reason);
  }
  const inFile = objectAt(file, documentIndex, pointer)!;
  const object: ObjectRef = {
    apiVersion: inFile.apiVersion,
    kind: inFile.kind,
    namespace: inFile.namespace,
    name: inFile.name,
  };
  const files: DraftFile[] = [
    removal.kind === 'whole-file'
      ? { kind: 'deleted', file }
      : {
          kind: 'edited',
          file,
          edits: [removal.edit],
          removedDocument: documentIndex,
        },
  ];
  const changes: FieldChange[] = wholeObject(
    'before',
    { path: file.path, documentIndex, object },
    inFile.plain,
  );
  if (removal.kind === 'whole-file') {
    for (const owner of resolved.graph.ownersOf(file.path)) {
      const unnamed = await unnameFile(owner, file.path, reader);
      if (unnamed.kind === 'refused') {
        return unnamed;
      }
      files.push(unnamed.file);
      changes.push(...unnamed.changes);
    }
  }
  return removalDraft(target, resolved, { files, changes }, reader);
}

/** Takes a file out of the resources of a kustomization. */
async function unnameFile(
  directory: string,
  path: string,
  reader: RepositoryReader,
): Promise<
  | {
      readonly kind: 'unnamed';
      readonly file: DraftFile;
      readonly changes: readonly FieldChange[];
    }
  | PlanRefusal
> {
  const kustomization = (await reader.kustomization(directory))!;
  const file = await reader.manifest(kustomization.path);
  if (file?.kind !== 'manifest') {
    return refuseFile(kustomization.path, file);
  }
  const entry = removeListEntry(
    file,
    'resources',
    value => posix.join(directory, value) === path,
  );
  return entry
    ? {
        kind: 'unnamed',
        file: { kind: 'edited', file, edits: [entry.edit] },
        changes: entry.changes.map(change => ({
          path: kustomization.path,
          documentIndex: 0,
          object: kustomizationRef(kustomization.path),
          ...change,
        })),
      }
    : refuse(
        'not-supported',
        `${kustomization.path} names ${path} in a way that cannot be taken out alone, or builds nothing else`,
      );
}

/** A patch in the deployed kustomization that takes the object out there only. */
async function draftDeletionPatch(
  target: ObjectTarget,
  resolved: ResolvedWorkload,
  rationale: Rationale,
  file: ReadFile,
  reader: RepositoryReader,
): Promise<Draft | PlanRefusal> {
  const { workload } = resolved;
  const root = workload.root!;
  const path = posix.join(
    root.directory,
    `finops-remove-${workload.kind.toLowerCase()}-${workload.name}.yaml`,
  );
  if (reader.paths.has(path)) {
    return refuse('not-supported', `${path} is there already`);
  }
  const { namePrefix, nameSuffix } = root;
  const name = workload.name.slice(
    namePrefix.length,
    workload.name.length - nameSuffix.length,
  );
  const { apiVersion } = objectAt(
    file,
    workload.layers[0].documentIndex,
    workload.layers[0].pointer,
  )!;
  const text = [
    `# Taken out of this deployment alone; others share the base. ${singleLine(
      rationale.reason,
    )}`,
    `apiVersion: ${apiVersion}`,
    `kind: ${workload.kind}`,
    'metadata:',
    `  name: ${name}`,
    '$patch: delete',
    '',
  ].join('\n');
  const named = await namePatch(
    root,
    path,
    { kind: workload.kind, name },
    reader,
  );
  if (named.kind === 'refused') {
    return named;
  }
  const object = { apiVersion, kind: workload.kind, name };
  return removalDraft(
    target,
    resolved,
    {
      files: [{ kind: 'created', path, text }, named.file],
      changes: [
        ...wholeObject(
          'after',
          { path, documentIndex: 0, object },
          parse(text) as unknown,
        ),
        ...named.changes,
      ],
    },
    reader,
  );
}

async function removalDraft(
  { repository }: ObjectTarget,
  resolved: ResolvedWorkload,
  { files, changes }: Pick<Draft, 'files' | 'changes'>,
  reader: RepositoryReader,
): Promise<Draft> {
  const { workload } = resolved;
  const { apiVersion, kind, namespace, name, root, layers } = workload;
  const object: ObjectRef = { apiVersion, kind, namespace, name };
  const expected: ExpectedObject = { kind: 'removed', fields: [] };
  const deployers = await deployersOf(workload, repository, reader);
  return {
    kind: 'draft',
    path: layers[0].path,
    object,
    files,
    changes,
    objects: [{ object, kustomization: root?.path, presence: 'removed' }],
    notes: [
      ...(kind === CLAIM_KIND
        ? [
            'With the claim its volume goes, and the data on it, unless the volume is to be retained.',
          ]
        : []),
      ...deployers
        .filter(({ prunes }) => !prunes)
        .map(
          ({ object: deployer }) =>
            `${deployer.kind} ${deployer.name} does not prune: the object stays in the cluster until somebody deletes it.`,
        ),
    ],
    builds: new Map(
      root ? [[root.path, new Map([[objectKey(object), expected]])]] : [],
    ),
    async lookAgain(changed) {
      // Elsewhere an object of the same name may well remain.
      const left = root
        ? await buildWorkloads(root.directory, kind, changed)
        : plainOf(await changed.manifest(layers[0].path), kind);
      return left.some(
        other => other.name === name && other.namespace === namespace,
      )
        ? `${kind} ${name} is still found`
        : undefined;
    },
  };
}

function plainOf(
  file: ManifestFile | undefined,
  kind: string,
): readonly BuiltWorkload[] {
  return file ? plainWorkloads(file, kind) : [];
}

/** Who names the object, or selects its pods. */
async function referrers(
  { workload, path }: ObjectTarget,
  resolved: ResolvedWorkload,
  file: ReadFile,
  reader: RepositoryReader,
): Promise<string[]> {
  const { apiVersion, kind, name, namespace, layers } = resolved.workload;
  const wanted: Referred = {
    apiVersion,
    kind,
    name,
    namespace: namespace ?? workload.namespace,
  };
  const own = objectAt(file, layers[0].documentIndex, layers[0].pointer)!;
  const neighbours = await neighboursOf(
    resolved,
    wanted.namespace,
    path,
    reader,
  );
  return neighbours.flatMap(neighbour => {
    const pointers = neighbour.says.flatMap(plain =>
      referencesIn(withoutMetadata(plain), wanted),
    );
    const at =
      pointers[0] ??
      (selectsIt(neighbour, own.plain, kind) ? 'its selector' : undefined);
    return at === undefined
      ? []
      : [`${neighbour.built.kind} ${neighbour.built.name} (${at})`];
  });
}

/** Metadata names the object itself, and what kubectl remembers of an earlier apply says everything twice. */
function withoutMetadata(content: unknown): unknown {
  if (typeof content !== 'object' || Array.isArray(content)) {
    return content;
  }
  return { ...content, metadata: undefined };
}

/** A Service, a budget or a monitor without anything to select does nothing. */
function selectsIt(
  { says }: Neighbour,
  plain: Readonly<Record<string, unknown>>,
  kind: string,
): boolean {
  const path = podLabelsPath(kind) ?? ['metadata', 'labels'];
  const labels = path.reduce<unknown>(
    (node, key) => (node as Record<string, unknown> | undefined)?.[key],
    plain,
  );
  const carried = Object.fromEntries(
    Object.entries(labels ?? {}).filter(
      ([, value]) => typeof value === 'string',
    ),
  ) as Record<string, string>;
  const selectable = podLabelsPath(kind) !== undefined || kind === 'Service';
  return (
    selectable &&
    says.some(
      statement =>
        // Monitors select Services; what else selects, selects pods.
        (kind !== 'Service' || String(statement.kind).endsWith('Monitor')) &&
        (kind === 'Service' || statement.kind !== 'ServiceMonitor') &&
        selectorsOf(statement).some(selector => selects(selector, carried)),
    )
  );
}

/** Folders of the kustomizations that a deployed one is built from, itself included. */
function chainOf(
  root: Kustomization,
  graph: KustomizeGraph,
  reader: RepositoryReader,
): string[] {
  return [...reader.paths]
    .filter(isKustomizationPath)
    .map(path => posix.dirname(path))
    .filter(directory => graph.leavesOver(directory).has(root.directory));
}

/** Patches of other objects that bring in a reference: inline and JSON patches are no statements of an object. */
async function patchReferrers(
  { workload: { namespace } }: ObjectTarget,
  { workload, graph }: ResolvedWorkload,
  reader: RepositoryReader,
): Promise<string[]> {
  const { apiVersion, kind, names, root } = workload;
  const found = new Set<string>();
  for (const directory of root ? chainOf(root, graph, reader) : []) {
    const kustomization = await reader.kustomization(directory);
    for (const { path, inline } of kustomization?.patches ?? []) {
      const text = path === undefined ? inline : await reader.text(path);
      const isReferrer = parseAllDocuments(text ?? '', { logLevel: 'silent' })
        .map(document => document.toJS() as unknown)
        .some(content =>
          names.some(
            name =>
              referencesIn(withoutMetadata(content), {
                apiVersion,
                kind,
                name,
                namespace: workload.namespace ?? namespace,
              }).length > 0,
          ),
        );
      if (isReferrer) {
        found.add(`a patch of ${path ?? kustomization!.path}`);
      }
    }
  }
  return [...found];
}

/** Patches, counts and image names of the kustomizations that mean this object. */
async function kustomizeReferrers(
  resolved: ResolvedWorkload,
  reader: RepositoryReader,
): Promise<string[]> {
  const { workload, graph } = resolved;
  const { root, layers, kind, names, apiVersion, namespace } = workload;
  if (!root) {
    return [];
  }
  const found = layers
    .slice(1)
    .map(({ role, path }) =>
      role === 'patch' ? `the patch ${path}` : `replicas in ${path}`,
    );
  const chain = chainOf(root, graph, reader);
  for (const directory of chain) {
    const kustomization = await reader.kustomization(directory);
    const text = kustomization && (await reader.text(kustomization.path));
    const content: unknown = text === undefined ? undefined : parse(text);
    const pointers = names.flatMap(name =>
      referencesIn(content, {
        apiVersion,
        kind,
        name,
        namespace: namespace ?? '',
      }),
    );
    // A patch of its own was listed with its file.
    found.push(
      ...pointers
        .filter(pointer => !pointer.startsWith('/patches'))
        .map(pointer => `${kustomization!.path} at ${pointer}`),
    );
  }
  found.push(...(await leftImages(resolved, chain, reader)));
  return [...new Set(found)];
}

/** Image names that the kustomizations change and that nothing else has. */
async function leftImages(
  { workload }: ResolvedWorkload,
  chain: readonly string[],
  reader: RepositoryReader,
): Promise<string[]> {
  const own = imagesOf(await statementsOf(workload, reader));
  if (own.size === 0) {
    return [];
  }
  const built = await buildWorkloads(
    workload.root!.directory,
    undefined,
    reader,
  );
  const others = built.filter(
    ({ kind, name }) => kind !== workload.kind || name !== workload.name,
  );
  const used = imagesOf(
    (
      await Promise.all(others.map(other => statementsOf(other, reader)))
    ).flat(),
  );
  const found: string[] = [];
  for (const directory of chain) {
    const kustomization = await reader.kustomization(directory);
    for (const name of kustomization?.images ?? []) {
      if (own.has(name) && !used.has(name)) {
        found.push(`the image ${name} in ${kustomization!.path}`);
      }
    }
  }
  return found;
}

/** Names of the images of containers, without tag and digest. */
function imagesOf(statements: readonly unknown[]): Set<string> {
  const names = new Set<string>();
  const collect = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) {
      return;
    }
    for (const [key, value] of Object.entries(node)) {
      if (key === 'image' && typeof value === 'string') {
        names.add(value.replace(/@.*$/, '').replace(/:[^/]*$/, ''));
      } else {
        collect(value);
      }
    }
  };
  collect(statements);
  return names;
}

function refuse(code: PlanRefusal['code'], reason: string): PlanRefusal {
  return { kind: 'refused', code, reason };
}
