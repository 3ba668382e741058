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
import { createRepositoryReader } from './kubernetes/repositoryReader';
import type { RepositorySnapshot } from './types';
import { differingPointers, leavesOf } from './yaml/leaves';

/** An object as a kustomization deploys it, or infrastructure code declares it, before and after a plan. @public */
export interface BuiltObject {
  readonly object: ObjectRef;
  /** Of the kustomization; of infrastructure code the root folder or the template. */
  readonly path: string;
  /** Undefined where the plan brings the object in. */
  readonly before: unknown;
  /** Undefined where the plan takes the object out. */
  readonly after: unknown;
  /** What of the built object differs; pointers are those of the built object. */
  readonly changes: readonly FieldChange[];
}

/** @public */
export type PlannedBuild =
  | { readonly kind: 'built'; readonly objects: readonly BuiltObject[] }
  /** Something of it is deployed as its file says, or cannot be built here. */
  | { readonly kind: 'not-built'; readonly reason: string };

/**
 * The objects of a plan as their kustomizations deploy them. A patch says only a part of its object:
 * whoever judges a change, as policies do, needs the whole.
 *
 * @param options - `renderer`: `kubectl kustomize` unless told
 *
 * @public
 */
export async function buildPlanned(
  plan: Pick<ChangePlan, 'files' | 'objects'>,
  snapshot: RepositorySnapshot,
  options: { readonly renderer?: Renderer } = {},
): Promise<PlannedBuild> {
  const { renderer = createKubectlRenderer() } = options;
  const reader = createRepositoryReader(snapshot);
  const applied = await applyPlan(plan, snapshot);
  const objects: BuiltObject[] = [];
  for (const planned of plan.objects ?? []) {
    const { object, kustomization, infrastructure, presence } = planned;
    if (infrastructure) {
      const seen = await viewPlanned(object, infrastructure, applied, snapshot);
      if (!seen) {
        return notBuilt(`${object.name} is not declared any more`);
      }
      objects.push(seen);
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
    const changed = withChanges(
      files,
      new Map(
        applied.map(({ path, after, deleted }) => [
          path,
          deleted ? undefined : after,
        ]),
      ),
    );
    const builds: (unknown | undefined)[] = [];
    for (const build of [files, changed]) {
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

function notBuilt(reason: string): PlannedBuild {
  return { kind: 'not-built', reason };
}
