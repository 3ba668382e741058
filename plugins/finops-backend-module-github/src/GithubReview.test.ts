import { ForgeReview } from '@apexlogic/backstage-plugin-finops-node';
import { startForge, TestForge } from './__testUtils__/startForge';

const PATH = 'apps/web/deployment.yaml';
const MARKER = '<!-- finops:check 5f1c -->';

describe('GithubReview', () => {
  jest.setTimeout(60_000);
  let test: TestForge;
  let review: ForgeReview;
  let url: string;
  let baseSha: string;

  beforeEach(async () => {
    test = await startForge({ [PATH]: 'replicas: 3\n' });
    review = test.forge.review;
    url = test.repository.url;
    baseSha = await test.forge.headSha(test.repository);
  });

  afterEach(async () => {
    await test.stop();
  });

  /** A person's commit on a branch, which is made where there is none. */
  async function push(branch: string, content: string): Promise<string> {
    const as = (method: string, path: string, body?: unknown) =>
      test.as('maintainer', method, path, body);
    const ref = await as('GET', `/git/ref/heads/${branch}`);
    const parent = ref.status === 200 ? ref.body.object.sha : baseSha;
    const { body: commit } = await as('GET', `/git/commits/${parent}`);
    const { body: tree } = await as('POST', '/git/trees', {
      base_tree: commit.tree.sha,
      tree: [{ path: PATH, mode: '100644', type: 'blob', content }],
    });
    const { body: made } = await as('POST', '/git/commits', {
      message: 'By hand',
      tree: tree.sha,
      parents: [parent],
    });
    await (ref.status === 200
      ? as('PATCH', `/git/refs/heads/${branch}`, { sha: made.sha })
      : as('POST', '/git/refs', {
          ref: `refs/heads/${branch}`,
          sha: made.sha,
        }));
    return made.sha;
  }

  async function openPull(): Promise<string> {
    const sha = await push('more', 'replicas: 4\n');
    const { status } = await test.as('maintainer', 'POST', '/pulls', {
      title: 'More',
      head: 'more',
      base: 'main',
    });
    expect(status).toBe(201);
    return sha;
  }

  const comments = async (): Promise<any[]> =>
    (await test.as('maintainer', 'GET', '/issues/1/comments')).body;

  it('reads a pull request against the commit it parted from, though the base moved on', async () => {
    const headSha = await openPull();
    const moved = await push('main', 'replicas: 3 # moved\n');
    expect(await review.readChangeRequest(url, 1)).toEqual({
      number: 1,
      url: `${test.demo.url}/acme/estate/pull/1`,
      state: 'open',
      author: { login: 'maintainer', isBot: false },
      base: { branch: 'main', sha: moved },
      head: { branch: 'more', sha: headSha, isFork: false },
      mergeBaseSha: baseSha,
    });
    const next = await push('more', 'replicas: 5\n');
    expect((await review.readChangeRequest(url, 1)).head.sha).toBe(next);
    await expect(review.readChangeRequest(url, 99)).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  it('leaves one comment, whoever writes it, how often, and with or without its id', async () => {
    await openPull();
    await test.as('maintainer', 'POST', '/issues/1/comments', { body: 'Nice' });
    const body = `${MARKER}\nAll is well`;
    // Four processes that know nothing of each other.
    const written = await Promise.all(
      Array.from({ length: 4 }, () =>
        test
          .connect(test.demo.apiBaseUrl)
          .review.upsertComment(url, 1, { marker: MARKER, body }),
      ),
    );
    expect(await comments()).toMatchObject([{ body: 'Nice' }, { body }]);
    const [, { id }] = await comments();
    expect(
      await review.upsertComment(url, 1, { marker: MARKER, body }),
    ).toMatchObject({ id, result: 'unchanged' });
    const changed = `${MARKER}\nNot quite`;
    expect(
      await review.upsertComment(url, 1, { marker: MARKER, body: changed, id }),
    ).toMatchObject({ id, result: 'updated' });
    expect(await comments()).toMatchObject([
      { body: 'Nice' },
      { id, body: changed },
    ]);
    expect(written.some(({ result }) => result === 'created')).toBe(true);

    await test.as('maintainer', 'DELETE', `/issues/comments/${id}`);
    expect(
      await review.upsertComment(url, 1, { marker: MARKER, body, id }),
    ).toMatchObject({ result: 'created' });
    expect(await comments()).toMatchObject([{ body: 'Nice' }, { body }]);
  });

  it('finds its comment again when the answer to writing it was lost', async () => {
    await openPull();
    test.demo.faults.add({
      method: 'POST',
      path: /\/comments$/,
      when: 'after',
      disconnect: true,
    });
    // The client repeats the request, so two are written; one is taken back.
    const body = `${MARKER}\nAll is well`;
    await review.upsertComment(url, 1, { marker: MARKER, body });
    expect(await comments()).toMatchObject([{ body }]);
  });

  it('starts a workflow and tells how its runs went', async () => {
    const headSha = await openPull();
    test.demo.faults.add({
      method: 'POST',
      path: /\/actions\/workflows\/load-test.yaml\/dispatches$/,
      respond: { status: 200, body: {} },
    });
    await review.startWorkflow(url, {
      workflow: 'load-test.yaml',
      branch: 'more',
      inputs: { target: 'web' },
    });
    const run = (id: number, status: string, conclusion: string | null) => ({
      id,
      html_url: `https://forge.example/runs/${id}`,
      head_sha: id === 9 ? baseSha : headSha,
      created_at: '2026-11-20T12:00:00Z',
      status,
      conclusion,
    });
    test.demo.faults.add({
      method: 'GET',
      path: /\/actions\/workflows\/load-test.yaml\/runs$/,
      respond: {
        status: 200,
        body: {
          workflow_runs: [
            run(1, 'completed', 'success'),
            run(4, 'in_progress', null),
            run(3, 'completed', 'skipped'),
            run(9, 'completed', 'success'),
            run(2, 'completed', 'failure'),
          ],
        },
      },
    });
    const runs = await review.listWorkflowRuns(url, {
      workflow: 'load-test.yaml',
      headSha,
    });
    expect(runs.map(({ id, outcome }) => [id, outcome])).toEqual([
      [4, undefined],
      [3, 'failure'],
      [2, 'failure'],
      [1, 'success'],
    ]);
    expect(runs[0].createdAt).toBe('2026-11-20T12:00:00.000Z');
    // There is no such workflow on the double.
    await expect(
      review.startWorkflow(url, {
        workflow: 'absent.yaml',
        branch: 'more',
        inputs: {},
      }),
    ).rejects.toMatchObject({ code: 'not-found' });
  });
});
