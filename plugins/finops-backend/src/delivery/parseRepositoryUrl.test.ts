import { parseRepositoryUrl } from './parseRepositoryUrl';

describe('parseRepositoryUrl', () => {
  it.each([
    [
      'https://github.com/org/gitops/tree/main/apps/web',
      'https://github.com/org/gitops',
      'main',
      'apps/web',
    ],
    [
      'http://localhost:7007/org/gitops/tree/main/apps/web/',
      'http://localhost:7007/org/gitops',
      'main',
      'apps/web',
    ],
    [
      'https://gitlab.test/a/b/c/-/tree/main/x',
      'https://gitlab.test/a/b/c',
      'main',
      'x',
    ],
    [
      'https://gitea.test/org/repo/src/branch/dev/x',
      'https://gitea.test/org/repo',
      'dev',
      'x',
    ],
    [
      'https://github.com/org/gitops/tree/main',
      'https://github.com/org/gitops',
      'main',
      undefined,
    ],
  ])('reads %s', (text, url, branch, path) => {
    expect(parseRepositoryUrl(text)).toEqual({
      repository: { url, branch },
      path,
    });
  });

  it.each([
    'not a url',
    'https://github.com/org/gitops',
    'https://github.com/org/gitops/tree/main/..%2F..%2Fetc',
  ])('does not guess at %s', text => {
    expect(parseRepositoryUrl(text)).toBeUndefined();
  });
});
