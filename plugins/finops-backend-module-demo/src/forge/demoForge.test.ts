import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startDemoForge, StandaloneDemoForge } from '.';

const FILE = 'apps/web.yaml';
const ORIGINAL = 'kind: Deployment\nspec:\n  replicas: 3\n';

describe('startDemoForge', () => {
  jest.setTimeout(60_000);
  let folder: string;
  let forge: StandaloneDemoForge;
  let api: string;
  let page: string;

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'finops-gitops-'));
    await mkdir(join(folder, 'apps'));
    await mkdir(join(folder, '.git'));
    await writeFile(join(folder, FILE), ORIGINAL);
    await writeFile(join(folder, 'apps/other.yaml'), 'kind: Service\n');
    await writeFile(join(folder, '.git/HEAD'), 'ref: refs/heads/main\n');
    forge = await startDemoForge({
      gitopsPath: folder,
      owner: 'acme',
      repository: 'estate',
    });
    api = `${forge.apiBaseUrl}/repos/acme/estate`;
    page = forge.repositoryUrl;
  });

  afterEach(async () => {
    await forge.stop();
    await rm(folder, { recursive: true });
  });

  async function call(
    method: string,
    path: string,
    body?: unknown,
    token = forge.token,
  ) {
    const response = await fetch(
      path.startsWith('http') ? path : `${api}${path}`,
      {
        method,
        headers: {
          authorization: `token ${token}`,
          'content-type': 'application/json',
        },
        body: body === undefined ? undefined : JSON.stringify(body),
      },
    );
    const text = await response.text();
    return {
      status: response.status,
      body: text ? JSON.parse(text) : undefined,
      headers: response.headers,
    };
  }

  async function commit(
    branch: string,
    path: string,
    content: string,
    from = 'main',
  ): Promise<string> {
    const head = (
      await call('GET', `/git/ref/heads/${encodeURIComponent(from)}`)
    ).body.object.sha;
    const base = (await call('GET', `/git/commits/${head}`)).body.tree.sha;
    const tree = {
      base_tree: base,
      tree: [{ path, mode: '100644', type: 'blob', content }],
    };
    const { sha: treeSha } = (await call('POST', '/git/trees', tree)).body;
    const message = `Change ${path}`;
    const { sha } = (
      await call('POST', '/git/commits', {
        message,
        tree: treeSha,
        parents: [head],
      })
    ).body;
    const ref =
      branch === from ? undefined : { ref: `refs/heads/${branch}`, sha };
    const answer = ref
      ? await call('POST', '/git/refs', ref)
      : await call('PATCH', `/git/refs/heads/${encodeURIComponent(branch)}`, {
          sha,
        });
    expect(answer.status).toBeLessThan(300);
    return sha;
  }

  async function openPull(overrides: object = {}) {
    const sha = await commit('finops/web', FILE, ORIGINAL.replace('3', '2'));
    const pull = {
      title: 'Two replicas',
      body: 'Why',
      head: 'finops/web',
      base: 'main',
      ...overrides,
    };
    expect((await call('POST', '/pulls', pull)).status).toBe(201);
    return sha;
  }

  async function approve(sha: string) {
    const status = {
      state: 'success',
      context: 'finops/approval',
      description: 'Approved in the portal',
    };
    expect((await call('POST', `/statuses/${sha}`, status)).status).toBe(201);
  }

  async function mainContent(path: string): Promise<string> {
    const { body } = await call('GET', `/contents/${path}?ref=main`);
    return Buffer.from(body.content, 'base64').toString('utf8');
  }

  async function submit(
    action: string,
    form: Record<string, string> = {},
    headers: Record<string, string> = {},
  ) {
    const response = await fetch(`${page}/pull/1/${action}`, {
      method: 'POST',
      headers,
      body: new URLSearchParams(form),
    });
    return { status: response.status, text: await response.text() };
  }

  it('holds the files of the folder as one commit on main', async () => {
    const { body: commits } = await call('GET', '/commits?sha=main');
    expect(commits).toHaveLength(1);
    const { body: tree } = await call('GET', '/git/trees/main?recursive=1');
    const files = tree.tree
      .filter((entry: any) => entry.type === 'blob')
      .map((entry: any) => entry.path);
    expect(files.sort()).toEqual(['apps/other.yaml', FILE]);
    expect(await mainContent(FILE)).toBe(ORIGINAL);
  });

  it('refuses unknown tokens and writes without one', async () => {
    expect((await call('GET', '', undefined, 'unknown')).status).toBe(401);
    expect(
      (await fetch(`${api}/git/blobs`, { method: 'POST', body: '{}' })).status,
    ).toBe(401);
  });

  it('gives addresses that lead back to itself', async () => {
    await openPull();
    const { body: pull } = await call('GET', '/pulls/1');
    expect(pull.html_url).toBe(`${page}/pull/1`);
    expect(pull.url).toBe(`${api}/pulls/1`);
    expect((await call('GET', pull.url)).status).toBe(200);
    await commit('finops/second', 'apps/new.yaml', 'kind: Job\n');
    await call('POST', '/pulls', {
      title: 'Second',
      head: 'finops/second',
      base: 'main',
    });
    const { headers } = await call('GET', '/pulls?per_page=1');
    const next = headers.get('link')?.match(/<([^>]+)>; rel="next"/)?.[1];
    expect(
      (await call('GET', next!)).body.map((listed: any) => listed.number),
    ).toEqual([1]);
  });

  it('refuses what GitHub refuses of a new pull request', async () => {
    await openPull();
    const again = await call('POST', '/pulls', {
      title: 'Again',
      head: 'acme:finops/web',
      base: 'main',
    });
    expect(again).toMatchObject({
      status: 422,
      body: { message: 'Validation Failed' },
    });
    expect(again.body.errors[0].message).toBe(
      'A pull request already exists for acme:finops/web.',
    );
    expect(
      (
        await call('POST', '/pulls', {
          title: 'No',
          head: 'nowhere',
          base: 'main',
        })
      ).status,
    ).toBe(422);
    const main = (await call('GET', '/git/ref/heads/main')).body.object.sha;
    await call('POST', '/git/refs', { ref: 'refs/heads/empty', sha: main });
    expect(
      (
        await call('POST', '/pulls', {
          title: 'No',
          head: 'empty',
          base: 'main',
        })
      ).body.errors[0].message,
    ).toBe('No commits between main and empty');
    expect((await call('GET', '/pulls?state=all')).body).toHaveLength(1);
  });

  it('follows the branch while open, lists its files, and keeps the head once closed', async () => {
    await openPull();
    const later = await commit(
      'finops/web',
      FILE,
      ORIGINAL.replace('3', '1'),
      'finops/web',
    );
    expect((await call('GET', '/pulls')).body[0].head.sha).toBe(later);
    expect((await call('GET', '/pulls/1')).body).toMatchObject({
      changed_files: 1,
      additions: 1,
      deletions: 1,
      commits: 2,
    });
    const { body: files } = await call('GET', '/pulls/1/files');
    expect(files).toMatchObject([{ filename: FILE, status: 'modified' }]);
    expect(files[0].patch).toContain('-  replicas: 3\n+  replicas: 1');

    expect(
      (await call('PATCH', '/pulls/1', { state: 'closed' })).body.head.sha,
    ).toBe(later);
    await commit('finops/web', FILE, ORIGINAL.replace('3', '5'), 'finops/web');
    expect((await call('GET', '/pulls/1')).body).toMatchObject({
      state: 'closed',
      head: { sha: later },
    });
  });

  it('merges only with the required status, the current head, no conflict and no draft', async () => {
    const first = await openPull({ draft: true });
    const blocked = await call('PUT', '/pulls/1/merge', {});
    expect(blocked.status).toBe(405);
    expect(blocked.body.message).toContain('draft');
    expect(blocked.body.message).toContain(
      'Required status check "finops/approval" is expected.',
    );
    expect((await submit('ready')).status).toBe(200);

    await approve(first);
    const second = await commit(
      'finops/web',
      FILE,
      ORIGINAL.replace('3', '1'),
      'finops/web',
    );
    // A new head has no approval, and a merge of the old one is stale.
    expect((await call('PUT', '/pulls/1/merge', { sha: first })).status).toBe(
      409,
    );
    expect((await call('PUT', '/pulls/1/merge', {})).status).toBe(405);
    await approve(second);

    await commit('main', 'apps/other.yaml', 'kind: Service\nspec: {}\n');
    expect((await call('GET', '/pulls/1')).body.mergeable_state).toBe('clean');
    const merged = await call('PUT', '/pulls/1/merge', { sha: second });
    expect(merged).toMatchObject({ status: 200, body: { merged: true } });
    expect(await mainContent(FILE)).toBe(ORIGINAL.replace('3', '1'));
    expect(await mainContent('apps/other.yaml')).toBe(
      'kind: Service\nspec: {}\n',
    );
    expect((await call('GET', '/pulls/1')).body).toMatchObject({
      state: 'closed',
      merged: true,
      merge_commit_sha: merged.body.sha,
    });
    expect((await call('GET', '/pulls/1/files')).body).toHaveLength(1);
    expect((await call('PATCH', '/pulls/1', { state: 'open' })).status).toBe(
      422,
    );
    expect((await call('PUT', '/pulls/1/merge', {})).status).toBe(405);
  });

  it('refuses to merge what changed on both sides', async () => {
    await approve(await openPull());
    await commit('main', FILE, ORIGINAL.replace('3', '7'));
    expect((await call('GET', '/pulls/1')).body).toMatchObject({
      mergeable: false,
      mergeable_state: 'dirty',
    });
    expect((await call('PUT', '/pulls/1/merge', {})).status).toBe(405);
    expect(await mainContent(FILE)).toBe(ORIGINAL.replace('3', '7'));
  });

  it('lets nobody approve their own pull request', async () => {
    await openPull();
    const own = await call('POST', '/pulls/1/reviews', { event: 'APPROVE' });
    expect(own).toMatchObject({
      status: 422,
      body: { errors: ['Can not approve your own pull request'] },
    });
    const other = await call(
      'POST',
      '/pulls/1/reviews',
      { event: 'APPROVE' },
      forge.tokenOf('reviewer'),
    );
    expect(other).toMatchObject({ body: { state: 'APPROVED' } });
  });

  it('combines the statuses of a commit', async () => {
    const sha = await openPull();
    const combined = async () =>
      (await call('GET', `/commits/${encodeURIComponent('finops/web')}/status`))
        .body;
    expect(await combined()).toMatchObject({
      sha,
      state: 'pending',
      total_count: 0,
    });
    await approve(sha);
    await call('POST', `/statuses/${sha}`, {
      state: 'failure',
      context: 'lint',
    });
    expect(await combined()).toMatchObject({
      state: 'failure',
      total_count: 2,
    });
    await call('POST', `/statuses/${sha}`, {
      state: 'success',
      context: 'lint',
    });
    expect(await combined()).toMatchObject({
      state: 'success',
      total_count: 2,
    });
    expect((await call('GET', `/commits/${sha}/statuses`)).body).toHaveLength(
      3,
    );
    expect(
      (await call('POST', `/statuses/${sha}`, { state: 'fine' })).status,
    ).toBe(422);
    expect(
      (await call('POST', `/statuses/${'0'.repeat(40)}`, { state: 'success' }))
        .status,
    ).toBe(422);
  });

  it('injects faults before and after a request takes effect', async () => {
    const blob = { content: 'x', encoding: 'utf-8' };
    forge.faults.add({
      method: 'POST',
      path: /blobs/,
      respond: { status: 503, headers: { 'retry-after': '7' } },
    });
    forge.faults.add({ path: /refs/, when: 'after', respond: { status: 502 } });
    const failed = await call('POST', '/git/blobs', blob);
    expect([failed.status, failed.headers.get('retry-after')]).toEqual([
      503,
      '7',
    ]);
    expect((await call('POST', '/git/blobs', blob)).status).toBe(201);
    const { sha } = (await call('GET', '/git/ref/heads/main')).body.object;
    expect(
      (await call('POST', '/git/refs', { ref: 'refs/heads/made', sha })).status,
    ).toBe(502);
    expect((await call('GET', '/git/ref/heads/made')).status).toBe(200);
  });

  it('shows a pull request, why it cannot be merged, and merges it once it can', async () => {
    const body = [
      'Saves **12 USD** a month <script>alert(1)</script> [x](javascript:alert(2))',
      '',
      '<details><summary>Evidence</summary>',
      '',
      '| a | b |',
      '|---|---|',
      '| 1 | 2 |',
      '',
      '</details>',
      '<!-- hidden -->',
    ].join('\n');
    const sha = await openPull({ title: '<b>Two</b> replicas', body });
    const overview = await (await fetch(page)).text();
    expect(overview).toMatch(
      /\/acme\/estate\/pull\/1"\s*>#1 &lt;b&gt;Two&lt;\/b&gt; replicas<\/a/,
    );

    const response = await fetch(`${page}/pull/1`);
    expect(response.headers.get('content-security-policy')).toContain(
      "default-src 'none'",
    );
    expect(response.headers.get('referrer-policy')).toBe('same-origin');
    const text = await response.text();
    expect(text).toContain('<strong>12 USD</strong>');
    expect(text).toContain('<details><summary>Evidence</summary>');
    expect(text).toContain('<td>1</td>');
    expect(text).not.toMatch(/<script|href="javascript|hidden -->|<b>Two/);
    expect(text).toContain(
      '<span class="remove">-  replicas: 3</span><span class="add">+  replicas: 2</span>',
    );
    expect(text).toContain(
      'Required status check &quot;finops/approval&quot; is expected.',
    );
    expect(text).toMatch(/<button\s+class="main"\s+disabled/);
    expect(await submit('merge', { sha })).toMatchObject({
      status: 409,
      text: expect.stringContaining('role="alert"'),
    });

    expect(await submit('approve', { login: 'finops-bot' })).toMatchObject({
      status: 409,
    });
    expect((await submit('approve', { login: 'reviewer' })).text).toMatch(
      /Approved by\s+reviewer\./,
    );
    await approve(sha);
    expect(
      (await submit('merge', { sha }, { origin: 'https://elsewhere.example' }))
        .status,
    ).toBe(403);
    const merged = await submit('merge', { sha });
    expect(merged.text).toContain('<span class="state good">Merged</span>');
    expect(await mainContent(FILE)).toBe(ORIGINAL.replace('3', '2'));
    expect((await fetch(`${page}/pull/99`)).status).toBe(404);
  });

  it('closes a pull request from its page', async () => {
    await openPull();
    expect((await submit('close')).text).toContain(
      '<span class="state bad">Closed</span>',
    );
    expect((await call('GET', '/pulls/1')).body.state).toBe('closed');
  });

  it('says what is wrong with an empty folder', async () => {
    await expect(
      startDemoForge({ gitopsPath: join(folder, 'nowhere') }),
    ).rejects.toThrow('finops.demo.gitopsPath');
  });
});
