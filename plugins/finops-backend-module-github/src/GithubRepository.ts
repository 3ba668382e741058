import { ForgeError } from '@apexlogic/backstage-plugin-finops-node';
import { z } from 'zod';
import { FinopsOctokit } from './createOctokit';
import { GithubRequestError } from './GithubRequestError';
import { RepositoryLocation } from './repositoryUrl';
import {
  Commit,
  commitSchema,
  Comparison,
  comparisonSchema,
  IssueComment,
  issueCommentSchema,
  mergeBaseSchema,
  Pull,
  pullSchema,
  ReviewedPull,
  reviewedPullSchema,
  Tree,
  treeSchema,
  workflowRunsSchema,
} from './schemas';

const PAGE_SIZE = 100;
/** More pull requests from one branch, or comments on one of them, than this are a defect elsewhere. */
const MAX_PAGES = 10;

const shaSchema = z.object({ sha: z.string() });
const repositorySchema = z.object({ default_branch: z.string() });
const refSchema = z.object({ object: shaSchema });
const blobSchema = z.object({
  content: z.string(),
  encoding: z.literal('base64'),
});

/**
 * The calls this module makes on one repository. Answers are validated; failures are
 * {@link GithubRequestError}s.
 */
export class GithubRepository {
  constructor(
    private readonly octokit: FinopsOctokit,
    readonly location: RepositoryLocation,
    private readonly signal?: AbortSignal,
  ) {}

  async defaultBranch(): Promise<string> {
    const { default_branch: name } = await this.#call(
      'the repository',
      repositorySchema,
      'GET /repos/{owner}/{repo}',
      {},
    );
    return name;
  }

  /** Head of a branch; `undefined` when there is none. */
  async branchSha(branch: string): Promise<string | undefined> {
    const ref = await this.#unlessNotFound(
      this.#call(
        `branch '${branch}'`,
        refSchema,
        'GET /repos/{owner}/{repo}/git/ref/{ref}',
        { ref: `heads/${branch}` },
      ),
    );
    return ref?.object.sha;
  }

  /** `undefined` when the repository has no such commit. */
  async commit(sha: string): Promise<Commit | undefined> {
    return this.#unlessNotFound(
      this.#call(
        `commit ${sha}`,
        commitSchema,
        'GET /repos/{owner}/{repo}/git/commits/{commit_sha}',
        {
          commit_sha: sha,
        },
      ),
    );
  }

  async tree(sha: string, options: { recursive: boolean }): Promise<Tree> {
    return this.#call(
      `tree ${sha}`,
      treeSchema,
      'GET /repos/{owner}/{repo}/git/trees/{tree_sha}',
      {
        tree_sha: sha,
        ...(options.recursive ? { recursive: '1' } : {}),
      },
    );
  }

  async blob(sha: string): Promise<Uint8Array> {
    const blob = await this.#call(
      `blob ${sha}`,
      blobSchema,
      'GET /repos/{owner}/{repo}/git/blobs/{file_sha}',
      {
        file_sha: sha,
      },
    );
    return Buffer.from(blob.content, 'base64');
  }

  async createBlob(content: Uint8Array): Promise<string> {
    const { sha } = await this.#call(
      'a file',
      shaSchema,
      'POST /repos/{owner}/{repo}/git/blobs',
      {
        content: Buffer.from(content).toString('base64'),
        encoding: 'base64',
      },
    );
    return sha;
  }

  async createTree(
    baseTree: string,
    files: readonly {
      readonly path: string;
      readonly mode: string;
      /** `null` deletes the file. */
      readonly sha: string | null;
    }[],
  ): Promise<string> {
    const { sha } = await this.#call(
      'the changed tree',
      shaSchema,
      'POST /repos/{owner}/{repo}/git/trees',
      {
        base_tree: baseTree,
        tree: files.map(file => ({ ...file, type: 'blob' })),
      },
    );
    return sha;
  }

  async createCommit(commit: {
    message: string;
    tree: string;
    parents: readonly string[];
  }): Promise<string> {
    // Without author and committer GitHub signs an App's commit: it shows as verified.
    const { sha } = await this.#call(
      'the commit',
      shaSchema,
      'POST /repos/{owner}/{repo}/git/commits',
      {
        ...commit,
      },
    );
    return sha;
  }

  async createBranch(branch: string, sha: string): Promise<void> {
    await this.#call(
      `branch '${branch}'`,
      refSchema,
      'POST /repos/{owner}/{repo}/git/refs',
      {
        ref: `refs/heads/${branch}`,
        sha,
      },
    );
  }

  /** Never forced: GitHub refuses when the branch moved to something `sha` does not build on. */
  async fastForward(branch: string, sha: string): Promise<void> {
    await this.#call(
      `branch '${branch}'`,
      refSchema,
      'PATCH /repos/{owner}/{repo}/git/refs/{ref}',
      {
        ref: `heads/${branch}`,
        sha,
        force: false,
      },
    );
  }

  /** What `head` has that `base` has not; `undefined` when one of the commits is unknown. */
  async compare(base: string, head: string): Promise<Comparison | undefined> {
    return this.#unlessNotFound(
      this.#call(
        `the difference of ${base} and ${head}`,
        comparisonSchema,
        'GET /repos/{owner}/{repo}/compare/{basehead}',
        { basehead: `${base}...${head}` },
      ),
    );
  }

  /** Every pull request from `branch` into `base`, oldest first. */
  async pullsFrom(
    branch: string,
    base: string,
    state: 'open' | 'all',
  ): Promise<Pull[]> {
    const pulls: Pull[] = [];
    for (let page = 1; page <= MAX_PAGES; page++) {
      const batch = await this.#call(
        `pull requests of branch '${branch}'`,
        z.array(pullSchema),
        'GET /repos/{owner}/{repo}/pulls',
        {
          head: `${this.location.owner}:${branch}`,
          base,
          state,
          per_page: PAGE_SIZE,
          page,
        },
      );
      pulls.push(...batch);
      if (batch.length < PAGE_SIZE) {
        break;
      }
    }
    return pulls.sort((left, right) => left.number - right.number);
  }

  async pull(number: number): Promise<Pull> {
    return this.#call(
      `pull request ${number}`,
      pullSchema,
      'GET /repos/{owner}/{repo}/pulls/{pull_number}',
      {
        pull_number: number,
      },
    );
  }

  async createPull(pull: {
    title: string;
    body: string;
    head: string;
    base: string;
    draft: boolean;
  }): Promise<Pull> {
    return this.#call(
      'the pull request',
      pullSchema,
      'POST /repos/{owner}/{repo}/pulls',
      { ...pull },
    );
  }

  async updatePull(
    number: number,
    patch: { title?: string; body?: string; state?: 'closed' },
  ): Promise<Pull> {
    return this.#call(
      `pull request ${number}`,
      pullSchema,
      'PATCH /repos/{owner}/{repo}/pulls/{pull_number}',
      {
        pull_number: number,
        ...patch,
      },
    );
  }

  async addLabels(number: number, labels: readonly string[]): Promise<void> {
    await this.#call(
      `labels of pull request ${number}`,
      z.unknown(),
      'POST /repos/{owner}/{repo}/issues/{issue_number}/labels',
      { issue_number: number, labels },
    );
  }

  async createStatus(
    sha: string,
    status: {
      context: string;
      state: string;
      description: string;
      targetUrl?: string;
    },
  ): Promise<void> {
    await this.#call(
      `status of commit ${sha}`,
      z.unknown(),
      'POST /repos/{owner}/{repo}/statuses/{sha}',
      {
        sha,
        context: status.context,
        state: status.state,
        description: status.description,
        ...(status.targetUrl ? { target_url: status.targetUrl } : {}),
      },
    );
  }

  async reviewedPull(number: number): Promise<ReviewedPull> {
    return this.#call(
      `pull request ${number}`,
      reviewedPullSchema,
      'GET /repos/{owner}/{repo}/pulls/{pull_number}',
      { pull_number: number },
    );
  }

  /** Commit from which two commits parted; `undefined` when one is unknown or they share nothing. */
  async mergeBase(base: string, head: string): Promise<string | undefined> {
    const comparison = await this.#unlessNotFound(
      this.#call(
        `the merge base of ${base} and ${head}`,
        mergeBaseSchema,
        'GET /repos/{owner}/{repo}/compare/{basehead}',
        { basehead: `${base}...${head}` },
      ),
    );
    return comparison?.merge_base_commit.sha;
  }

  /** `undefined` when it was deleted. */
  async comment(id: number): Promise<IssueComment | undefined> {
    return this.#unlessNotFound(
      this.#call(
        `comment ${id}`,
        issueCommentSchema,
        'GET /repos/{owner}/{repo}/issues/comments/{comment_id}',
        { comment_id: id },
      ),
    );
  }

  /** Comments on a pull request that hold a text, oldest first. */
  async commentsWith(number: number, text: string): Promise<IssueComment[]> {
    const found: IssueComment[] = [];
    for (let page = 1; page <= MAX_PAGES; page++) {
      const batch = await this.#call(
        `comments of pull request ${number}`,
        z.array(issueCommentSchema),
        'GET /repos/{owner}/{repo}/issues/{issue_number}/comments',
        { issue_number: number, per_page: PAGE_SIZE, page },
      );
      found.push(...batch.filter(comment => comment.body?.includes(text)));
      if (batch.length < PAGE_SIZE) {
        break;
      }
    }
    return found.sort((left, right) => left.id - right.id);
  }

  async createComment(number: number, body: string): Promise<IssueComment> {
    return this.#call(
      `a comment on pull request ${number}`,
      issueCommentSchema,
      'POST /repos/{owner}/{repo}/issues/{issue_number}/comments',
      { issue_number: number, body },
    );
  }

  async updateComment(id: number, body: string): Promise<IssueComment> {
    return this.#call(
      `comment ${id}`,
      issueCommentSchema,
      'PATCH /repos/{owner}/{repo}/issues/comments/{comment_id}',
      { comment_id: id, body },
    );
  }

  async deleteComment(id: number): Promise<void> {
    await this.#unlessNotFound(
      this.#call(
        `comment ${id}`,
        z.unknown(),
        'DELETE /repos/{owner}/{repo}/issues/comments/{comment_id}',
        { comment_id: id },
      ),
    );
  }

  async dispatchWorkflow(
    workflow: string,
    ref: string,
    inputs: Readonly<Record<string, string>>,
  ): Promise<void> {
    await this.#call(
      `workflow '${workflow}'`,
      z.unknown(),
      'POST /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches',
      { workflow_id: workflow, ref, inputs },
    );
  }

  /** Runs of a workflow on a commit that were asked for, newest first. */
  async dispatchedRuns(
    workflow: string,
    headSha: string,
  ): Promise<z.infer<typeof workflowRunsSchema>['workflow_runs']> {
    const { workflow_runs: runs } = await this.#call(
      `runs of workflow '${workflow}'`,
      workflowRunsSchema,
      'GET /repos/{owner}/{repo}/actions/workflows/{workflow_id}/runs',
      {
        workflow_id: workflow,
        event: 'workflow_dispatch',
        head_sha: headSha,
        per_page: PAGE_SIZE,
      },
    );
    return runs
      .filter(run => run.head_sha === headSha)
      .sort((left, right) => right.id - left.id);
  }

  async #call<T>(
    what: string,
    schema: z.ZodType<T>,
    route: string,
    parameters: Record<string, unknown>,
  ): Promise<T> {
    const { owner, repo, url } = this.location;
    const subject = `${what} of ${url}`;
    let data: unknown;
    try {
      const response = await this.octokit.request(route, {
        owner,
        repo,
        ...parameters,
        request: { signal: this.signal },
      });
      data = response.data;
    } catch (error) {
      throw GithubRequestError.from(error, subject);
    }
    const parsed = schema.safeParse(data);
    if (!parsed.success) {
      throw new ForgeError(
        'unavailable',
        `The answer for ${subject} is not what GitHub's API describes: ${z.prettifyError(
          parsed.error,
        )}`,
      );
    }
    return parsed.data;
  }

  async #unlessNotFound<T>(call: Promise<T>): Promise<T | undefined> {
    try {
      return await call;
    } catch (error) {
      if (error instanceof ForgeError && error.code === 'not-found') {
        return undefined;
      }
      throw error;
    }
  }
}
