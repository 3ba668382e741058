import { GithubCredentialsProvider } from '@backstage/integration';
import {
  ChangeRequest,
  RepositoryRef,
} from '@apexlogic/backstage-plugin-finops-common';
import {
  ChangeRequestInput,
  DeliverOutcome,
  Forge,
  ForgeError,
  ForgeOptions,
  ForgeReview,
  TreeFile,
} from '@apexlogic/backstage-plugin-finops-node';
import { createOctokit, FinopsOctokit } from './createOctokit';
import { deliver } from './deliver';
import { GithubRepository } from './GithubRepository';
import { GithubReview } from './GithubReview';
import { isRegularFile, readTree } from './readTree';
import { parseRepositoryUrl } from './repositoryUrl';
import { toChangeRequest } from './toChangeRequest';

/** Characters GitHub keeps of a status description. */
const STATUS_DESCRIPTION_CHARACTERS = 140;

/** @public */
export interface GithubForgeOptions {
  /** Host of the web URLs, as in `integrations.github`. */
  readonly host: string;
  readonly apiBaseUrl: string;
  readonly credentials: GithubCredentialsProvider;
  /** Pause between two writes; GitHub asks for the default of 1000. */
  readonly writeIntervalMilliseconds?: number;
  /** First wait after an answer 5xx; grows with each of the few retries. Default 1000. */
  readonly retryDelayMilliseconds?: number;
  /** How long one request may take before it counts as unavailable. Default 30 000. */
  readonly requestTimeoutMilliseconds?: number;
}

/**
 * GitHub and GitHub Enterprise through the REST API: trees and blobs to read, one commit of several
 * files to write.
 *
 * @public
 */
export class GithubForge implements Forge {
  readonly id: string;
  readonly review: ForgeReview;
  readonly #host: string;
  readonly #octokit: FinopsOctokit;

  static create(options: GithubForgeOptions): GithubForge {
    return new GithubForge(options.host, createOctokit(options));
  }

  private constructor(host: string, octokit: FinopsOctokit) {
    this.id = `github:${host}`;
    this.#host = host;
    this.#octokit = octokit;
    this.review = new GithubReview((url, requested) =>
      this.#open({ url }, requested),
    );
  }

  handles(repositoryUrl: string): boolean {
    return parseRepositoryUrl(repositoryUrl)?.host === this.#host;
  }

  async defaultBranch(
    repositoryUrl: string,
    options?: ForgeOptions,
  ): Promise<string> {
    return this.#open({ url: repositoryUrl }, options).defaultBranch();
  }

  async headSha(
    repository: RepositoryRef,
    options?: ForgeOptions,
  ): Promise<string> {
    const sha = await this.#open(repository, options).branchSha(
      repository.branch,
    );
    if (sha === undefined) {
      throw new ForgeError(
        'not-found',
        `${repository.url} has no branch '${repository.branch}'`,
      );
    }
    return sha;
  }

  async listFiles(
    repository: RepositoryRef,
    commitSha: string,
    options?: ForgeOptions,
  ): Promise<readonly TreeFile[]> {
    const entries = await readTree(this.#open(repository, options), commitSha);
    return entries.filter(isRegularFile).map(entry => ({
      path: entry.path,
      blobSha: entry.sha,
      sizeBytes: entry.size ?? 0,
    }));
  }

  async readBlob(
    repository: RepositoryRef,
    blobSha: string,
    options?: ForgeOptions,
  ): Promise<Uint8Array> {
    return this.#open(repository, options).blob(blobSha);
  }

  async deliver(
    input: ChangeRequestInput,
    options?: ForgeOptions,
  ): Promise<DeliverOutcome> {
    return deliver(this.#open(input.repository, options), input);
  }

  async getChangeRequest(
    repository: RepositoryRef,
    number: number,
    options?: ForgeOptions,
  ): Promise<ChangeRequest> {
    return toChangeRequest(await this.#open(repository, options).pull(number));
  }

  async setStatus(
    repository: RepositoryRef,
    sha: string,
    status: Parameters<Forge['setStatus']>[2],
    options?: ForgeOptions,
  ): Promise<void> {
    await this.#open(repository, options).createStatus(sha, {
      ...status,
      description: Array.from(status.description)
        .slice(0, STATUS_DESCRIPTION_CHARACTERS)
        .join(''),
    });
  }

  #open(
    repository: Pick<RepositoryRef, 'url'>,
    options?: ForgeOptions,
  ): GithubRepository {
    const parsed = parseRepositoryUrl(repository.url);
    if (parsed?.host !== this.#host) {
      throw new ForgeError(
        'rejected',
        `${repository.url} is not a repository of ${this.#host}`,
      );
    }
    return new GithubRepository(this.#octokit, parsed, options?.signal);
  }
}
