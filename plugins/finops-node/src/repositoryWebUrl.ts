import gitUrlParse from 'git-url-parse';

/**
 * The web address of a repository that is written for https, for ssh or as `git@host:path`, without a
 * trailing slash or `.git`; `undefined` where it names none. An address for ssh says nothing of the web
 * server's port, so that the usual one is taken.
 *
 * @example
 * ```ts
 * repositoryWebUrl('git@github.com:org/gitops.git') // 'https://github.com/org/gitops'
 * ```
 *
 * @public
 */
export function repositoryWebUrl(repositoryUrl: string): string | undefined {
  try {
    const { owner, name, resource, protocol, port } =
      gitUrlParse(repositoryUrl);
    if (!owner || !name) {
      return undefined;
    }
    const isWeb = protocol === 'http' || protocol === 'https';
    const host = isWeb && port ? `${resource}:${port}` : resource;
    return `${isWeb ? protocol : 'https'}://${host}/${owner}/${name}`;
  } catch {
    return undefined;
  }
}
