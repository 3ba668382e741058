import { parseAllDocuments } from 'yaml';
import {
  ANNOTATIONS,
  ChangePlan,
  parseWorkloadKey,
  Recommendation,
  Verdict,
} from '@apexlogic/backstage-plugin-finops-common';
import {
  applyPlan,
  buildPlanned,
  planChange,
  RepositorySnapshot,
} from '@apexlogic/backstage-plugin-finops-manifests';
import { Forge } from '@apexlogic/backstage-plugin-finops-node';
import {
  ChangedObject,
  TeamContext,
} from '@apexlogic/backstage-plugin-finops-policy';
import { Refusal } from '../database/PlanStore';
import { callForge } from '../governance/errors';
import { budgetsOf } from '../ingestion/budgets';
import { Loop } from './Loop';
import { openSnapshot } from './openSnapshot';
import { parseRepositoryUrl } from './parseRepositoryUrl';

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
  const entity = await loop.stores.entities.getEntity(recommendation.entityRef);
  const url = entity?.context.gitopsUrl;
  if (!url) {
    return refused(
      'not-managed',
      `${recommendation.entityRef} does not say where its desired state lies: annotate it with ${ANNOTATIONS.gitopsPath}.`,
    );
  }
  const folder = parseRepositoryUrl(url);
  if (!folder) {
    return refused(
      'not-managed',
      `${url} names no branch and folder; write ${ANNOTATIONS.gitopsPath} as https://host/org/repository/tree/branch/folder.`,
    );
  }
  const { repository, path } = folder;
  const forge = loop.forges.find(candidate =>
    candidate.handles(repository.url),
  );
  if (!forge) {
    return refused(
      'no-forge',
      `No installed forge module handles ${repository.url}.`,
    );
  }
  return await callForge(async () => {
    const signal = AbortSignal.timeout(FORGE_TIMEOUT_MS);
    const baseSha = await forge.headSha(repository, { signal });
    const snapshot = await openSnapshot({
      forge,
      repository,
      baseSha,
      blobs: loop.blobs,
      signal,
    });
    const result = await planChange(
      {
        workload: parseWorkloadKey(recommendation.workload),
        action: recommendation.action,
        path,
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
  });
}

/** Asks every policy about a plan. */
export async function judgePlan(
  loop: Loop,
  recommendation: Recommendation,
  plan: ChangePlan,
  snapshot: RepositorySnapshot,
): Promise<{ verdicts: readonly Verdict[]; policyVersion: string }> {
  const { action, environment, entityRef, saving, confidence, risk, model } =
    recommendation;
  const { verdicts, version } = await loop.policies.judge({
    objects: await callForge(() => changedObjects(plan, snapshot)),
    context: {
      action: action.kind,
      environment,
      entityRef,
      monthlySaving: saving.expected,
      confidence,
      risk,
      model: `${model.name}-v${model.version}`,
    },
    team: await teamOf(loop, entityRef, saving.expected.currency),
  });
  return { verdicts, policyVersion: version };
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

/** What policies judge: objects as they are deployed, or as their files say where nothing builds them. */
async function changedObjects(
  plan: ChangePlan,
  snapshot: RepositorySnapshot,
): Promise<ChangedObject[]> {
  const built = await buildPlanned(plan, snapshot);
  if (built.kind === 'built') {
    return built.objects.map(({ path, before, after, changes }) => ({
      path,
      object: after,
      oldObject: before,
      changes,
    }));
  }
  const objects: ChangedObject[] = [];
  for (const file of await applyPlan(plan, snapshot)) {
    const oldDocuments = documentsOf(file.before);
    const newDocuments = documentsOf(file.after);
    const changes = plan.changes.filter(change => change.path === file.path);
    for (const index of new Set(changes.map(change => change.documentIndex))) {
      objects.push({
        path: file.path,
        object: newDocuments[index],
        oldObject: oldDocuments[index],
        changes: changes.filter(change => change.documentIndex === index),
      });
    }
  }
  return objects;
}

function documentsOf(bytes: Uint8Array): unknown[] {
  return parseAllDocuments(new TextDecoder().decode(bytes)).map(document =>
    document.toJS(),
  );
}

function refused(
  code: string,
  reason: string,
): { kind: 'refused'; refusal: Refusal } {
  return { kind: 'refused', refusal: { code, reason } };
}
