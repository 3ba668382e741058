import { posix } from 'node:path';
import type {
  ChangePlan,
  FieldChange,
  ObjectRef,
  PlannedFile,
} from '@apexlogic/backstage-plugin-finops-common';
import { sha256, spliceBytes } from './applySplices';
import { planInfrastructure } from './infrastructure/planInfrastructure';
import { readDesiredState } from './kubernetes/desiredState';
import { ManifestFile, objectAt } from './kubernetes/manifestFile';
import {
  createRepositoryReader,
  RepositoryReader,
} from './kubernetes/repositoryReader';
import { findBarrier } from './findBarrier';
import { Part } from './partsOf';
import { planSites } from './helm/planSites';
import { plannedObject } from './helm/synthesise';
import { planHash, planIdentity } from './planHash';
import { ProveOptions, proveIn } from './prove';
import { wantedRationale } from './rationale';
import type {
  FieldTarget,
  InfrastructureLocation,
  InfrastructureTarget,
  Location,
  LocationRole,
  PlanRefusal,
  PlanResult,
  Rationale,
  RationaleLocation,
  RepositorySnapshot,
} from './types';
import { unifiedDiff } from './unifiedDiff';
import { PlannedPart, plannedParts } from './plannedParts';
import { createPatch } from './createPatch';
import { wholeNumber } from './wantedFields';
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
  location: Location | InfrastructureLocation,
  target: FieldTarget | InfrastructureTarget,
  rationale: Rationale,
  snapshot: RepositorySnapshot,
  options: PlanOptions = {},
): Promise<PlanResult> {
  const reader = createRepositoryReader(snapshot);
  return location.kind === 'infrastructure'
    ? planInfrastructure(
        target as InfrastructureTarget,
        rationale,
        snapshot,
        reader,
        options,
      )
    : planIn(
        location,
        target as FieldTarget,
        rationale,
        snapshot,
        reader,
        options,
      );
}

interface Task {
  readonly path: string;
  readonly documentIndex: number;
  /** Of the object in its document. */
  readonly pointer: string;
  /** In the object, of what `wanted` is a part of. */
  readonly under: string;
  /** The object whose field changes; undefined = the kustomization itself. */
  readonly object?: ObjectRef;
  readonly wanted: Wanted;
  /** What the place must hold for it. */
  readonly part?: Part;
  readonly role?: LocationRole;
}

/** {@link plan} over a reader that other steps use too. */
export async function planIn(
  location: Location,
  target: FieldTarget,
  rationale: Rationale,
  snapshot: RepositorySnapshot,
  reader: RepositoryReader,
  options: PlanOptions,
): Promise<PlanResult> {
  const { action } = target;
  const barrier = await findBarrier(target, reader);
  if (barrier) {
    return barrier;
  }
  const made = plannedParts(target, location);
  if (made.kind === 'refused') {
    return made;
  }
  const tasks = made.parts
    .filter(({ location: { sites } }) => !sites)
    .flatMap(part => tasksOf(part, rationale));
  const sited = await planSites(
    made.parts.filter(({ location: { sites } }) => sites),
    rationale,
    reader,
  );
  if (sited.kind === 'refused') {
    return sited;
  }
  const files: PlannedFile[] = [];
  const changes: FieldChange[] = [];
  for (const part of made.parts) {
    if (part.location.role === 'new-patch') {
      const created = createPatch(part, rationale);
      if (created.kind === 'refused') {
        return created;
      }
      files.push(created.file);
      changes.push(...created.changes);
    }
  }
  changes.push(...sited.changes);
  const taskPaths = new Set(tasks.map(task => task.path));
  for (const { path, edits, ...file } of sited.files) {
    if (taskPaths.has(path)) {
      return refuse(
        'not-supported',
        `${path} holds values of a chart and an object of their own, which are not edited at once`,
      );
    }
    files.push(plannedFile(path, file, edits));
  }
  for (const path of taskPaths) {
    const file = await reader.manifest(path);
    if (file?.kind !== 'manifest') {
      return refuseFile(path, file);
    }
    const edits: TextEdit[] = [];
    for (const task of tasks.filter(item => item.path === path)) {
      const missing = missingContainer(task, file);
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
    objects: made.parts
      .filter(({ carriesRationale }) => carriesRationale)
      .map(part => plannedObject(part, made.parts)),
  };
  const proof = await proveIn(
    draft,
    { target, rationale, parts: made.parts },
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

function tasksOf(planned: PlannedPart, rationale: Rationale): Task[] {
  const { part, location, wanted, under = '', carriesRationale } = planned;
  const metadata: WantedMap = {
    kind: 'map',
    entries: carriesRationale ? [['metadata', wantedRationale(rationale)]] : [],
  };
  const { path, documentIndex, pointer = '', object, role } = location;
  if (role === 'new-patch') {
    return [namingTask(location)];
  }
  if (role !== 'replicas-entry') {
    const place = { path, documentIndex, pointer, object, part, role };
    // Metadata stands before spec, so its lines also do in what a person reads.
    return under === ''
      ? [
          {
            ...place,
            under,
            wanted: {
              kind: 'map',
              entries: [...metadata.entries, ...wanted.entries],
            },
          },
        ]
      : [
          ...(carriesRationale
            ? [{ ...place, under: '', wanted: metadata }]
            : []),
          { ...place, under, wanted },
        ];
  }
  const count = replicaCountOf(wanted);
  const tasks: Task[] = [
    {
      path,
      documentIndex,
      pointer,
      under,
      wanted: { kind: 'map', entries: [['count', wholeNumber(count)]] },
    },
  ];
  const carrier: RationaleLocation | undefined = location.rationaleAt;
  if (carrier) {
    tasks.push({
      path: carrier.path,
      documentIndex: carrier.documentIndex,
      object: carrier.object,
      pointer: carrier.pointer ?? '',
      under,
      wanted: metadata,
    });
  }
  return tasks;
}

/** The kustomization that builds the object names the new patch, and what it is for. */
function namingTask({
  path,
  object,
  patchedName,
  kustomization,
}: Location): Task {
  const text = (value: string) => ({ kind: 'scalar' as const, value });
  return {
    path: kustomization!,
    documentIndex: 0,
    pointer: '',
    under: '',
    wanted: {
      kind: 'map',
      entries: [
        [
          'patches',
          {
            kind: 'last',
            item: {
              kind: 'map',
              entries: [
                ['path', text(posix.basename(path))],
                [
                  'target',
                  {
                    kind: 'map',
                    entries: [
                      ['kind', text(object.kind)],
                      ['name', text(patchedName ?? object.name)],
                    ],
                  },
                ],
              ],
            },
          },
        ],
      ],
    },
  };
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
  const { path, documentIndex, pointer, under, wanted } = task;
  const document = file.documents[documentIndex];
  const merged = mergeEdits({
    text: file.source.text,
    document,
    pointer: pointer + under,
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
  { part, role, path, documentIndex, pointer }: Task,
  file: Extract<ManifestFile, { kind: 'manifest' }>,
): PlanRefusal | undefined {
  if (part?.kind !== 'resources' || role === 'patch') {
    return undefined;
  }
  const object = objectAt(file, documentIndex, pointer);
  const names = object
    ? readDesiredState(object.kind, object.plain).containers.map(
        ({ name }) => name,
      )
    : [];
  const missing = part.containers.find(
    ({ container }) => !names.includes(container),
  );
  return missing
    ? refuse(
        'value-not-found',
        `${path} has no container '${missing.container}'; a patch adds it`,
      )
    : undefined;
}

/** The planned bytes of a file after text edits. Throws when they overlap. */
export function plannedFile(
  path: string,
  file: Pick<Extract<ManifestFile, { kind: 'manifest' }>, 'bytes' | 'source'>,
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

/** Why a file that is to be edited cannot be. */
export function refuseFile(
  path: string,
  file: ManifestFile | undefined,
): PlanRefusal {
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
