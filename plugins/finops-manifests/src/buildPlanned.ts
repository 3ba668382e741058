import { posix } from 'node:path';
import type {
  ChangePlan,
  FieldChange,
  ObjectRef,
  PlannedObject,
} from '@apexlogic/backstage-plugin-finops-common';
import { applyPlan } from './applySplices';
import { openResource } from './infrastructure/openResource';
import { withChanges } from './compareBuilds';
import { objectKey, renderedObjects } from './kubernetes/built';
import { collectKustomizeInputs } from './kubernetes/kustomizeInputs';
import { createKubectlRenderer, Renderer } from './kubernetes/render';
import {
  createRepositoryReader,
  RepositoryReader,
} from './kubernetes/repositoryReader';
import { findChartWorkload } from './helm/findChartWorkload';
import {
  createHelmRenderer,
  helmInput,
  HelmRenderer,
} from './helm/renderWithHelm';
import type { RepositorySnapshot } from './types';
import { differingPointers, leavesOf } from './yaml/leaves';

/**
 * An object as a kustomization or a chart deploys it, or infrastructure code declares it, before and after a
 * plan.
 *
 * @public
 */
export interface BuiltObject {
  readonly object: ObjectRef;
  /** Of the kustomization, or of the first file of a chart that changes; of infrastructure code the root folder or the template. */
  readonly path: string;
  /** Undefined where the plan brings the object in. */
  readonly before: unknown;
  /** Undefined where the plan takes the object out. */
  readonly after: unknown;
  /** What of the built object differs; pointers are those of the built object. */
  readonly changes: readonly FieldChange[];
  /** It is put together of what is known, not built: what it does not say may be there all the same. */
  readonly synthesised?: boolean;
}

/** @public */
export type PlannedBuild =
  | { readonly kind: 'built'; readonly objects: readonly BuiltObject[] }
  /** Something of it is deployed as its file says, or cannot be built here. */
  | { readonly kind: 'not-built'; readonly reason: string };

/**
 * The objects of a plan as their kustomizations and charts deploy them. A patch says only a part of its
 * object: whoever judges a change, as policies do, needs the whole. Without Helm no more is told of what a
 * chart writes than what is certain.
 *
 * @param options - `renderer`: `kubectl kustomize` unless told; `helmRenderer`: `helm template` unless told
 *
 * @public
 */
export async function buildPlanned(
  plan: Pick<ChangePlan, 'files' | 'objects'>,
  snapshot: RepositorySnapshot,
  options: {
    readonly renderer?: Renderer;
    readonly helmRenderer?: HelmRenderer;
  } = {},
): Promise<PlannedBuild> {
  const {
    renderer = createKubectlRenderer(),
    helmRenderer = createHelmRenderer(),
  } = options;
  const reader = createRepositoryReader(snapshot);
  const applied = await applyPlan(plan, snapshot);
  const objects: BuiltObject[] = [];
  const changed = createRepositoryReader({
    ...snapshot,
    paths: [
      ...new Set([...snapshot.paths, ...applied.map(({ path }) => path)]),
    ],
    read: async path =>
      applied.find(file => file.path === path)?.after ?? snapshot.read(path),
  });
  for (const planned of plan.objects ?? []) {
    const { object, kustomization, infrastructure, presence, synthesised } =
      planned;
    if (infrastructure) {
      const seen = await viewPlanned(object, infrastructure, applied, snapshot);
      if (!seen) {
        return notBuilt(`${object.name} is not declared any more`);
      }
      objects.push(seen);
      continue;
    }
    if (synthesised) {
      const byHelm = await builtByHelm(planned, reader, changed, helmRenderer);
      const [before, after] = byHelm ?? [synthesised.before, synthesised.after];
      objects.push({
        ...compared(object, plan.files[0].path, before, after),
        ...(!byHelm && { synthesised: true }),
      });
      continue;
    }
    if (kustomization === undefined) {
      return notBuilt(`${object.kind} ${object.name} is deployed as written`);
    }
    const directory = posix.dirname(kustomization);
    const inputs = await collectKustomizeInputs(directory, reader);
    if (inputs.kind === 'incomplete') {
      return notBuilt(inputs.reason);
    }
    const { files } = inputs;
    const changedFiles = withChanges(
      files,
      new Map(
        applied.map(({ path, after, deleted }) => [
          path,
          deleted ? undefined : after,
        ]),
      ),
    );
    const builds: (unknown | undefined)[] = [];
    for (const build of [files, changedFiles]) {
      const rendered = await renderer({ files: build, directory });
      if (rendered.kind !== 'rendered') {
        return notBuilt(rendered.reason);
      }
      builds.push(renderedObjects(rendered.text).get(objectKey(object)));
    }
    const [before, after] = builds;
    if (
      (before === undefined) !== (presence === 'added') ||
      (after === undefined) !== (presence === 'removed')
    ) {
      return notBuilt(`${kustomization} does not build ${object.name}`);
    }
    objects.push(compared(object, kustomization, before, after));
  }
  return objects.length > 0
    ? { kind: 'built', objects }
    : notBuilt('The plan does not say what it deploys');
}

function compared(
  object: ObjectRef,
  path: string,
  before: unknown,
  after: unknown,
): BuiltObject {
  const [was, is] = [before, after].map(build => leavesOf(build));
  return {
    object,
    path,
    before,
    after,
    changes: differingPointers(was, is).map(pointer => ({
      path,
      documentIndex: 0,
      object,
      pointer,
      before: was.get(pointer) as FieldChange['before'],
      after: is.get(pointer) as FieldChange['after'],
    })),
  };
}

/** A resource as its code says it before and after a plan. */
async function viewPlanned(
  object: ObjectRef,
  { resource, path, root }: NonNullable<PlannedObject['infrastructure']>,
  applied: Awaited<ReturnType<typeof applyPlan>>,
  snapshot: RepositorySnapshot,
): Promise<BuiltObject | undefined> {
  const after = new Map(applied.map(file => [file.path, file.after]));
  const views = await Promise.all(
    [
      snapshot,
      {
        ...snapshot,
        read: async (file: string) => after.get(file) ?? snapshot.read(file),
      },
    ].map(async files => {
      const opened = await openResource(
        resource,
        path,
        createRepositoryReader(files),
      );
      return opened.kind === 'opened'
        ? opened.viewOf(object.name)?.object
        : undefined;
    }),
  );
  const [before, now] = views;
  return before && now ? compared(object, root, before, now) : undefined;
}

/** The object as Helm writes it before and after; undefined where Helm or the chart is not at hand. */
async function builtByHelm(
  { object, release }: PlannedObject,
  reader: RepositoryReader,
  changed: RepositoryReader,
  renderer: HelmRenderer,
): Promise<readonly [unknown, unknown] | undefined> {
  if (release?.chart === undefined) {
    return undefined;
  }
  const workload = {
    cluster: '',
    namespace: object.namespace ?? release.namespace ?? '',
    kind: object.kind,
    name: object.name,
  };
  const found: unknown[] = [];
  for (const at of [reader, changed]) {
    const written = await findChartWorkload(workload, release.chart, at);
    const rendered =
      written?.kind === 'chart-workload' && written.release.id === release.id
        ? await renderer(await helmInput(written, workload.namespace, at))
        : undefined;
    const objects =
      rendered?.kind === 'rendered'
        ? renderedObjects(rendered.text)
        : new Map<string, unknown>();
    found.push(
      objects.get(objectKey(object)) ??
        objects.get(objectKey({ ...object, namespace: undefined })),
    );
  }
  const [before, after] = found;
  return before === undefined || after === undefined
    ? undefined
    : [before, after];
}

function notBuilt(reason: string): PlannedBuild {
  return { kind: 'not-built', reason };
}
