import {
  CommentInput,
  CommentOutcome,
  ForgeError,
  ForgeOptions,
  ForgeReview,
  ReviewedChangeRequest,
  WorkflowRun,
} from '@apexlogic/backstage-plugin-finops-node';
import { GithubRepository } from './GithubRepository';
import { IssueComment } from './schemas';

/** Pull requests, comments and workflows of GitHub. */
export class GithubReview implements ForgeReview {
  constructor(
    private readonly open: (
      repositoryUrl: string,
      options?: ForgeOptions,
    ) => GithubRepository,
  ) {}

  async readChangeRequest(
    repositoryUrl: string,
    number: number,
    options?: ForgeOptions,
  ): Promise<ReviewedChangeRequest> {
    const repository = this.open(repositoryUrl, options);
    const pull = await repository.reviewedPull(number);
    const { owner, repo } = repository.location;
    // The base that a pull request names is the one it was opened on.
    const baseSha = await repository.branchSha(pull.base.ref);
    const mergeBaseSha =
      baseSha && (await repository.mergeBase(baseSha, pull.head.sha));
    if (!baseSha || !mergeBaseSha) {
      throw new ForgeError(
        'not-found',
        `Pull request ${number} of ${repositoryUrl} has no common history with '${pull.base.ref}'`,
      );
    }
    return {
      number,
      url: pull.html_url,
      state: pull.merged_at ? 'merged' : pull.state,
      author: {
        login: pull.user?.login ?? 'ghost',
        isBot: pull.user?.type === 'Bot',
      },
      base: { branch: pull.base.ref, sha: baseSha },
      head: {
        branch: pull.head.ref,
        sha: pull.head.sha,
        isFork:
          pull.head.repo?.full_name.toLocaleLowerCase('en-US') !==
          `${owner}/${repo}`.toLocaleLowerCase('en-US'),
      },
      mergeBaseSha,
    };
  }

  async upsertComment(
    repositoryUrl: string,
    number: number,
    comment: CommentInput,
    options?: ForgeOptions,
  ): Promise<CommentOutcome> {
    const repository = this.open(repositoryUrl, options);
    const { marker, body, id } = comment;
    const known = id === undefined ? undefined : await repository.comment(id);
    const [own] = known
      ? [known]
      : await repository.commentsWith(number, marker);
    if (own) {
      return rewrite(repository, own, body, 'unchanged');
    }
    const created = await repository.createComment(number, body);
    // Whoever wrote at the same time keeps the oldest too, so that one is left.
    const [kept = created, ...duplicates] = await repository.commentsWith(
      number,
      marker,
    );
    for (const duplicate of duplicates) {
      await repository.deleteComment(duplicate.id);
    }
    return rewrite(repository, kept, body, 'created');
  }

  async startWorkflow(
    repositoryUrl: string,
    start: Parameters<ForgeReview['startWorkflow']>[1],
    options?: ForgeOptions,
  ): Promise<void> {
    const { workflow, branch, inputs } = start;
    await this.open(repositoryUrl, options).dispatchWorkflow(
      workflow,
      branch,
      inputs,
    );
  }

  async listWorkflowRuns(
    repositoryUrl: string,
    { workflow, headSha }: Parameters<ForgeReview['listWorkflowRuns']>[1],
    options?: ForgeOptions,
  ): Promise<readonly WorkflowRun[]> {
    const runs = await this.open(repositoryUrl, options).dispatchedRuns(
      workflow,
      headSha,
    );
    return runs.map(run => ({
      id: run.id,
      url: run.html_url,
      headSha: run.head_sha,
      createdAt: new Date(run.created_at).toISOString(),
      outcome: outcomeOf(run),
    }));
  }
}

async function rewrite(
  repository: GithubRepository,
  comment: IssueComment,
  body: string,
  otherwise: 'created' | 'unchanged',
): Promise<CommentOutcome> {
  // GitHub may give lines back with other ends.
  const isSame = comment.body?.replaceAll('\r\n', '\n') === body;
  if (!isSame) {
    await repository.updateComment(comment.id, body);
  }
  return {
    id: comment.id,
    url: comment.html_url,
    result: isSame ? otherwise : 'updated',
  };
}

/** Neutral and skipped runs have tested nothing. */
function outcomeOf(run: {
  readonly status: string | null;
  readonly conclusion: string | null;
}): WorkflowRun['outcome'] {
  if (run.status !== 'completed') {
    return undefined;
  }
  return run.conclusion === 'success' ? 'success' : 'failure';
}
