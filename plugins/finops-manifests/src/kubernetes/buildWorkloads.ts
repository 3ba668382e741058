import { isSeq } from 'yaml';
import { z } from 'zod';
import { DesiredState, podSpecPath, readDesiredState } from './desiredState';
import {
  Kustomization,
  KustomizePatch,
  KustomizeSelector,
} from './kustomization';
import {
  ManifestFile,
  ManifestObject,
  parseManifestFile,
} from './manifestFile';
import type { RepositoryReader } from './repositoryReader';

/** One place that says something about a workload. */
export interface Layer {
  readonly role: 'resource' | 'patch' | 'replicas-entry';
  readonly path: string;
  readonly documentIndex: number;
  /** Of the object, or of the entry, in its document. */
  readonly pointer: string;
  /** Folder of the kustomization that brings it in; undefined for a plain file. */
  readonly directory?: string;
  readonly state: DesiredState;
  /** What it says as plain data: the object, a part of it, or the operations of a JSON patch. */
  readonly plain?: unknown;
  /** Set when the layer cannot be edited for this workload alone, with the reason. */
  readonly fixed?: string;
  /** A JSON patch: it may set these, and what it sets is not read. */
  readonly opaque?: {
    readonly replicas: boolean;
    readonly resources: boolean;
    readonly autoscaler: boolean;
    readonly claim: boolean;
    readonly labels: boolean;
  };
}

/** A workload as the files build it. */
export interface BuiltWorkload {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  /** Names it had on the way, the last one included: patches may use any of them. */
  readonly names: readonly string[];
  /** Farthest first: the resource, then what is laid over it. */
  readonly layers: readonly Layer[];
  /** Kustomization that builds it; undefined for a plain file. */
  readonly root?: Kustomization;
}

const jsonPatchSchema = z.array(
  z.looseObject({ op: z.string(), path: z.string() }),
);

const CLAIM_FIELDS = [
  '/spec/resources/requests/storage',
  '/spec/storageClassName',
];
const LABEL_FIELDS = ['/metadata/labels', '/spec/template/metadata/labels'];

/** Kinds that `replicas:` of a kustomization scales. */
const REPLICATED_KINDS = [
  'Deployment',
  'ReplicaSet',
  'ReplicationController',
  'StatefulSet',
];

/** Workloads of one kind (of any unless told) that a plain file holds. */
export function plainWorkloads(
  file: ManifestFile,
  kind?: string,
): BuiltWorkload[] {
  return file.kind === 'manifest'
    ? file.objects
        .filter(object => kind === undefined || object.kind === kind)
        .map(object => resourceOf(file.path, object, undefined))
    : [];
}

/**
 * Workloads of one kind (undefined = of any) that a kustomization builds, with every layer that shapes them.
 */
export async function buildWorkloads(
  directory: string,
  kind: string | undefined,
  reader: RepositoryReader,
): Promise<BuiltWorkload[]> {
  const root = await reader.kustomization(directory);
  const built = await build(directory, []);
  return built.map(workload => ({ ...workload, root }));

  async function build(
    folder: string,
    stack: readonly string[],
  ): Promise<BuiltWorkload[]> {
    const kustomization = stack.includes(folder)
      ? undefined
      : await reader.kustomization(folder);
    return kustomization
      ? accumulate(kustomization, [], [...stack, folder])
      : [];
  }

  async function accumulate(
    kustomization: Kustomization,
    inherited: readonly BuiltWorkload[],
    stack: readonly string[],
  ): Promise<BuiltWorkload[]> {
    let workloads = [...inherited];
    for (const base of kustomization.bases) {
      workloads.push(...(await build(base, stack)));
    }
    for (const path of kustomization.resourceFiles) {
      const file = await manifestOfKind(path, kind, reader);
      if (file?.kind === 'manifest') {
        const objects = file.objects.filter(
          object => kind === undefined || object.kind === kind,
        );
        workloads.push(
          ...objects.map(object =>
            resourceOf(path, object, kustomization.directory),
          ),
        );
      }
    }
    for (const directoryOfComponent of kustomization.components) {
      const component = stack.includes(directoryOfComponent)
        ? undefined
        : await reader.kustomization(directoryOfComponent);
      if (component) {
        workloads = await accumulate(component, workloads, [
          ...stack,
          directoryOfComponent,
        ]);
      }
    }
    for (const patch of kustomization.patches) {
      workloads = await applyPatch(kustomization, patch, workloads, reader);
    }
    return workloads
      .map(workload => rename(kustomization, workload))
      .map(workload => scale(kustomization, workload));
  }
}

/** The parsed file, or undefined without parsing when its text cannot hold an object of the kind. */
export async function manifestOfKind(
  path: string,
  kind: string | undefined,
  reader: RepositoryReader,
): Promise<ManifestFile | undefined> {
  const text = await reader.text(path);
  return text === undefined || kind === undefined || text.includes(kind)
    ? reader.manifest(path)
    : undefined;
}

function resourceOf(
  path: string,
  object: ManifestObject,
  directory: string | undefined,
): BuiltWorkload {
  const { apiVersion, kind, name, namespace, documentIndex, pointer } = object;
  const state = readDesiredState(kind, object.plain);
  return {
    apiVersion,
    kind,
    name,
    namespace,
    names: [name],
    layers: [
      {
        role: 'resource',
        path,
        documentIndex,
        pointer,
        directory,
        state,
        plain: object.plain,
      },
    ],
  };
}

async function applyPatch(
  kustomization: Kustomization,
  patch: KustomizePatch,
  workloads: readonly BuiltWorkload[],
  reader: RepositoryReader,
): Promise<BuiltWorkload[]> {
  const { directory } = kustomization;
  const path = patch.path ?? kustomization.path;
  const file = patch.path
    ? await reader.manifest(patch.path)
    : parseManifestFile(path, new TextEncoder().encode(patch.inline ?? ''));
  if (file?.kind !== 'manifest') {
    return [...workloads];
  }
  const inlineReason = patch.path
    ? undefined
    : `it is written inline in ${kustomization.path}`;
  const { target } = patch;

  if (isSeq(file.documents[0]?.contents)) {
    const operations = jsonPatchSchema.safeParse(file.documents[0].toJS());
    const pointers = operations.success
      ? operations.data.map(operation => operation.path)
      : [''];
    return workloads.map(workload =>
      target && selects(target, workload)
        ? withLayer(workload, {
            role: 'patch',
            path,
            documentIndex: 0,
            pointer: '',
            directory,
            state: { containers: [] },
            plain: operations.success ? operations.data : [],
            fixed: `${path} is a JSON patch`,
            opaque: {
              replicas: pointers.some(pointer =>
                '/spec/replicas'.startsWith(pointer),
              ),
              resources: pointers.some(pointer =>
                mayTouchResources(pointer, workload.kind),
              ),
              autoscaler: pointers.some(pointer => mayTouchAutoscaler(pointer)),
              claim: pointers.some(pointer => mayTouch(pointer, CLAIM_FIELDS)),
              labels: pointers.some(pointer => mayTouch(pointer, LABEL_FIELDS)),
            },
          })
        : workload,
    );
  }

  let result = [...workloads];
  for (const object of file.objects) {
    const matches = (workload: BuiltWorkload) =>
      target
        ? selects(target, workload)
        : object.kind === workload.kind &&
          workload.names.includes(object.name) &&
          (object.namespace === undefined ||
            workload.namespace === undefined ||
            object.namespace === workload.namespace);
    const matched = result.filter(matches).length;
    const reachesMore =
      target !== undefined && (matched > 1 || !isExact(target, result.length));
    const fixed = reachesMore
      ? 'its target may select other objects too'
      : inlineReason;
    // A deletion by a pattern is not trusted to mean this object; the rendered proof tells.
    const isDeletion = object.plain.$patch === 'delete' && !reachesMore;
    result = result.flatMap(workload => {
      if (!matches(workload)) {
        return [workload];
      }
      return isDeletion
        ? []
        : [
            withLayer(workload, {
              role: 'patch',
              path,
              documentIndex: object.documentIndex,
              pointer: object.pointer,
              directory,
              state: readDesiredState(workload.kind, object.plain),
              plain: object.plain,
              fixed,
            }),
          ];
    });
  }
  return result;
}

function rename(
  kustomization: Kustomization,
  workload: BuiltWorkload,
): BuiltWorkload {
  const { namePrefix, nameSuffix } = kustomization;
  const lengthened = (name: string) => `${namePrefix}${name}${nameSuffix}`;
  const name = lengthened(workload.name);
  return {
    ...workload,
    name,
    layers: workload.layers.map(layer => renameScaled(layer, lengthened)),
    names: workload.names.includes(name)
      ? workload.names
      : [...workload.names, name],
    namespace: kustomization.namespace ?? workload.namespace,
  };
}

/** Kustomize renames what an object refers to along with it. */
function renameScaled(
  layer: Layer,
  lengthened: (name: string) => string,
): Layer {
  const { state } = layer;
  const scales = state.autoscaler?.scales;
  return scales
    ? {
        ...layer,
        state: {
          ...state,
          autoscaler: {
            ...state.autoscaler,
            scales: { ...scales, name: lengthened(scales.name) },
          },
        },
      }
    : layer;
}

function scale(
  kustomization: Kustomization,
  workload: BuiltWorkload,
): BuiltWorkload {
  const entries = kustomization.replicas.filter(({ name }) =>
    workload.names.includes(name),
  );
  return REPLICATED_KINDS.includes(workload.kind)
    ? entries.reduce(
        (scaled, { index, count }) =>
          withLayer(scaled, {
            role: 'replicas-entry',
            path: kustomization.path,
            documentIndex: 0,
            pointer: `/replicas/${index}`,
            directory: kustomization.directory,
            state: {
              replicas: typeof count === 'number' ? count : undefined,
              containers: [],
            },
          }),
        workload,
      )
    : workload;
}

function withLayer(workload: BuiltWorkload, layer: Layer): BuiltWorkload {
  return { ...workload, layers: [...workload.layers, layer] };
}

/** Kustomize anchors the patterns of a selector at both ends. */
function selects(target: KustomizeSelector, workload: BuiltWorkload): boolean {
  const [group] = workload.apiVersion.includes('/')
    ? workload.apiVersion.split('/')
    : [''];
  return (
    matchesPattern(target.group, [group]) &&
    matchesPattern(target.kind, [workload.kind]) &&
    matchesPattern(target.name, workload.names) &&
    matchesPattern(target.namespace, [workload.namespace ?? 'default'])
  );
}

function matchesPattern(
  pattern: string | undefined,
  values: readonly string[],
): boolean {
  if (!pattern) {
    return true;
  }
  if (!/[^\w./-]/.test(pattern)) {
    return values.some(value => value === pattern);
  }
  // A pattern from a repository is never run as a regular expression here: counting it as a match only
  // makes the layer one that is not edited.
  return true;
}

/** Names one object and nothing but it: by its name, or as the only one of its kind. */
function isExact(target: KustomizeSelector, ofItsKind: number): boolean {
  return (
    target.kind !== undefined &&
    /^\w+$/.test(target.kind) &&
    (target.name === undefined
      ? ofItsKind === 1
      : /^[\w-]+$/.test(target.name)) &&
    !target.labelSelector &&
    !target.annotationSelector
  );
}

/** Whether a JSON patch at a pointer may say something of a field: the field, what holds it or what it holds. */
function mayTouch(pointer: string, fields: readonly string[]): boolean {
  return fields.some(
    field => field.startsWith(pointer) || pointer.startsWith(`${field}/`),
  );
}

function mayTouchAutoscaler(pointer: string): boolean {
  return (
    '/spec'.startsWith(pointer) ||
    /^\/spec\/(minReplicas|maxReplicas|metrics|targetCPUUtilizationPercentage)(\/|$)/.test(
      pointer,
    )
  );
}

function mayTouchResources(pointer: string, kind: string): boolean {
  const podSpec = `/${podSpecPath(kind).join('/')}`;
  return (
    podSpec.startsWith(pointer) ||
    (pointer.startsWith(`${podSpec}/`) &&
      /^\/(initC|c)ontainers(\/[^/]+(\/resources(\/.*)?)?)?$/.test(
        pointer.slice(podSpec.length),
      ))
  );
}
