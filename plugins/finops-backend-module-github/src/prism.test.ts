import { ChangeRequestInput } from '@apexlogic/backstage-plugin-finops-node';
import {
  isPrismInstalled,
  Prism,
  startPrism,
} from './__testUtils__/startPrism';
import { startForge } from './__testUtils__/startForge';

/** Every path of GitHub's API that the module calls. */
const PATHS = [
  '/repos/{owner}/{repo}/git/ref/{ref}',
  '/repos/{owner}/{repo}/git/refs',
  '/repos/{owner}/{repo}/git/refs/{ref}',
  '/repos/{owner}/{repo}/git/commits',
  '/repos/{owner}/{repo}/git/commits/{commit_sha}',
  '/repos/{owner}/{repo}/git/trees',
  '/repos/{owner}/{repo}/git/trees/{tree_sha}',
  '/repos/{owner}/{repo}/git/blobs',
  '/repos/{owner}/{repo}/git/blobs/{file_sha}',
  '/repos/{owner}/{repo}/compare/{basehead}',
  '/repos/{owner}/{repo}/pulls',
  '/repos/{owner}/{repo}/pulls/{pull_number}',
  '/repos/{owner}/{repo}/issues/{issue_number}/labels',
  '/repos/{owner}/{repo}/statuses/{sha}',
];

/** What the double's answers lack; nothing that the module reads. */
const KNOWN_GAPS = [
  // People come without some of their addresses.
  /\.(user|owner|creator)$/,
  // A label that was made by naming it has no description, where GitHub gives an empty one.
  /\.labels\.\d+\.description$/,
];

// Skipped by this name where tools/prism is not installed, unless services are required.
const describeWithPrism =
  isPrismInstalled() || process.env.FINOPS_REQUIRE_SERVICES === '1'
    ? describe
    : describe.skip;

describeWithPrism('GithubForge behind Prism (tools/prism)', () => {
  jest.setTimeout(120_000);

  it("makes only requests that GitHub's own description allows", async () => {
    const test = await startForge({
      'a/web.yaml': 'replicas: 3\n',
      'b.txt': 'b\n',
    });
    let prism: Prism | undefined;
    try {
      prism = await startPrism(test.demo.apiBaseUrl, PATHS);
      const { calls } = prism;
      const forge = test.connect(prism.url);
      const { repository } = test;
      const baseSha = await forge.headSha(repository);
      const [file] = await forge.listFiles(repository, baseSha);
      await forge.readBlob(repository, file.blobSha);
      const input: ChangeRequestInput = {
        repository,
        baseSha,
        branch: 'finops/rightsize/web',
        title: 'Scale web',
        body: 'Why',
        commitMessage: 'Scale web',
        draft: true,
        labels: ['finops'],
        files: [{ path: 'a/web.yaml', content: Buffer.from('replicas: 2\n') }],
      };
      const { changeRequest } = await forge.deliver(input);
      const updated = await forge.deliver({
        ...input,
        title: 'Scale web further',
        files: [{ path: 'a/web.yaml', content: Buffer.from('replicas: 1\n') }],
      });
      expect(updated.result).toBe('updated');
      await forge.getChangeRequest(repository, changeRequest.number);
      await forge.setStatus(repository, updated.changeRequest.headSha, {
        context: 'finops/approval',
        state: 'pending',
        description: 'Waiting',
        targetUrl: 'https://portal.example/finops',
      });

      expect(prism.violations.filter(({ side }) => side === 'request')).toEqual(
        [],
      );
      expect(
        prism.violations.filter(
          ({ location }) => !KNOWN_GAPS.some(gap => gap.test(location)),
        ),
      ).toEqual([]);
      expect(
        PATHS.filter(path => !calls.some(call => toPattern(path).test(call))),
      ).toEqual([]);

      // The check itself can fail.
      await fetch(`${prism.url}/repos/acme/estate/git/refs`, {
        method: 'POST',
        body: '{"sha":1}',
      });
      expect(
        prism.violations.filter(({ side }) => side === 'request'),
      ).not.toEqual([]);
    } finally {
      await prism?.stop();
      await test.stop();
    }
  });
});

function toPattern(path: string): RegExp {
  return new RegExp(`^[A-Z]+ ${path.replace(/\{\w+\}/g, '[^/]+')}$`);
}
