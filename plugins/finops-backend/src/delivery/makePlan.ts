import { parseAllDocuments } from 'yaml';
import {
  ANNOTATIONS,
  ChangePlan,
  ContainerRequests,
  parseWorkloadKey,
  Recommendation,
  RepositoryRef,
  RollbackAction,
  Verdict,
  workloadKey,
} from '@apexlogic/backstage-plugin-finops-common';
import {
  applyPlan,
  buildPlanned,
  BuiltObject,
  formatCpu,
  planChange,
  planRevert,
  RepositorySnapshot,
} from '@apexlogic/backstage-plugin-finops-manifests';
import { Forge } from '@apexlogic/backstage-plugin-finops-node';
import {
  ChangedObject,
  TeamContext,
} from '@apexlogic/backstage-plugin-finops-policy';
import { Refusal } from '../database/PlanStore';
import { callForge } from '../governance/errors';
import { Impact } from '../governance/impactOf';
import { budgetsOf } from '../ingestion/budgets';
import { findFolders } from './findFolders';
import { Loop } from './Loop';
import { openSnapshot } from './openSnapshot';
import { RepositoryFolder } from './parseRepositoryUrl';

/** A plan at the repository's present head, or why there is none. */
export type MadePlan =
  | {
      readonly kind: 'planned';
      readonly plan: ChangePlan;
      readonly snapshot: RepositorySnapshot;
      readonly forge: Forge;
    }
  | { readonly kind: 'refused'; readonly refusal: Refusal };

/** Longest a plan may take to be read from a forge, milliseconds. */
const FORGE_TIMEOUT_MS = 60_000;

/** Plans the exact edit of a recommendation at the repository's present head. Writes nothing. */
export async function makePlan(
  loop: Loop,
  recommendation: Recommendation,
): Promise<MadePlan> {
  const { action, entityRef } = recommendation;
  if (action.kind === 'rollback') {
    return await callForge(() => planUndoing(loop, action));
  }
  const entity = await loop.stores.entities.getEntity(entityRef);
  return await callForge(async () => {
    const found = await findFolders(
      loop,
      recommendation.workload,
      entity?.context,
    );
    if (found.kind === 'not-managed') {
      return refused(found.code, found.reason);
    }
    const made: MadePlan[] = [];
    for (const folder of found.folders) {
      made.push(await planIn(loop, recommendation, folder));
    }
    const planned = made.filter(({ kind }) => kind === 'planned');
    return planned.length > 1
      ? refused(
          'ambiguous',
          `${found.saidBy} has ${planned.length} sources that define it; name its folder with ${ANNOTATIONS.gitopsPath}.`,
        )
      : planned[0] ?? made[0];
  });
}

/** The undoing of a change, from what was delivered of it. */
async function planUndoing(
  loop: Loop,
  { reverts }: RollbackAction,
): Promise<MadePlan> {
  const delivered = await loop.stores.deliveries.get(reverts);
  if (!delivered) {
    return refused(
      'not-managed',
      'Nothing was delivered that could be undone.',
    );
  }
  const opened = await open(loop, delivered.plan.repository);
  if (opened.kind === 'refused') {
    return opened;
  }
  const { snapshot, forge } = opened;
  const result = await planRevert(delivered.plan, snapshot);
  return result.kind === 'planned'
    ? { kind: 'planned', plan: result.plan, snapshot, forge }
    : refused(result.code, result.reason);
}

/** A repository as it is now. */
async function open(
  loop: Loop,
  repository: RepositoryRef,
): Promise<
  | {
      readonly kind: 'opened';
      readonly snapshot: RepositorySnapshot;
      readonly forge: Forge;
    }
  | Extract<MadePlan, { kind: 'refused' }>
> {
  const forge = loop.forges.find(candidate =>
    candidate.handles(repository.url),
  );
  if (!forge) {
    return refused(
      'no-forge',
      `No installed forge module handles ${repository.url}.`,
    );
  }
  const signal = AbortSignal.timeout(FORGE_TIMEOUT_MS);
  const baseSha = await forge.headSha(repository, { signal });
  const snapshot = await openSnapshot({
    forge,
    repository,
    baseSha,
    blobs: loop.blobs,
    signal,
  });
  return { kind: 'opened', snapshot, forge };
}

async function planIn(
  loop: Loop,
  recommendation: Recommendation,
  { repository, path }: RepositoryFolder,
): Promise<MadePlan> {
  const opened = await open(loop, repository);
  if (opened.kind === 'refused') {
    return opened;
  }
  const { snapshot, forge } = opened;
  const result = await planChange(
    {
      workload: parseWorkloadKey(recommendation.workload),
      action: recommendation.action,
      path,
      present: await presentRequests(loop, recommendation),
    },
    {
      prefix: loop.config.rationalePrefix,
      reason: recommendation.reason,
      model: recommendation.model,
      priority: recommendation.priority,
    },
    snapshot,
  );
  return result.kind === 'planned'
    ? { kind: 'planned', plan: result.plan, snapshot, forge }
    : refused(result.code, result.reason);
}

/** What runs at present: it tells values of a chart apart that the repository alone could not. */
async function presentRequests(
  { stores }: Loop,
  { entityRef, workload }: Recommendation,
): Promise<readonly ContainerRequests[]> {
  const running = (await stores.entities.getWorkloads(entityRef)).find(
    ({ state }) => workloadKey(state.workload) === workload,
  );
  const optional = (
    amount: number | undefined,
    format: (value: number) => string,
  ) => (amount === undefined ? undefined : format(amount));
  return (running?.state.containers ?? []).map(
    ({ name, cpuRequest, cpuLimit, memoryRequest, memoryLimit }) => ({
      container: name,
      cpuRequest: optional(cpuRequest, value => formatCpu(value)),
      cpuLimit: optional(cpuLimit, value => formatCpu(value)),
      memoryRequest: optional(memoryRequest, String),
      memoryLimit: optional(memoryLimit, String),
    }),
  );
}

/** Asks every policy about a plan. */
export async function judgePlan(
  loop: Loop,
  recommendation: Recommendation,
  plan: ChangePlan,
  snapshot: RepositorySnapshot,
  impact: Impact,
): Promise<{ verdicts: readonly Verdict[]; policyVersion: string }> {
  const entity = await loop.stores.entities.getEntity(recommendation.entityRef);
  const { action, environment, entityRef, saving, confidence, risk, model } =
    recommendation;
  const changed = await callForge(() => changedObjects(plan, snapshot));
  const { verdicts, version } = await loop.policies.judge({
    objects: changed.objects,
    context: {
      action: action.kind,
      environment,
      entityRef,
      monthlySaving: saving.expected,
      confidence,
      risk,
      model: `${model.name}-v${model.version}`,
      impact: impact.level,
      dataClass: entity?.context.dataClass,
    },
    team: await teamOf(loop, entityRef, saving.expected.currency),
  });
  return {
    verdicts: [...verdicts, ...changed.partly.map(partialObject)],
    policyVersion: version,
  };
}

/** Policies that look for what must not be there cannot be trusted with a part of an object. */
function partialObject({ path, object }: BuiltObject): Verdict {
  return {
    policy: 'finops-partial-object',
    outcome: 'require-approval',
    message: `${object.kind} ${object.name} is written by a chart, and Helm was not at hand to build it: policies judged its name, labels, replicas and resources only.`,
    cause: 'evaluated',
    path,
  };
}

/** What policies may know of the owner of an entity; the budget in the currency of the change. */
export async function teamOf(
  { stores, config }: Loop,
  entityRef: string,
  currency: string,
): Promise<TeamContext | undefined> {
  const entity = await stores.entities.getEntity(entityRef);
  const owner = entity?.context.ownerRefs.at(0);
  if (owner === undefined) {
    return undefined;
  }
  const { monthly } = budgetsOf(
    (await stores.entities.getEntity(owner))?.context ?? { entityRef: owner },
    config.budgets,
  );
  return {
    name: owner,
    monthlyBudget: monthly.find(budget => budget.currency === currency),
  };
}

/** Whether two plans write the same bytes over the same bytes, on whatever commits. */
export function sameEdits(a: ChangePlan, b: ChangePlan): boolean {
  const edits = (plan: ChangePlan) =>
    JSON.stringify([
      plan.identity,
      [...plan.files]
        .map(file => [file.path, file.beforeSha256, file.afterSha256])
        .sort(([left], [right]) => (left < right ? -1 : 1)),
    ]);
  return edits(a) === edits(b);
}

/**
 * What policies judge: objects as they are deployed, or as their files say where nothing builds them;
 * resources as their code declares them.
 */
async function changedObjects(
  plan: ChangePlan,
  snapshot: RepositorySnapshot,
): Promise<{
  readonly objects: readonly ChangedObject[];
  /** Those of which only a part is known. */
  readonly partly: readonly BuiltObject[];
}> {
  const built = await buildPlanned(plan, snapshot);
  if (built.kind === 'built') {
    return {
      objects: built.objects.map(({ path, before, after, changes }) => ({
        path,
        object: after,
        oldObject: before,
        changes,
      })),
      partly: built.objects.filter(({ synthesised }) => synthesised),
    };
  }
  if (plan.objects?.some(({ infrastructure }) => infrastructure)) {
    // Code is no object that a policy could be asked about, and not asking must not allow.
    throw new Error(`What the plan changes cannot be read: ${built.reason}`);
  }
  const objects: ChangedObject[] = [];
  for (const file of await applyPlan(plan, snapshot)) {
    const oldDocuments = documentsOf(file.before);
    const newDocuments = documentsOf(file.after);
    // Whoever takes a document out of a file changes nothing else in it.
    const isRemoved = file.deleted || newDocuments.length < oldDocuments.length;
    const changes = plan.changes.filter(change => change.path === file.path);
    for (const index of new Set(changes.map(change => change.documentIndex))) {
      objects.push({
        path: file.path,
        object: isRemoved ? undefined : newDocuments[index],
        oldObject: oldDocuments[index],
        changes: changes.filter(change => change.documentIndex === index),
      });
    }
  }
  return { objects, partly: [] };
}

function documentsOf(bytes: Uint8Array): unknown[] {
  return parseAllDocuments(new TextDecoder().decode(bytes)).map(document =>
    document.toJS(),
  );
}

function refused(
  code: string,
  reason: string,
): { readonly kind: 'refused'; readonly refusal: Refusal } {
  return { kind: 'refused', refusal: { code, reason } };
}
