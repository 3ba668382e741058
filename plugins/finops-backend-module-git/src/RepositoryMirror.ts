import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { join } from 'node:path';
import git, { GitAuth, HttpClient, ReadCommitResult } from 'isomorphic-git';
import http from 'isomorphic-git/http/node';
import { RepositoryFolder } from './repositoryUrl';

/** A commit that touched the folder asked for. */
export interface FolderCommit {
  readonly sha: string;
  readonly at: string;
  /** First line of the message, as written by its author. */
  readonly title: string;
}

export interface RepositoryMirrorOptions {
  readonly cacheDirectory: string;
  readonly timeoutMs: number;
  credentials(url: string): Promise<GitAuth | undefined>;
}

/**
 * Bare, shallow copies of repositories, fetched over git's own HTTP protocol. No git binary is needed,
 * no work tree is written, and only what came since the last fetch crosses the network.
 */
export class RepositoryMirror {
  readonly #options: RepositoryMirrorOptions;
  readonly #busy = new Map<string, Promise<unknown>>();
  /** How far back the copies go; a restart finds out again. */
  readonly #reaches = new Map<string, Date>();

  constructor(options: RepositoryMirrorOptions) {
    this.#options = options;
  }

  /** Fetches a repository's branch back to `since`; throws what git or the network answers. */
  async fetch(
    folder: RepositoryFolder,
    since: Date,
    signal: AbortSignal,
  ): Promise<void> {
    await this.#exclusively(folder.cloneUrl, async () => {
      const gitdir = this.#gitdir(folder);
      await git.init({ fs, gitdir, bare: true, defaultBranch: 'main' });
      await git.addRemote({
        fs,
        gitdir,
        remote: 'origin',
        url: folder.cloneUrl,
        force: true,
      });
      const options = {
        fs,
        http: withDeadline(this.#options.timeoutMs, signal),
        gitdir,
        remote: 'origin',
        singleBranch: true,
        tags: false,
        ref: folder.branch,
        remoteRef: folder.branch,
        onAuth: () => this.#options.credentials(folder.cloneUrl),
        // Asked again only after a refusal: once more would ask with the same.
        onAuthFailure: () => ({ cancel: true }),
      };
      const reaches = this.#reaches.get(branchKey(folder));
      if (reaches !== undefined && reaches <= since) {
        await git.fetch(options);
        return;
      }
      try {
        await git.fetch({ ...options, since });
        // The oldest commits' parents too: without them nobody can say what those commits changed.
        await git.fetch({ ...options, depth: 1, relative: true });
      } catch (error) {
        // Servers refuse a shallow fetch that would select no commit at all.
        if (
          !/no commits selected|shallow/i.test(String((error as Error).message))
        ) {
          throw error;
        }
        await git.fetch({ ...options, depth: 1 });
      }
      this.#reaches.set(branchKey(folder), since);
    });
  }

  /** Commits of the fetched branch that touched the folder, newest first. */
  async commits(
    folder: RepositoryFolder,
    since: Date,
  ): Promise<FolderCommit[]> {
    const gitdir = this.#gitdir(folder);
    const ref = await this.#remoteHead(gitdir, folder.branch);
    const shallow = new Set(await readShallow(gitdir));
    const commits = await git.log({ fs, gitdir, ref, since });
    const result: FolderCommit[] = [];
    for (const commit of commits) {
      if (await this.#touches(gitdir, commit, folder.path, shallow)) {
        result.push({
          sha: commit.oid,
          at: new Date(commit.commit.committer.timestamp * 1_000).toISOString(),
          title: commit.commit.message.split('\n', 1)[0].trim().slice(0, 200),
        });
      }
    }
    return result;
  }

  async #touches(
    gitdir: string,
    commit: ReadCommitResult,
    path: string,
    shallow: ReadonlySet<string>,
  ): Promise<boolean> {
    if (path === '') {
      return true;
    }
    const now = await this.#treeAt(gitdir, commit.oid, path);
    if (shallow.has(commit.oid)) {
      // Its parents were not fetched: what it changed is unknown.
      return false;
    }
    const parents = await Promise.all(
      commit.commit.parent.map(parent => this.#treeAt(gitdir, parent, path)),
    );
    // A merge that only brings what a parent had changed nothing itself.
    return parents.length === 0
      ? now !== undefined
      : parents.every(parent => parent !== now);
  }

  async #treeAt(
    gitdir: string,
    oid: string,
    filepath: string,
  ): Promise<string | undefined> {
    try {
      return (
        await git.readObject({ fs, gitdir, oid, filepath, format: 'deflated' })
      ).oid;
    } catch (error) {
      if ((error as { code?: string }).code === 'NotFoundError') {
        return undefined;
      }
      throw error;
    }
  }

  async #remoteHead(gitdir: string, branch?: string): Promise<string> {
    const name =
      branch ??
      (
        await git.resolveRef({
          fs,
          gitdir,
          ref: 'refs/remotes/origin/HEAD',
          depth: 2,
        })
      ).replace('refs/remotes/origin/', '');
    return git.resolveRef({ fs, gitdir, ref: `refs/remotes/origin/${name}` });
  }

  #gitdir(folder: RepositoryFolder): string {
    return join(
      this.#options.cacheDirectory,
      createHash('sha256').update(folder.cloneUrl).digest('hex').slice(0, 32),
    );
  }

  async #exclusively(key: string, work: () => Promise<void>): Promise<void> {
    const before = this.#busy.get(key) ?? Promise.resolve();
    const mine = before.catch(() => {}).then(work);
    this.#busy.set(key, mine);
    try {
      await mine;
    } finally {
      if (this.#busy.get(key) === mine) {
        this.#busy.delete(key);
      }
    }
  }
}

/** One branch of one repository. */
export function branchKey(folder: RepositoryFolder): string {
  return `${folder.cloneUrl}#${folder.branch ?? ''}`;
}

async function readShallow(gitdir: string): Promise<string[]> {
  try {
    return (await fs.promises.readFile(join(gitdir, 'shallow'), 'utf8'))
      .split('\n')
      .filter(Boolean);
  } catch {
    return [];
  }
}

/** The library's HTTP client has no deadline of its own. */
function withDeadline(timeoutMs: number, signal: AbortSignal): HttpClient {
  return {
    request: request =>
      new Promise((resolve, reject) => {
        const timer = setTimeout(
          () => reject(new Error(`no answer within ${timeoutMs / 1_000} s`)),
          timeoutMs,
        );
        const abort = () => reject(new Error('the read was cancelled'));
        signal.addEventListener('abort', abort, { once: true });
        http
          .request(request)
          .then(resolve, reject)
          .finally(() => {
            clearTimeout(timer);
            signal.removeEventListener('abort', abort);
          });
      }),
  };
}
