import gitUrlParse from 'git-url-parse';

/** A folder of a repository on a branch. */
export interface RepositoryFolder {
  /** What git clones from. */
  readonly cloneUrl: string;
  /** Web address of the repository. */
  readonly webUrl: string;
  /** The remote's default branch when absent. */
  readonly branch?: string;
  /** Without leading or trailing slash; empty for the whole repository. */
  readonly path: string;
}

/** Reads the URL of a folder as forges write it; throws on anything that is no http(s) repository. */
export function parseRepositoryUrl(url: string): RepositoryFolder {
  const { protocol } = new URL(url);
  if (protocol !== 'https:' && protocol !== 'http:') {
    throw new Error(`${url} is not an http(s) URL`);
  }
  const parsed = gitUrlParse(url);
  if (!parsed.owner || !parsed.name) {
    throw new Error(`${url} names no repository`);
  }
  const webUrl = `${protocol}//${parsed.resource}${
    parsed.port ? `:${parsed.port}` : ''
  }/${parsed.owner}/${parsed.name}`;
  return {
    cloneUrl: `${webUrl}.git`,
    webUrl,
    branch: parsed.ref || undefined,
    path: parsed.filepath.replace(/^\/+|\/+$/g, ''),
  };
}
