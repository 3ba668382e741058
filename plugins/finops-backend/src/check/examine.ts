import { createHash } from 'node:crypto';
import {
  Forge,
  ReviewedChangeRequest,
} from '@apexlogic/backstage-plugin-finops-node';
import { CheckReport } from '../database/CheckStore';
import { CheckContext } from './CheckContext';
import { costDifference } from './costDifference';
import { judgeChange } from './judgeChange';
import { ChangedWorkload, matchWorkloads } from './matchWorkloads';
import { readChange } from './readChange';
import { MeasuredWorkload, readHistory } from './readHistory';
import { riskOf } from './riskOf';
import { suggest } from './suggest';

/** Everything that is found of a change request at its present head. Writes nothing. */
export async function examine(
  context: CheckContext,
  forge: Forge,
  repositoryUrl: string,
  change: ReviewedChangeRequest,
  signal: AbortSignal,
): Promise<CheckReport> {
  const { stores } = context;
  const now = context.now();
  const read = await readChange(context, forge, repositoryUrl, change, signal);
  const { objects, problems, notes } = read.comparison;
  const workloads = await matchWorkloads(
    stores.entities,
    repositoryUrl,
    objects,
  );
  const measured = new Map<ChangedWorkload, MeasuredWorkload>();
  for (const workload of workloads) {
    if (workload.match.kind === 'known') {
      measured.set(workload, await readHistory(stores, workload.match, now));
    }
  }
  const suggestions = suggest(read.files, workloads, measured, now);
  const risk = riskOf(read, workloads, suggestions);
  const cost = await costDifference(stores, objects, workloads, measured, now);
  const { verdicts, policyVersion } = await judgeChange(context, {
    read,
    workloads,
    isBot: change.author.isBot,
    risk: risk.level,
    monthly: cost.monthly,
  });
  const { head, mergeBaseSha } = change;
  return {
    headSha: head.sha,
    mergeBaseSha,
    baseBranch: change.base.branch,
    url: change.url,
    headBranch: head.branch,
    isFork: head.isFork,
    author: change.author,
    isOwn: await isOwn(context, repositoryUrl, change),
    changedPaths: read.changedPaths,
    objects: objects.length,
    entityRefs: [
      ...new Set(
        workloads.flatMap(({ match }) =>
          match.kind === 'known' ? [match.entity.context.entityRef] : [],
        ),
      ),
    ].sort(),
    verdicts,
    policyVersion,
    cost,
    suggestions,
    risk,
    problems,
    notes: [
      ...notes,
      ...(objects.length === 0
        ? ['Only Kubernetes manifests are judged; this change has none.']
        : []),
    ],
    hash: createHash('sha256')
      .update(JSON.stringify([head.sha, mergeBaseSha, policyVersion, verdicts]))
      .digest('hex'),
  };
}

/** A change request of the loop with nothing in it that the loop did not write. */
async function isOwn(
  { stores }: CheckContext,
  repositoryUrl: string,
  { number, head }: ReviewedChangeRequest,
): Promise<boolean> {
  return (await stores.deliveries.listOpen()).some(
    ({ plan, changeRequest }) =>
      plan.repository.url === repositoryUrl &&
      changeRequest?.number === number &&
      changeRequest.headSha === head.sha,
  );
}
