import { Period } from '@apexlogic/backstage-plugin-finops-common';
import {
  ChangeEvent,
  ChangeRead,
  ChangeSource,
  ReadOptions,
  SourceCapabilities,
  SourceResult,
} from '@apexlogic/backstage-plugin-finops-node';
import { branchKey, RepositoryMirror } from './RepositoryMirror';
import { parseRepositoryUrl, RepositoryFolder } from './repositoryUrl';

type Read = SourceResult<{
  readonly entityRef: string;
  readonly events: readonly ChangeEvent[];
}>;

/**
 * Commits of an entity's source folder, and deployments: commits of the folder that holds its desired
 * state. Every repository is fetched once a read, however many entities live in it.
 */
export class GitChangeSource implements ChangeSource {
  readonly id = 'git';
  readonly capabilities: SourceCapabilities = {
    kind: 'change',
    historyDays: 90,
    resolutionSeconds: 1,
    batchSize: 500,
    freshnessSeconds: 300,
  };
  readonly #mirror: RepositoryMirror;

  constructor(mirror: RepositoryMirror) {
    this.#mirror = mirror;
  }

  async *readChanges(
    reads: readonly ChangeRead[],
    period: Period,
    options: ReadOptions,
  ): AsyncIterable<Read> {
    const since = new Date(period.start);
    const fetched = new Map<string, Promise<Read | undefined>>();
    const fetchOnce = (folder: RepositoryFolder) => {
      const key = branchKey(folder);
      const known =
        fetched.get(key) ??
        this.#mirror.fetch(folder, since, options.signal).then(
          () => undefined,
          error => failure(folder, error),
        );
      fetched.set(key, known);
      return known;
    };
    for (const read of reads) {
      const events: ChangeEvent[] = [];
      let failed: Read | undefined;
      for (const { url, kind } of [
        ...read.sourceUrls.map(one => ({ url: one, kind: 'commit' as const })),
        ...(read.gitopsUrls ?? []).map(one => ({
          url: one,
          kind: 'deployment' as const,
        })),
      ]) {
        const result = await this.#read(url, kind, since, fetchOnce);
        if ('status' in result) {
          failed = result;
        } else {
          events.push(
            ...result.events.filter(
              event => event.at >= period.start && event.at < period.end,
            ),
          );
        }
      }
      if (failed) {
        yield failed;
      }
      if (events.length > 0 || !failed) {
        yield {
          status: 'ok',
          data: { entityRef: read.entityRef, events },
          asOf: new Date().toISOString(),
        };
      }
    }
  }

  async #read(
    url: string,
    kind: 'commit' | 'deployment',
    since: Date,
    fetchOnce: (folder: RepositoryFolder) => Promise<Read | undefined>,
  ): Promise<Read | { readonly events: ChangeEvent[] }> {
    let folder: RepositoryFolder;
    try {
      folder = parseRepositoryUrl(url);
    } catch (error) {
      return { status: 'malformed', reason: (error as Error).message };
    }
    const failed = await fetchOnce(folder);
    if (failed) {
      return failed;
    }
    try {
      const commits = await this.#mirror.commits(folder, since);
      return {
        events: commits.map(commit => ({
          id: `git:${kind}:${commit.sha}`,
          kind,
          at: commit.at,
          title: commit.title,
          revision: commit.sha,
          link: `${folder.webUrl}/commit/${commit.sha}`,
        })),
      };
    } catch (error) {
      return failure(folder, error);
    }
  }
}

function failure(folder: RepositoryFolder, error: unknown): Read {
  const { code, data, message } = error as {
    code?: string;
    data?: { statusCode?: number };
    message?: string;
  };
  const status = data?.statusCode;
  if (
    code === 'UserCanceledError' ||
    status === 401 ||
    status === 403 ||
    status === 404
  ) {
    return {
      status: 'denied',
      reason: `${folder.webUrl} does not exist or the integration's credentials may not read it`,
    };
  }
  return {
    status: 'down',
    reason: `${folder.webUrl}: ${(message ?? String(error))
      .split('\n')[0]
      .slice(0, 200)}`,
  };
}
