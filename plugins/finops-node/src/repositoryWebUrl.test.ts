import { repositoryWebUrl } from './repositoryWebUrl';

describe('repositoryWebUrl', () => {
  it.each([
    ['https://github.com/org/gitops.git', 'https://github.com/org/gitops'],
    ['https://github.com/org/gitops/', 'https://github.com/org/gitops'],
    ['git@github.com:org/gitops.git', 'https://github.com/org/gitops'],
    ['ssh://git@github.com/org/gitops', 'https://github.com/org/gitops'],
    ['ssh://git@git.test:2222/org/gitops', 'https://git.test/org/gitops'],
    [
      'http://127.0.0.1:3000/org/gitops.git',
      'http://127.0.0.1:3000/org/gitops',
    ],
    [
      'https://gitlab.com/group/sub/project.git',
      'https://gitlab.com/group/sub/project',
    ],
  ])('reads %s', (written, address) => {
    expect(repositoryWebUrl(written)).toBe(address);
  });

  it.each(['', 'nonsense', 'https://github.com', 'oci://registry/charts'])(
    'names no repository for %s',
    written => {
      expect(repositoryWebUrl(written)).toBeUndefined();
    },
  );
});
