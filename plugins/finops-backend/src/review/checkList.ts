import { needsApproval } from '../check/conclude';
import { Stores } from '../database/createStores';
import { Schemas } from './types';
import { toWire } from './wire';

/** Checks of a repository's change requests. Costs are left to whoever may read those of the entities. */
export async function checkList(
  { checks }: Pick<Stores, 'checks'>,
  repository: string,
  limit: number,
): Promise<Schemas['CheckList']> {
  const found = await checks.list(repository, limit);
  return {
    checks: await Promise.all(
      found.map(
        async ({ id, number, state, report, conclusion, ...check }) => ({
          id,
          number,
          state,
          url: report?.url,
          headSha: report?.headSha,
          author: report?.author.login,
          conclusion: conclusion?.state,
          description: conclusion?.description,
          commentUrl: check.commentUrl,
          risk: report?.risk.level,
          verdicts: toWire(report?.verdicts ?? []),
          suggestions: report?.suggestions.length,
          needsApproval: report !== undefined && needsApproval(report),
          approvers: report ? await checks.listApprovers(id, report.hash) : [],
          hash: report?.hash,
          updatedAt: check.updatedAt,
        }),
      ),
    ),
  };
}
