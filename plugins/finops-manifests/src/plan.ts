import type {
  ChangePlan,
  FieldChange,
  ObjectRef,
  PlannedFile,
} from '@apexlogic/backstage-plugin-finops-common';
import { sha256, spliceBytes } from './applySplices';
import { readDesiredState } from './kubernetes/desiredState';
import { ManifestFile, objectAt } from './kubernetes/manifestFile';
import {
  createRepositoryReader,
  RepositoryReader,
} from './kubernetes/repositoryReader';
import { planHash, planIdentity } from './planHash';
import { ProveOptions, proveIn } from './prove';
import { wantedRationale } from './rationale';
import type {
  Location,
  LocateTarget,
  PlanRefusal,
  PlanResult,
  Rationale,
  RationaleLocation,
  RepositorySnapshot,
} from './types';
import { unifiedDiff } from './unifiedDiff';
import { replicaCount, wantedFields } from './wantedFields';
import { mergeEdits, TextEdit, Wanted, WantedMap } from './yaml/mergeEdits';
import { decodeSource } from './yaml/sourceText';

/** @public */
export interface PlanOptions extends ProveOptions {}

/**
 * The smallest edits that carry out an action at its location, with their proof. Nothing is planned that
 * could not be proven.
 *
 * @public
 */
export async function plan(
  location: Location,
  target: LocateTarget,
  rationale: Rationale,
  snapshot: RepositorySnapshot,
  options: PlanOptions = {},
): Promise<PlanResult> {
  return planIn(
    location,
    target,
    rationale,
    snapshot,
    createRepositoryReader(snapshot),
    options,
  );
}

interface Task {
  readonly path: string;
  readonly documentIndex: number;
  readonly pointer: string;
  /** The object whose field changes; undefined = the kustomization itself. */
  readonly object?: ObjectRef;
  readonly wanted: Wanted;
}

/** {@link plan} over a reader that other steps use too. */
export async function planIn(
  location: Location,
  target: LocateTarget,
  rationale: Rationale,
  snapshot: RepositorySnapshot,
  reader: RepositoryReader,
  options: PlanOptions,
): Promise<PlanResult> {
  const { action } = target;
  if (!location.desired) {
    return refuse(
      'value-not-found',
      `${location.path} was located without its present values; locate it again`,
    );
  }
  const fields = wantedFields(action, location.object.kind, location.desired);
  if (fields.kind === 'refused') {
    return fields;
  }
  const tasks = tasksOf(location, fields.wanted, rationale);
  const files: PlannedFile[] = [];
  const changes: FieldChange[] = [];
  for (const path of new Set(tasks.map(task => task.path))) {
    const file = await reader.manifest(path);
    if (file?.kind !== 'manifest') {
      return refuseFile(path, file);
    }
    const edits: TextEdit[] = [];
    for (const task of tasks.filter(item => item.path === path)) {
      const missing = missingContainer(location, task, file, target);
      if (missing) {
        return missing;
      }
      const edited = editTask(task, file);
      if (edited.kind === 'refused') {
        return edited;
      }
      edits.push(...edited.edits);
      changes.push(...edited.changes);
    }
    if (edits.length > 0) {
      files.push(plannedFile(path, file, edits));
    }
  }

  const draft: Omit<ChangePlan, 'proof'> = {
    hash: planHash(snapshot.repository, snapshot.baseSha, files),
    identity: planIdentity({
      repository: snapshot.repository,
      path: location.path,
      object: location.object,
      action,
    }),
    repository: snapshot.repository,
    baseSha: snapshot.baseSha,
    files,
    changes,
  };
  const proof = await proveIn(
    draft,
    { target, location, rationale, fields },
    snapshot,
    reader,
    options,
  );
  if (!proof.proven) {
    const failed = proof.checks.filter(check => check.outcome === 'failed');
    return refuse(
      'proof-failed',
      failed.map(check => `${check.name}: ${check.detail}`).join('; '),
    );
  }
  return { kind: 'planned', plan: { ...draft, proof } };
}

function tasksOf(
  location: Location,
  wanted: WantedMap,
  rationale: Rationale,
): Task[] {
  const metadata: WantedMap = {
    kind: 'map',
    entries: [['metadata', wantedRationale(rationale)]],
  };
  const { path, documentIndex, pointer = '', object } = location;
  if (location.role !== 'replicas-entry') {
    // Metadata stands before spec, so its lines also do in what a person reads.
    const entries = [...metadata.entries, ...wanted.entries];
    return [
      {
        path,
        documentIndex,
        pointer,
        object,
        wanted: { kind: 'map', entries },
      },
    ];
  }
  const count = replicaCountOf(wanted);
  const tasks: Task[] = [
    {
      path,
      documentIndex,
      pointer,
      wanted: { kind: 'map', entries: [['count', replicaCount(count)]] },
    },
  ];
  const carrier: RationaleLocation | undefined = location.rationaleAt;
  if (carrier) {
    tasks.push({
      ...carrier,
      pointer: carrier.pointer ?? '',
      wanted: metadata,
    });
  }
  return tasks;
}

function replicaCountOf(wanted: WantedMap): number {
  const spec = wanted.entries.find(([key]) => key === 'spec')?.[1];
  const replicas =
    spec?.kind === 'map'
      ? spec.entries.find(([key]) => key === 'replicas')?.[1]
      : undefined;
  if (replicas?.kind !== 'scalar' || typeof replicas.value !== 'number') {
    throw new Error(
      'Only a number of replicas can be written to a replicas entry',
    );
  }
  return replicas.value;
}

function editTask(
  task: Task,
  file: Extract<ManifestFile, { kind: 'manifest' }>,
):
  | { kind: 'edits'; edits: readonly TextEdit[]; changes: FieldChange[] }
  | PlanRefusal {
  const { path, documentIndex, pointer, wanted } = task;
  const document = file.documents[documentIndex];
  const merged = mergeEdits({
    text: file.source.text,
    document,
    pointer,
    wanted,
  });
  if (merged.kind === 'refused') {
    return { ...merged, reason: `${path}: ${merged.reason}` };
  }
  const inFile = task.object
    ? objectAt(file, documentIndex, pointer)
    : undefined;
  const object: ObjectRef = inFile
    ? {
        apiVersion: inFile.apiVersion,
        kind: inFile.kind,
        namespace: inFile.namespace,
        name: inFile.name,
      }
    : {
        apiVersion: 'kustomize.config.k8s.io/v1beta1',
        kind: 'Kustomization',
        name: path,
      };
  // Pointers are told inside the object; a replicas entry lies inside the kustomization.
  const base = task.object ? pointer.length : 0;
  return {
    kind: 'edits',
    edits: merged.edits,
    changes: merged.changes.map(change => ({
      path,
      documentIndex,
      object,
      pointer: change.pointer.slice(base),
      before: change.before,
      after: change.after,
    })),
  };
}

/** A whole object must hold the container; only a patch may gain an entry for it. */
function missingContainer(
  location: Location,
  task: Task,
  file: Extract<ManifestFile, { kind: 'manifest' }>,
  target: LocateTarget,
): PlanRefusal | undefined {
  if (target.action.kind !== 'rightsize' || location.role === 'patch') {
    return undefined;
  }
  const object = objectAt(file, task.documentIndex, task.pointer);
  const names = object
    ? readDesiredState(object.kind, object.plain).containers.map(
        ({ name }) => name,
      )
    : [];
  const missing = target.action.containers.find(
    ({ container }) => !names.includes(container),
  );
  return missing
    ? refuse(
        'value-not-found',
        `${task.path} has no container '${missing.container}'; a patch adds it`,
      )
    : undefined;
}

function plannedFile(
  path: string,
  file: Extract<ManifestFile, { kind: 'manifest' }>,
  edits: readonly TextEdit[],
): PlannedFile {
  const splices = [...edits]
    .sort((a, b) => a.start - b.start || a.end - b.end)
    .map(({ start, end, text }) => ({
      start: file.source.byteOffset(start),
      end: file.source.byteOffset(end),
      text,
    }));
  const after = spliceBytes(file.bytes, splices);
  const afterText = after && decodeSource(after)?.wholeText;
  if (!after || afterText === undefined) {
    throw new Error(`The edits of ${path} overlap`);
  }
  return {
    path,
    beforeSha256: sha256(file.bytes),
    afterSha256: sha256(after),
    splices,
    diff: unifiedDiff(path, file.source.wholeText, afterText),
  };
}

function refuseFile(path: string, file: ManifestFile | undefined): PlanRefusal {
  switch (file?.kind) {
    case 'not-utf8':
      return refuse('unsupported-encoding', `${path} is not UTF-8`);
    case 'unreadable':
      return refuse('parse-error', `${path} is not valid YAML: ${file.reason}`);
    default:
      return refuse('value-not-found', `${path} is not in the repository`);
  }
}

function refuse(code: PlanRefusal['code'], reason: string): PlanRefusal {
  return { kind: 'refused', code, reason };
}
