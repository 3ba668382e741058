import { z } from 'zod';
import { ForgeRecords, StatusRecord } from './ForgeRecords';
import {
  ChangedFile,
  Comparison,
  comparisonSchema,
  gitCommitSchema,
  Pull,
  pullSchema,
  refSchema,
  Review,
  reviewSchema,
  shaSchema,
  treeSchema,
} from './schemas';
import { Upstream } from './Upstream';

const PAGE_SIZE = 100;

/** A refusal in GitHub's words. */
export interface Refusal {
  readonly status: 404 | 405 | 409 | 422;
  readonly message: string;
  readonly errors?: readonly unknown[];
}

export const SELF_APPROVAL: Refusal = {
  status: 422,
  message: 'Unprocessable Entity',
  errors: ['Can not approve your own pull request'],
};

export type Merged =
  | { readonly result: 'merged'; readonly sha: string }
  | { readonly result: 'refused'; readonly refusal: Refusal };

/** A pull request with what GitHub computes and the double does not. */
export interface PullDetails {
  readonly pull: Pull;
  readonly files: readonly ChangedFile[];
  readonly commits: Comparison['commits'];
  readonly statuses: readonly StatusRecord[];
  readonly reviews: readonly Review[];
  /** Files that both sides changed since they parted. */
  readonly conflicts: readonly string[];
  /** Why it cannot be merged now; empty when it can. */
  readonly blockers: readonly string[];
}

/** Pull requests as GitHub treats them, on top of the double's store. */
export class PullRequests {
  constructor(
    private readonly upstream: Upstream,
    private readonly records: ForgeRecords,
    private readonly requiredStatuses: readonly string[],
  ) {}

  /** Every pull request, newest first. */
  async list(): Promise<Pull[]> {
    const pulls = await this.upstream.get(
      z.array(pullSchema),
      `/pulls?state=all&sort=created&direction=desc&per_page=${PAGE_SIZE}`,
    );
    return Promise.all(pulls.map(pull => this.complete(pull)));
  }

  async find(number: number): Promise<Pull | undefined> {
    const pull = await this.upstream.find(pullSchema, `/pulls/${number}`);
    return pull && this.complete(pull);
  }

  /** The double keeps the head it saw at creation and knows no merges of ours. */
  async complete(pull: Pull): Promise<Pull> {
    const merge = this.records.merge(pull.number);
    const pinned =
      pull.state === 'closed'
        ? this.records.closedHead(pull.number)
        : undefined;
    const head =
      pinned ?? (await this.branchSha(pull.head.ref)) ?? pull.head.sha;
    return {
      ...pull,
      head: { ...pull.head, sha: head },
      merged: merge !== undefined,
      merged_at: merge?.at ?? null,
      merge_commit_sha: merge?.sha ?? null,
      merged_by: merge ? { login: merge.by } : null,
    };
  }

  async details(number: number): Promise<PullDetails | undefined> {
    const pull = await this.find(number);
    if (!pull) {
      return undefined;
    }
    const merge = this.records.merge(number);
    const base = merge
      ? await this.#firstParent(merge.sha)
      : await this.branchSha(pull.base.ref);
    const comparison = base
      ? await this.#compare(base, pull.head.sha)
      : undefined;
    const conflicts =
      !merge && base && comparison
        ? await this.#conflicts(base, pull.head.sha, comparison)
        : [];
    const statuses = this.records.currentStatuses(pull.head.sha);
    const reviews = await this.upstream.get(
      z.array(reviewSchema),
      `/pulls/${number}/reviews`,
    );
    return {
      pull,
      files: comparison?.files ?? [],
      commits: comparison?.commits ?? [],
      statuses,
      reviews,
      conflicts,
      blockers:
        pull.state === 'closed'
          ? []
          : this.#blockers(pull, statuses, conflicts),
    };
  }

  async branchSha(branch: string): Promise<string | undefined> {
    const ref = await this.upstream.find(
      refSchema,
      `/git/ref/heads/${encodeURIComponent(branch)}`,
    );
    return ref?.object.sha;
  }

  /** Why GitHub would not open this pull request. */
  async refuseCreation(input: {
    head: string;
    base: string;
  }): Promise<Refusal | undefined> {
    const head = input.head.split(':').at(-1) ?? '';
    const headSha = await this.branchSha(head);
    const baseSha = await this.branchSha(input.base);
    const invalid = headSha === undefined ? 'head' : 'base';
    if (headSha === undefined || baseSha === undefined) {
      return {
        status: 422,
        message: 'Validation Failed',
        errors: [{ resource: 'PullRequest', field: invalid, code: 'invalid' }],
      };
    }
    const open = (await this.list()).find(
      pull =>
        pull.state === 'open' &&
        pull.head.ref === head &&
        pull.base.ref === input.base,
    );
    if (open) {
      return validationFailed(
        `A pull request already exists for ${open.head.label}.`,
      );
    }
    const comparison = await this.#compare(baseSha, headSha);
    return comparison && comparison.ahead_by === 0
      ? validationFailed(`No commits between ${input.base} and ${head}`)
      : undefined;
  }

  async close(number: number, by: string): Promise<void> {
    const pull = await this.find(number);
    if (pull?.state === 'open') {
      this.records.setClosedHead(number, pull.head.sha);
      await this.upstream
        .as(by)
        .send(pullSchema, 'PATCH', `/pulls/${number}`, { state: 'closed' });
    }
  }

  async markReady(number: number, by: string): Promise<void> {
    await this.upstream
      .as(by)
      .send(pullSchema, 'PATCH', `/pulls/${number}`, { draft: false });
  }

  /** Approves as a person; nobody approves their own. */
  async approve(number: number, by: string): Promise<Refusal | undefined> {
    const pull = await this.find(number);
    if (!pull || pull.state === 'closed') {
      return { status: 404, message: 'Not Found' };
    }
    if (pull.user?.login === by) {
      return SELF_APPROVAL;
    }
    await this.upstream
      .as(by)
      .send(z.unknown(), 'POST', `/pulls/${number}/reviews`, {
        event: 'APPROVE',
        commit_id: pull.head.sha,
      });
    return undefined;
  }

  /** Merges the files the head changed into the base as it is now. */
  async merge(
    number: number,
    by: string,
    options: {
      expectedSha?: string;
      method: 'merge' | 'squash';
      title?: string;
      message?: string;
    },
  ): Promise<Merged> {
    const details = await this.details(number);
    if (!details) {
      return refused(404, 'Not Found');
    }
    const { pull, files, conflicts, blockers } = details;
    if (pull.state === 'closed') {
      return refused(405, 'Pull Request is not mergeable');
    }
    if (
      options.expectedSha !== undefined &&
      options.expectedSha !== pull.head.sha
    ) {
      return refused(
        409,
        'Head branch was modified. Review and try the merge again.',
      );
    }
    if (conflicts.length > 0) {
      return refused(405, 'Merge conflict: Pull Request is not mergeable');
    }
    if (blockers.length > 0) {
      return refused(405, blockers.join(' '));
    }
    const baseSha = await this.branchSha(pull.base.ref);
    if (baseSha === undefined) {
      return refused(405, 'Base branch does not exist');
    }

    const sha = await this.#commitMerge(pull, files, baseSha, by, options);
    this.records.setMerge(number, { sha, by, at: new Date().toISOString() });
    await this.close(number, by);
    return { result: 'merged', sha };
  }

  async #commitMerge(
    pull: Pull,
    files: readonly ChangedFile[],
    baseSha: string,
    by: string,
    options: { method: 'merge' | 'squash'; title?: string; message?: string },
  ): Promise<string> {
    const actor = this.upstream.as(by);
    const headTree = await this.upstream.get(
      treeSchema,
      `/git/trees/${pull.head.sha}?recursive=1`,
    );
    const modes = new Map(headTree.tree.map(entry => [entry.path, entry.mode]));
    const base = await this.upstream.get(
      gitCommitSchema,
      `/git/commits/${baseSha}`,
    );
    const blob = (path: string, sha: string | null) => ({
      path,
      mode: modes.get(path) ?? '100644',
      type: 'blob',
      sha,
    });
    const { sha: tree } = await actor.send(shaSchema, 'POST', '/git/trees', {
      base_tree: base.tree.sha,
      tree: files.flatMap(file => [
        ...(file.previous_filename ? [blob(file.previous_filename, null)] : []),
        blob(file.filename, file.status === 'removed' ? null : file.sha),
      ]),
    });
    const isSquash = options.method === 'squash';
    const title =
      options.title ??
      (isSquash
        ? `${pull.title} (#${pull.number})`
        : `Merge pull request #${pull.number} from ${pull.head.label}`);
    const { sha } = await actor.send(shaSchema, 'POST', '/git/commits', {
      message: [title, options.message ?? (isSquash ? undefined : pull.title)]
        .filter(Boolean)
        .join('\n\n'),
      tree,
      parents: isSquash ? [baseSha] : [baseSha, pull.head.sha],
    });
    await actor.send(
      refSchema,
      'PATCH',
      `/git/refs/heads/${encodeURIComponent(pull.base.ref)}`,
      { sha, force: false },
    );
    return sha;
  }

  #blockers(
    pull: Pull,
    statuses: readonly StatusRecord[],
    conflicts: readonly string[],
  ): string[] {
    return [
      ...(pull.draft ? ['Pull Request is still a draft.'] : []),
      ...(conflicts.length > 0
        ? [`${pull.base.ref} changed ${conflicts.join(', ')} too.`]
        : []),
      ...this.requiredStatuses
        .filter(
          context =>
            !statuses.some(
              status =>
                status.context === context && status.state === 'success',
            ),
        )
        .map(context => `Required status check "${context}" is expected.`),
    ];
  }

  async #conflicts(
    base: string,
    head: string,
    change: Comparison,
  ): Promise<string[]> {
    if (change.merge_base_commit.sha === base) {
      return [];
    }
    const since = await this.#compare(head, base);
    const touched = new Map(
      (since?.files ?? []).flatMap(file => [
        [file.filename, file.sha] as const,
        ...(file.previous_filename
          ? [[file.previous_filename, undefined] as const]
          : []),
      ]),
    );
    return change.files
      .flatMap(file => [
        file,
        ...(file.previous_filename
          ? [{ filename: file.previous_filename, sha: '' }]
          : []),
      ])
      .filter(
        file =>
          touched.has(file.filename) && touched.get(file.filename) !== file.sha,
      )
      .map(file => file.filename);
  }

  async #firstParent(sha: string): Promise<string | undefined> {
    const commit = await this.upstream.get(
      gitCommitSchema,
      `/git/commits/${sha}`,
    );
    return commit.parents[0]?.sha;
  }

  async #compare(base: string, head: string): Promise<Comparison | undefined> {
    return this.upstream.find(comparisonSchema, `/compare/${base}...${head}`);
  }
}

function validationFailed(message: string): Refusal {
  return {
    status: 422,
    message: 'Validation Failed',
    errors: [{ resource: 'PullRequest', code: 'custom', message }],
  };
}

function refused(status: Refusal['status'], message: string): Merged {
  return { result: 'refused', refusal: { status, message } };
}
