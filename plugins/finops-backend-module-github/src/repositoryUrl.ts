export interface RepositoryLocation {
  readonly host: string;
  readonly owner: string;
  readonly repo: string;
  /** Without a trailing slash or `.git`. */
  readonly url: string;
}

/** What a web URL such as `https://github.com/org/repo` names; `undefined` when it names no repository. */
export function parseRepositoryUrl(
  url: string,
): RepositoryLocation | undefined {
  if (!URL.canParse(url)) {
    return undefined;
  }
  const { protocol, host, pathname } = new URL(url);
  const [owner, name, ...rest] = pathname
    .split('/')
    .filter(Boolean)
    .map(decodeURIComponent);
  const repo = name?.replace(/\.git$/, '');
  if (!/^https?:$/.test(protocol) || !owner || !repo || rest.length > 0) {
    return undefined;
  }
  return { host, owner, repo, url: `${protocol}//${host}/${owner}/${repo}` };
}
