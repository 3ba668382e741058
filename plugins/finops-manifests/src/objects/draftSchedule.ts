import { posix } from 'node:path';
import type {
  FieldChange,
  ObjectRef,
  PlannedObject,
  ScheduleOffHoursAction,
} from '@apexlogic/backstage-plugin-finops-common';
import type { ExpectedObject } from '../compareBuilds';
import { objectKey } from '../kubernetes/built';
import type { BuiltWorkload } from '../kubernetes/buildWorkloads';
import { objectAt } from '../kubernetes/manifestFile';
import type { RepositoryReader } from '../kubernetes/repositoryReader';
import {
  ResolvedWorkload,
  resolveWorkload,
} from '../kubernetes/resolveWorkload';
import { refuseFile } from '../plan';
import { rationaleFields, wantedRationale } from '../rationale';
import type { PlanRefusal, Rationale } from '../types';
import { differingPointers, leavesOf } from '../yaml/leaves';
import { Deployer, deployersOf } from './controllers';
import type { Draft, DraftFile, ObjectTarget } from './draft';
import { editObject, refOf } from './editObject';
import { leaveAlone } from './leaveAlone';
import { nameResource } from './kustomizationEdits';
import { Neighbour, neighboursOf, statementsOf } from './neighbours';
import { newObject } from './newObject';
import { cronHours } from './runningHours';
import { bearingOn, Schedule, scheduleOf } from './schedules';

interface ScheduleTarget extends ObjectTarget {
  readonly action: ScheduleOffHoursAction;
}

/** What one mechanism can stop. */
const STOPPED_KINDS = {
  'kube-green': ['Deployment', 'StatefulSet', 'CronJob'],
  'keda-cron': ['Deployment', 'StatefulSet'],
} as const;

const FLUX_APPLY_POLICY = 'kustomize.toolkit.fluxcd.io/ssa';
/** Policies under which Flux leaves an object alone that is there. */
const FLUX_HANDS_OFF = ['IfNotPresent', 'Ignore'];

/** Files and what they are to say, of one part of the change. */
interface DraftPart {
  readonly kind: 'part';
  readonly files: readonly DraftFile[];
  readonly changes: readonly FieldChange[];
  readonly object: PlannedObject;
  readonly expected: ExpectedObject;
}

/**
 * Has a workload stopped off hours by an object beside it, and keeps what deploys the repository from
 * starting it again. An object that does so already is edited, not doubled.
 */
export async function draftSchedule(
  target: ScheduleTarget,
  rationale: Rationale,
  reader: RepositoryReader,
): Promise<Draft | PlanRefusal> {
  const { workload: wanted, path, action } = target;
  const { mechanism } = action;
  const hours = cronHours(action);
  if (typeof hours === 'string') {
    return refuse('not-supported', hours);
  }
  if (
    mechanism === 'keda-cron' &&
    !(
      Number.isSafeInteger(action.runningReplicas) && action.runningReplicas > 0
    )
  ) {
    return refuse(
      'not-supported',
      `${action.runningReplicas} is not a number of replicas to run with`,
    );
  }
  if (!(STOPPED_KINDS[mechanism] as readonly string[]).includes(wanted.kind)) {
    return refuse(
      'not-supported',
      `${mechanism} stops ${STOPPED_KINDS[mechanism].join(', ')}, not a ${
        wanted.kind
      }`,
    );
  }
  const resolved = await resolveWorkload({ workload: wanted, path }, reader);
  if (resolved.kind !== 'resolved') {
    return refuse(
      resolved.kind === 'ambiguous'
        ? 'ambiguous'
        : resolved.code ?? 'not-managed',
      resolved.reason,
    );
  }
  const { workload } = resolved;
  const neighbours = await neighboursOf(
    resolved,
    workload.namespace ?? wanted.namespace,
    path,
    reader,
  );
  const own = await statementsOf(workload, reader);
  const present = existingSchedule(action, resolved, neighbours);
  if (present.kind === 'refused') {
    return present;
  }
  const fixed = fixedField(workload, own);
  const deployers = await deployersOf(workload, target.repository, reader);
  const undone = fixed && undoneByFlux(fixed, own, deployers, workload);
  if (undone) {
    return undone;
  }
  const schedule = scheduleOf(action, hours, workload);
  const part = present.schedule
    ? await editedSchedule(
        present.schedule,
        schedule,
        resolved,
        rationale,
        reader,
      )
    : await addedSchedule(target, resolved, schedule, rationale, reader);
  if (part.kind === 'refused') {
    return part;
  }
  const parts = [part];
  for (const deployer of fixed
    ? deployers.filter(({ corrects }) => corrects)
    : []) {
    // What is left here is Argo CD: of Flux it was said above.
    const left = await leaveAlone(
      deployer,
      workload,
      fixed!,
      rationale,
      reader,
    );
    if (left.kind === 'refused') {
      return left;
    }
    parts.push(...(left.kind === 'part' ? [left] : []));
  }
  const scheduled = part.object.object;
  return {
    kind: 'draft',
    path: workload.layers[0].path,
    object: refOf(workload),
    files: parts.flatMap(({ files }) => files),
    changes: parts.flatMap(({ changes }) => changes),
    objects: parts.map(({ object }) => object),
    notes: notesOf(action, fixed, deployers, present.schedule === undefined),
    builds: buildsOf(parts),
    async lookAgain(changed) {
      const found = await resolveWorkload(
        {
          workload: { ...wanted, kind: scheduled.kind, name: scheduled.name },
          path,
        },
        changed,
      );
      const [says] =
        found.kind === 'resolved'
          ? await statementsOf(found.workload, changed)
          : [];
      if (says === undefined) {
        return `${scheduled.kind} ${scheduled.name} is not found`;
      }
      const differing = part.expected.fields.filter(
        ({ pointer, value }) =>
          pointer.startsWith('/spec') &&
          leavesOf(says, { nameLists: true }).get(pointer) !== value,
      );
      return differing.length > 0
        ? `${scheduled.kind} ${
            scheduled.name
          } says something else at ${differing
            .map(({ pointer }) => pointer)
            .join(', ')}`
        : undefined;
    },
  };
}

/** The one object that does so already, or what else stands in the way. */
function existingSchedule(
  { mechanism }: ScheduleOffHoursAction,
  { workload, desired }: ResolvedWorkload,
  neighbours: readonly Neighbour[],
):
  | { readonly kind: 'present'; readonly schedule?: BuiltWorkload }
  | PlanRefusal {
  const kind = mechanism === 'kube-green' ? 'SleepInfo' : 'ScaledObject';
  const schedules: BuiltWorkload[] = [];
  for (const neighbour of neighbours) {
    const { built } = neighbour;
    const bearing = bearingOn(neighbour, workload, desired.labels ?? {});
    // At no replicas an autoscaler rests, so it does not stand in the way of kube-green.
    const isResting =
      mechanism === 'kube-green' && built.kind === 'HorizontalPodAutoscaler';
    if (bearing === undefined || isResting) {
      continue;
    }
    if (bearing === 'other-rule' || built.kind !== kind) {
      return refuse(
        'not-supported',
        `${built.kind} ${built.name} (${built.layers[0].path}) stops or scales ${workload.kind} ${workload.name} already; two rules would work against each other`,
      );
    }
    schedules.push(built);
  }
  const [schedule, second] = schedules;
  return second
    ? refuse(
        'ambiguous',
        `${schedule.layers[0].path} and ${second.layers[0].path} both schedule ${workload.kind} ${workload.name}`,
      )
    : { kind: 'present', schedule };
}

/** The field that the mechanism changes in the cluster, where the files set it too. */
function fixedField(
  { kind, layers }: BuiltWorkload,
  own: readonly Readonly<Record<string, unknown>>[],
): string | undefined {
  const field = kind === 'CronJob' ? 'suspend' : 'replicas';
  const isSet =
    own.some(
      ({ spec }) =>
        typeof spec === 'object' && spec !== null && Object.hasOwn(spec, field),
    ) ||
    layers.some(
      ({ role, opaque, state }) =>
        role === 'replicas-entry' ||
        (field === 'replicas' &&
          (opaque?.replicas === true || state.replicas !== undefined)),
    );
  return isSet ? `/spec/${field}` : undefined;
}

/**
 * Flux always writes the fields of its manifests (https://fluxcd.io/flux/components/kustomize/kustomizations/,
 * "Controlling the apply behavior of resources"): `Merge` too keeps only fields that the files do not name.
 */
function undoneByFlux(
  field: string,
  own: readonly Readonly<Record<string, unknown>>[],
  deployers: readonly Deployer[],
  { kind, name }: BuiltWorkload,
): PlanRefusal | undefined {
  const flux = deployers.find(
    deployer => deployer.kind === 'flux-kustomization' && deployer.corrects,
  );
  const leavesIt = own.some(({ metadata }) => {
    const { annotations, labels } = (metadata ?? {}) as {
      annotations?: Readonly<Record<string, unknown>>;
      labels?: Readonly<Record<string, unknown>>;
    };
    return [annotations, labels].some(map =>
      FLUX_HANDS_OFF.includes(String(map?.[FLUX_APPLY_POLICY])),
    );
  });
  return flux && !leavesIt
    ? refuse(
        'not-supported',
        `The Flux Kustomization ${flux.object.name} (${flux.file.path}) writes ${field} of ${kind} ${name} back whenever it reconciles. Leave the field out of the files first: what they do not name, Flux leaves alone`,
      )
    : undefined;
}

async function addedSchedule(
  { workload: wanted, action }: ScheduleTarget,
  { workload }: ResolvedWorkload,
  schedule: Schedule,
  rationale: Rationale,
  reader: RepositoryReader,
): Promise<DraftPart | PlanRefusal> {
  const { root, layers, namespace } = workload;
  const { namePrefix = '', nameSuffix = '' } = root ?? {};
  const base = workload.name.slice(
    namePrefix.length,
    workload.name.length - nameSuffix.length,
  );
  const name = `${base}-off-hours`;
  const path = posix.join(
    root?.directory ?? posix.dirname(layers[0].path),
    `finops-off-hours-${wanted.kind.toLowerCase()}-${base}.yaml`,
  );
  if (reader.paths.has(path)) {
    return refuse(
      'not-supported',
      `${path} is there already and schedules something else than ${wanted.kind} ${wanted.name} by ${action.mechanism}`,
    );
  }
  const { apiVersion, kind } = schedule;
  const object: ObjectRef = {
    apiVersion,
    kind,
    // The kustomization's own namespace is given to all that it builds.
    namespace: root?.namespace === undefined ? namespace : undefined,
    name,
  };
  const made = newObject(path, object, schedule.spec, rationale);
  const named = root && (await nameResource(root, path, reader));
  if (named?.kind === 'refused') {
    return named;
  }
  return {
    kind: 'part',
    files: [made.file, ...(named ? [named.file] : [])],
    changes: [...made.changes, ...(named?.changes ?? [])],
    object: {
      object: {
        apiVersion,
        kind,
        namespace,
        name: `${namePrefix}${name}${nameSuffix}`,
      },
      kustomization: root?.path,
      presence: 'added',
    },
    expected: {
      kind: 'added',
      fields: [
        ...fieldsOf({ spec: made.plain.spec }),
        ...rationaleFields(rationale),
      ],
    },
  };
}

async function editedSchedule(
  built: BuiltWorkload,
  schedule: Schedule,
  resolved: ResolvedWorkload,
  rationale: Rationale,
  reader: RepositoryReader,
): Promise<DraftPart | PlanRefusal> {
  const [layer, ...over] = built.layers;
  const { root } = built;
  if (root?.path !== resolved.workload.root?.path || over.length > 0) {
    return refuse(
      'not-supported',
      `${built.kind} ${built.name} (${layer.path}) schedules it from another place or through patches; edit it there`,
    );
  }
  if (resolved.usersOf(layer).size > 1) {
    return refuse(
      'shared-base',
      `${layer.path} schedules it in ${
        resolved.usersOf(layer).size
      } deployments alike`,
    );
  }
  const file = await reader.manifest(layer.path);
  if (file?.kind !== 'manifest') {
    return refuseFile(layer.path, file);
  }
  const object = objectAt(file, layer.documentIndex, layer.pointer)!;
  const wanted = schedule.edits(object.plain);
  const planned = editObject(file, object, wanted);
  if (planned.kind === 'refused') {
    return planned;
  }
  if (planned.changes.length === 0) {
    return refuse(
      'already-done',
      `${built.kind} ${built.name} says these hours already`,
    );
  }
  const edited = editObject(file, object, [
    {
      under: '',
      wanted: {
        kind: 'map',
        entries: [['metadata', wantedRationale(rationale)]],
      },
    },
    ...wanted,
  ]);
  if (edited.kind === 'refused') {
    return edited;
  }
  return {
    kind: 'part',
    files: [{ kind: 'edited', file, edits: edited.edits }],
    changes: edited.changes,
    object: { object: refOf(built), kustomization: root?.path },
    expected: {
      kind: 'changed',
      fields: edited.changes.map(({ pointer, after }) => ({
        pointer,
        value: after as string | number,
      })),
    },
  };
}

function fieldsOf(plain: unknown): ExpectedObject['fields'] {
  const leaves = leavesOf(plain, { nameLists: true });
  return differingPointers(new Map(), leaves).map(pointer => ({
    pointer,
    value: leaves.get(pointer) as string | number,
  }));
}

function buildsOf(
  parts: readonly DraftPart[],
): Map<string, Map<string, ExpectedObject>> {
  const builds = new Map<string, Map<string, ExpectedObject>>();
  for (const { object, expected } of parts) {
    if (object.kustomization !== undefined) {
      const objects = builds.get(object.kustomization) ?? new Map();
      builds.set(
        object.kustomization,
        objects.set(objectKey(object.object), expected),
      );
    }
  }
  return builds;
}

function notesOf(
  { mechanism }: ScheduleOffHoursAction,
  fixed: string | undefined,
  deployers: readonly Deployer[],
  isNew: boolean,
): string[] {
  const notes: string[] = [];
  if (isNew) {
    notes.push(
      mechanism === 'kube-green'
        ? 'The cluster needs kube-green 0.6 or newer: an older one does not know includeRef and would stop the whole namespace.'
        : 'The cluster needs KEDA. It stops the pods some minutes after the hour (cooldownPeriod, 5 minutes unless set).',
    );
  }
  if (fixed && deployers.some(({ corrects }) => corrects)) {
    notes.push(
      `Argo CD leaves ${fixed} alone from now on: another value of it in the files takes effect no more.`,
    );
  } else if (fixed) {
    notes.push(
      `The files set ${fixed}: whoever applies them anew off hours starts it again. Best leave the field out.`,
    );
  }
  return notes;
}

function refuse(code: PlanRefusal['code'], reason: string): PlanRefusal {
  return { kind: 'refused', code, reason };
}
