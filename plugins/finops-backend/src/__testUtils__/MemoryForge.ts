import { createHash } from 'node:crypto';
import {
  ChangeRequest,
  RepositoryRef,
} from '@apexlogic/backstage-plugin-finops-common';
import {
  ChangeRequestInput,
  DeliverOutcome,
  Forge,
  ForgeError,
  ForgeReview,
  TreeFile,
} from '@apexlogic/backstage-plugin-finops-node';

interface StoredRequest {
  changeRequest: ChangeRequest;
  input: ChangeRequestInput;
  statuses: Record<string, string>;
}

/**
 * A forge that holds one repository in memory and keeps the contract: commits are immutable, a branch
 * has at most one open change request, a moved base is a conflict.
 */
export class MemoryForge implements Forge {
  readonly id = 'memory';
  readonly requests: StoredRequest[] = [];
  /** Called before each operation; throw to fail it. */
  fault?: (operation: keyof Forge | keyof ForgeReview) => void | Promise<void>;
  /** Called after a change request is stored and before the caller learns of it. */
  afterWrite?: () => void;
  deliveries = 0;
  #commits = new Map<string, Map<string, Buffer>>();
  #head = '';

  constructor(readonly url: string, files: Record<string, string>) {
    this.commit(files);
  }

  /** Replaces and deletes files on the base branch by a new commit. */
  commit(
    files: Record<string, string | Uint8Array>,
    deletions: readonly string[] = [],
  ): string {
    this.#head = this.commitOnto(this.#head, {
      ...files,
      ...Object.fromEntries(deletions.map(path => [path, null])),
    });
    return this.#head;
  }

  /** A commit on top of another that moves no branch; null removes a file. */
  commitOnto(
    parent: string,
    files: Record<string, string | Uint8Array | null>,
  ): string {
    const tree = new Map(this.#commits.get(parent));
    for (const [path, content] of Object.entries(files)) {
      if (content === null) {
        tree.delete(path);
      } else {
        tree.set(path, Buffer.from(content as string));
      }
    }
    const sha = createHash('sha1')
      .update(
        `${this.#commits.size}\n${[...tree]
          .map(([path, bytes]) => `${path} ${blobSha(bytes)}`)
          .join('\n')}`,
      )
      .digest('hex');
    this.#commits.set(sha, tree);
    return sha;
  }

  /** Text of a file on the base branch. */
  file(path: string): string {
    return this.#commits.get(this.#head)!.get(path)!.toString('utf8');
  }

  /** Paths on the base branch. */
  paths(): string[] {
    return [...this.#commits.get(this.#head)!.keys()];
  }

  /** Merges a change request as a person would. */
  merge(number: number): void {
    const request = this.requests[number - 1];
    this.commit(
      Object.fromEntries(
        request.input.files.map(file => [file.path, file.content]),
      ),
      request.input.deletions,
    );
    request.changeRequest = { ...request.changeRequest, state: 'merged' };
  }

  close(number: number): void {
    const request = this.requests[number - 1];
    request.changeRequest = { ...request.changeRequest, state: 'closed' };
  }

  handles(repositoryUrl: string): boolean {
    return repositoryUrl === this.url;
  }

  async defaultBranch(): Promise<string> {
    await this.fault?.('defaultBranch');
    return 'main';
  }

  async headSha(): Promise<string> {
    await this.fault?.('headSha');
    return this.#head;
  }

  async listFiles(
    _repository: RepositoryRef,
    commitSha: string,
  ): Promise<readonly TreeFile[]> {
    await this.fault?.('listFiles');
    const tree = this.#commits.get(commitSha);
    if (!tree) {
      throw new ForgeError('conflict', `There is no commit ${commitSha}`);
    }
    return [...tree].map(([path, bytes]) => ({
      path,
      blobSha: blobSha(bytes),
      sizeBytes: bytes.length,
    }));
  }

  async readBlob(_repository: RepositoryRef, sha: string): Promise<Uint8Array> {
    await this.fault?.('readBlob');
    for (const tree of this.#commits.values()) {
      for (const bytes of tree.values()) {
        if (blobSha(bytes) === sha) {
          return new Uint8Array(bytes);
        }
      }
    }
    throw new ForgeError('not-found', `There is no blob ${sha}`);
  }

  async deliver(input: ChangeRequestInput): Promise<DeliverOutcome> {
    await this.fault?.('deliver');
    this.deliveries++;
    const existing = this.requests.find(
      request =>
        request.input.branch === input.branch &&
        request.changeRequest.state !== 'merged',
    );
    if (existing?.changeRequest.state === 'closed') {
      return { result: 'declined', changeRequest: existing.changeRequest };
    }
    const headSha = createHash('sha1')
      .update(input.baseSha)
      .update(Buffer.concat(input.files.map(file => Buffer.from(file.content))))
      .update((input.deletions ?? []).join('\n'))
      .digest('hex');
    if (existing) {
      const result =
        existing.changeRequest.headSha === headSha ? 'unchanged' : 'updated';
      existing.input = input;
      existing.changeRequest = { ...existing.changeRequest, headSha };
      return { result, changeRequest: existing.changeRequest };
    }
    const number = this.requests.length + 1;
    const changeRequest: ChangeRequest = {
      url: `${this.url}/pull/${number}`,
      number,
      branch: input.branch,
      headSha,
      state: 'open',
      draft: input.draft,
    };
    this.requests.push({ changeRequest, input, statuses: {} });
    this.afterWrite?.();
    return { result: 'opened', changeRequest };
  }

  async getChangeRequest(
    _repository: RepositoryRef,
    number: number,
  ): Promise<ChangeRequest> {
    await this.fault?.('getChangeRequest');
    return this.requests[number - 1].changeRequest;
  }

  async setStatus(
    _repository: RepositoryRef,
    sha: string,
    status: { context: string; state: string },
  ): Promise<void> {
    await this.fault?.('setStatus');
    const request = this.requests.find(
      candidate => candidate.changeRequest.headSha === sha,
    );
    if (!request) {
      throw new ForgeError('not-found', `There is no commit ${sha}`);
    }
    request.statuses[status.context] = status.state;
  }
}

function blobSha(bytes: Uint8Array): string {
  return createHash('sha1')
    .update(`blob ${bytes.length}\0`)
    .update(bytes)
    .digest('hex');
}
