import { RepositoryRef } from '@apexlogic/backstage-plugin-finops-common';

/** Where in which repository an entity's desired state lies. */
export interface RepositoryFolder {
  readonly repository: RepositoryRef;
  /** Without slashes at either end; absent = the whole repository. */
  readonly path?: string;
}

/**
 * Reads a folder's web URL as GitHub (`/tree/<branch>/<path>`), GitLab (`/-/tree/…`), Gitea
 * (`/src/branch/…`) and Bitbucket (`/src/…`) write it. `undefined` when it names no branch: which
 * branch is meant is not guessed. Branch names with a slash cannot be told from a path; the first
 * segment counts.
 *
 * @example
 * ```ts
 * parseRepositoryUrl('https://github.com/org/gitops/tree/main/apps/web')
 * // { repository: { url: 'https://github.com/org/gitops', branch: 'main' }, path: 'apps/web' }
 * ```
 */
export function parseRepositoryUrl(text: string): RepositoryFolder | undefined {
  let url: URL;
  try {
    url = new URL(text);
  } catch {
    return undefined;
  }
  const match =
    /^(\/.+?)(?:\.git)?\/(?:-\/(?:tree|blob)|tree|blob|src\/branch|src)\/([^/]+)(?:\/(.*))?$/.exec(
      decodeURIComponent(url.pathname),
    );
  if (!match) {
    return undefined;
  }
  const [, repositoryPath, branch, folder = ''] = match;
  const path = folder.replace(/^\/+|\/+$/g, '');
  if (path.split('/').includes('..')) {
    return undefined;
  }
  return {
    repository: { url: `${url.origin}${repositoryPath}`, branch },
    path: path === '' ? undefined : path,
  };
}
