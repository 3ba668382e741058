import { z } from 'zod';
import { toCelValue } from './celValue';
import { isClusterScoped, nullFieldsOf, resourceOfKind } from './kinds';
import { Labels, MatchSubject } from './matchResources';
import { podOfController } from './podTemplate';
import { ChangeContext, ChangedObject, EvaluationInput } from './types';

const MICROS_PER_UNIT = 1_000_000;

const labels = z.record(z.string(), z.string()).nullish();

const kubernetesObject = z.looseObject({
  apiVersion: z.string().min(1),
  kind: z.string().min(1),
  metadata: z.looseObject({
    name: z.string().optional(),
    namespace: z.string().nullish(),
    labels,
    annotations: z.record(z.string(), z.string()).nullish(),
  }),
});

const namespaceSchema = z.looseObject({
  kind: z.literal('Namespace'),
  metadata: z.looseObject({ name: z.string(), labels }),
});

type KubernetesObject = z.output<typeof kubernetesObject>;

const money = z.object({ amountMicros: z.int(), currency: z.string() });

const contextSchema = z.object({
  action: z.string(),
  environment: z.string(),
  entityRef: z.string(),
  monthlySaving: money,
  confidence: z.number().min(0).max(1),
  risk: z.string(),
  model: z.string().optional(),
  author: z.enum(['human', 'bot']).optional(),
  dataClass: z.string().optional(),
  impact: z.string().optional(),
});

const teamSchema = z.object({
  name: z.string().optional(),
  monthlyBudget: money.optional(),
  monthlyForecast: money.optional(),
});

/** An object before and after the change, under the names a policy uses. */
export interface SubjectView {
  readonly match: MatchSubject;
  /** Values of the CEL variables. */
  readonly values: Readonly<Record<string, unknown>>;
}

/** One changed object as the policies see it. */
export interface ChangeSubject extends SubjectView {
  /** The pods it makes, where it is a controller of pods. */
  readonly pod?: SubjectView;
  /** `Deployment production/shop`, for messages. */
  readonly label: string;
}

/**
 * Reads one changed object; throws with the reason when it is no Kubernetes object, holds what no
 * manifest can hold, or the change's own description is not valid.
 */
export function readChangeSubject(
  changed: ChangedObject,
  input: EvaluationInput,
): ChangeSubject {
  const object = readObject(changed.object);
  const oldObject = readObject(changed.oldObject);
  const subject = object ?? oldObject;
  if (!subject) {
    throw new Error(
      'neither the object before nor the one after the change is there',
    );
  }
  const match = matchSubjectOf(subject, object, oldObject, changed, input);
  const values = {
    object: objectValue(changed.object),
    oldObject: objectValue(changed.oldObject),
    namespaceObject: toCelValue(findNamespace(match.namespace, input) ?? null),
    request: toCelValue(requestOf(match)),
    change: changeValue(changed, contextSchema.parse(input.context)),
    plan: planValue(input),
    team: teamValue(teamSchema.parse(input.team ?? {})),
  };
  return {
    match,
    label: `${match.kind} ${match.namespace ? `${match.namespace}/` : ''}${
      match.name
    }`,
    values,
    pod: podView({ match, values }, changed),
  };
}

function objectValue(object: unknown): unknown {
  const value = toCelValue(object ?? null);
  if (value instanceof Map) {
    for (const field of nullFieldsOf(String(value.get('kind')))) {
      if (!value.has(field)) {
        value.set(field, null);
      }
    }
  }
  return value;
}

function podView(
  { match, values }: SubjectView,
  changed: ChangedObject,
): SubjectView | undefined {
  const pod = readPod(changed.object);
  const oldPod = readPod(changed.oldObject);
  const subject = pod ?? oldPod;
  return (
    subject && {
      match: {
        ...match,
        group: '',
        version: 'v1',
        kind: 'Pod',
        resource: 'pods',
        labels: pod?.metadata.labels ?? {},
        oldLabels: oldPod?.metadata.labels ?? {},
        annotations: subject.metadata.annotations ?? {},
      },
      values: {
        ...values,
        object: toCelValue(pod ?? null),
        oldObject: toCelValue(oldPod ?? null),
      },
    }
  );
}

function readPod(controller: unknown): KubernetesObject | undefined {
  return readObject(podOfController(controller));
}

function readObject(value: unknown): KubernetesObject | undefined {
  return value === undefined || value === null
    ? undefined
    : kubernetesObject.parse(value);
}

function matchSubjectOf(
  subject: KubernetesObject,
  object: KubernetesObject | undefined,
  oldObject: KubernetesObject | undefined,
  changed: ChangedObject,
  input: EvaluationInput,
): MatchSubject {
  const [version, group = ''] = subject.apiVersion.split('/').reverse();
  const clusterScoped = isClusterScoped(subject.kind, group);
  // Kustomize may set the namespace outside the file; the plan knows it then.
  const planned = changed.changes.find(
    change => change.object.namespace !== undefined,
  );
  const namespace = clusterScoped
    ? undefined
    : subject.metadata.namespace ?? planned?.object.namespace;
  const namespaceObject = findNamespace(namespace, input);
  return {
    operation: operationOf(object, oldObject),
    group,
    version,
    kind: subject.kind,
    resource: resourceOfKind(subject.kind),
    name: subject.metadata.name ?? '',
    namespace,
    clusterScoped,
    labels: object?.metadata.labels ?? {},
    oldLabels: oldObject?.metadata.labels ?? {},
    annotations: subject.metadata.annotations ?? {},
    namespaceLabels: namespaceObject && {
      'kubernetes.io/metadata.name': namespaceObject.metadata.name,
      ...(namespaceObject.metadata.labels ?? ({} as Labels)),
    },
  };
}

function operationOf(
  object: KubernetesObject | undefined,
  oldObject: KubernetesObject | undefined,
): MatchSubject['operation'] {
  if (!oldObject) {
    return 'CREATE';
  }
  return object ? 'UPDATE' : 'DELETE';
}

function findNamespace(name: string | undefined, input: EvaluationInput) {
  if (name === undefined) {
    return undefined;
  }
  for (const candidate of input.namespaces ?? []) {
    const parsed = namespaceSchema.safeParse(candidate);
    if (parsed.success && parsed.data.metadata.name === name) {
      return parsed.data;
    }
  }
  return undefined;
}

function requestOf(match: MatchSubject) {
  const { group, version, kind, resource } = match;
  return {
    operation: match.operation,
    kind: { group, version, kind },
    resource: { group, version, resource },
    requestKind: { group, version, kind },
    requestResource: { group, version, resource },
    name: match.name,
    namespace: match.namespace ?? '',
    dryRun: false,
  };
}

function changeValue(
  changed: ChangedObject,
  context: ChangeContext,
): Map<string, unknown> {
  const change = new Map<string, unknown>([
    ['action', context.action],
    ['environment', context.environment],
    ['entityRef', context.entityRef],
    // Fractions and amounts are doubles also where they happen to be whole: 1 must not become an int.
    ['monthlySaving', context.monthlySaving.amountMicros / MICROS_PER_UNIT],
    ['monthlySavingMicros', BigInt(context.monthlySaving.amountMicros)],
    ['currency', context.monthlySaving.currency],
    ['confidence', context.confidence],
    ['risk', context.risk],
    ['path', changed.path],
    [
      'fields',
      toCelValue(
        changed.changes.map(({ pointer, before, after }) => ({
          pointer,
          before,
          after,
        })),
      ),
    ],
  ]);
  for (const key of ['model', 'author', 'dataClass', 'impact'] as const) {
    const value = context[key];
    if (value !== undefined) {
      change.set(key, value);
    }
  }
  return change;
}

/** The whole of the plan that an object is part of. */
function planValue({ objects }: EvaluationInput): Map<string, unknown> {
  return new Map<string, unknown>([
    ['objects', BigInt(objects.length)],
    ['fields', BigInt(objects.flatMap(({ changes }) => changes).length)],
    ['paths', [...new Set(objects.map(({ path }) => path))]],
  ]);
}

function teamValue({
  name,
  monthlyBudget,
  monthlyForecast,
}: z.output<typeof teamSchema>): Map<string, unknown> {
  const team = new Map<string, unknown>();
  if (name !== undefined) {
    team.set('name', name);
  }
  const sums = { monthlyBudget, monthlyForecast };
  for (const [field, sum] of Object.entries(sums)) {
    if (sum) {
      team.set(`${field}Micros`, BigInt(sum.amountMicros));
      team.set(`${field}Currency`, sum.currency);
    }
  }
  return team;
}
