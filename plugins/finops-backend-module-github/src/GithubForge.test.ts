import {
  ChangeRequestInput,
  ForgeError,
} from '@apexlogic/backstage-plugin-finops-node';
import { GithubForge } from './GithubForge';
import { startForge, TestForge } from './__testUtils__/startForge';

const BRANCH = 'finops/rightsize-web-4f2a9c';
const DEPLOYMENT = 'apps/web/deployment.yaml';
const ORIGINAL = 'kind: Deployment\nspec:\n  replicas: 3\n';
const BYTES = Buffer.from([
  0xef, 0xbb, 0xbf, 0x61, 0x3a, 0x20, 0x31, 0x0d, 0x0a, 0xff, 0x00,
]);

describe('GithubForge', () => {
  jest.setTimeout(60_000);
  let test: TestForge;
  let forge: GithubForge;
  let baseSha: string;

  beforeEach(async () => {
    test = await startForge({
      [DEPLOYMENT]: ORIGINAL,
      'apps/web/service.yaml': 'kind: Service\n',
      'scripts/render.sh': '#!/bin/sh\n',
      'odd bytes.bin': BYTES,
    });
    forge = test.forge;
    baseSha = await forge.headSha(test.repository);
  });

  afterEach(async () => {
    await test.stop();
  });

  function input(
    overrides: Partial<ChangeRequestInput> = {},
  ): ChangeRequestInput {
    return {
      repository: test.repository,
      baseSha,
      branch: BRANCH,
      title: 'Scale web to 2 replicas',
      body: 'Saves 12 USD a month.',
      commitMessage: 'Scale web to 2 replicas\n\nFinops-Plan: 0123abc',
      draft: false,
      labels: ['finops'],
      files: [{ path: DEPLOYMENT, content: replicas(2) }],
      ...overrides,
    };
  }

  async function pulls(state = 'all'): Promise<any[]> {
    return (await test.as('maintainer', 'GET', `/pulls?state=${state}`)).body;
  }

  async function contentAt(sha: string, path: string): Promise<string> {
    const file = (await forge.listFiles(test.repository, sha)).find(
      entry => entry.path === path,
    );
    return Buffer.from(
      await forge.readBlob(test.repository, file!.blobSha),
    ).toString('utf8');
  }

  /** A commit by a person on a branch, as a push would make it. */
  async function push(
    branch: string,
    path: string,
    content: string,
  ): Promise<string> {
    const { body: ref } = await test.as(
      'maintainer',
      'GET',
      `/git/ref/heads/${encodeURIComponent(branch)}`,
    );
    const { body: tree } = await test.as('maintainer', 'POST', '/git/trees', {
      base_tree: (
        await test.as('maintainer', 'GET', `/git/commits/${ref.object.sha}`)
      ).body.tree.sha,
      tree: [{ path, mode: '100644', type: 'blob', content }],
    });
    const { body: commit } = await test.as(
      'maintainer',
      'POST',
      '/git/commits',
      {
        message: 'By hand',
        tree: tree.sha,
        parents: [ref.object.sha],
      },
    );
    await test.as(
      'maintainer',
      'PATCH',
      `/git/refs/heads/${encodeURIComponent(branch)}`,
      { sha: commit.sha },
    );
    return commit.sha;
  }

  async function merge(number: number, headSha: string): Promise<void> {
    await forge.setStatus(test.repository, headSha, {
      context: 'finops/approval',
      state: 'success',
      description: '',
    });
    expect(
      await test.as('maintainer', 'PUT', `/pulls/${number}/merge`, {}),
    ).toMatchObject({ status: 200 });
  }

  it('handles the repositories of its host and no others', async () => {
    expect(forge.handles('https://forge.example:7007/acme/estate')).toBe(true);
    expect(forge.handles('http://forge.example:7007/acme/estate.git')).toBe(
      true,
    );
    expect(forge.handles('https://forge.example/acme/estate')).toBe(false);
    expect(forge.handles('https://forge.example:7007/acme')).toBe(false);
    expect(forge.handles('not a url')).toBe(false);
    await expect(
      forge.headSha({ url: 'https://github.com/acme/estate', branch: 'main' }),
    ).rejects.toMatchObject({
      code: 'rejected',
    });
  });

  it('deletes files, once and together with other changes', async () => {
    const change = input({ deletions: ['apps/web/service.yaml'] });
    const opened = await forge.deliver(change);
    expect(opened.result).toBe('opened');
    const { headSha } = opened.changeRequest;
    expect(
      (await forge.listFiles(test.repository, headSha))
        .map(file => file.path)
        .sort(),
    ).toEqual([DEPLOYMENT, 'odd bytes.bin', 'scripts/render.sh']);
    expect(await contentAt(headSha, DEPLOYMENT)).toBe(replicas(2).toString());
    expect(await forge.deliver(change)).toMatchObject({
      result: 'unchanged',
      changeRequest: { headSha },
    });
    // The next plan no longer deletes it.
    const next = await forge.deliver(input());
    expect(next.result).toBe('updated');
    expect(
      (await forge.listFiles(test.repository, next.changeRequest.headSha)).map(
        file => file.path,
      ),
    ).toContain('apps/web/service.yaml');
    await expect(
      forge.deliver(
        input({
          branch: 'finops/other',
          files: [],
          deletions: ['nowhere.yaml'],
        }),
      ),
    ).rejects.toMatchObject({ code: 'rejected' });
    await expect(
      forge.deliver(input({ branch: 'finops/other', deletions: [DEPLOYMENT] })),
    ).rejects.toMatchObject({ code: 'rejected' });
  });

  it('reads files byte for byte', async () => {
    const files = await forge.listFiles(test.repository, baseSha);
    expect(files.map(file => file.path).sort()).toEqual([
      DEPLOYMENT,
      'apps/web/service.yaml',
      'odd bytes.bin',
      'scripts/render.sh',
    ]);
    const odd = files.find(file => file.path === 'odd bytes.bin')!;
    expect(odd.sizeBytes).toBe(BYTES.byteLength);
    expect(
      Buffer.from(await forge.readBlob(test.repository, odd.blobSha)).equals(
        BYTES,
      ),
    ).toBe(true);
  });

  it('opens one pull request with exactly the given files, and repeats to the same', async () => {
    const change = input({
      draft: true,
      labels: ['finops', 'cost'],
      files: [
        { path: DEPLOYMENT, content: replicas(2) },
        {
          path: 'scripts/render.sh',
          content: Buffer.from('#!/bin/sh\r\necho\r\n'),
        },
        { path: 'odd bytes.bin', content: Buffer.concat([BYTES, BYTES]) },
        {
          path: 'apps/web/service.yaml',
          content: Buffer.from('kind: Service\n'),
        },
      ],
    });
    const opened = await forge.deliver(change);
    expect(opened).toMatchObject({
      result: 'opened',
      changeRequest: { number: 1, branch: BRANCH, state: 'open', draft: true },
    });
    expect(opened.changeRequest.url).toBe(
      `${test.demo.url}/acme/estate/pull/1`,
    );

    const { body: files } = await test.as(
      'maintainer',
      'GET',
      '/pulls/1/files',
    );
    expect(files.map((file: any) => file.filename).sort()).toEqual([
      DEPLOYMENT,
      'odd bytes.bin',
      'scripts/render.sh',
    ]);
    const { headSha } = opened.changeRequest;
    expect(await contentAt(headSha, 'scripts/render.sh')).toBe(
      '#!/bin/sh\r\necho\r\n',
    );
    const { body: tree } = await test.as(
      'maintainer',
      'GET',
      `/git/trees/${headSha}?recursive=1`,
    );
    expect(
      tree.tree.find((entry: any) => entry.path === 'scripts/render.sh').mode,
    ).toBe('100755');
    const [pull] = await pulls();
    expect(pull).toMatchObject({
      title: change.title,
      body: change.body,
      head: { sha: headSha },
    });
    expect(pull.labels.map((label: any) => label.name)).toEqual([
      'finops',
      'cost',
    ]);
    const { body: commit } = await test.as(
      'maintainer',
      'GET',
      `/git/commits/${headSha}`,
    );
    expect(commit.message).toMatch(
      /^Scale web to 2 replicas\n\nFinops-Plan: 0123abc\nFinops-Change: [0-9a-f]{64}\n$/,
    );

    const again = await forge.deliver(change);
    expect(again).toEqual({
      result: 'unchanged',
      changeRequest: opened.changeRequest,
    });
    expect(await forge.getChangeRequest(test.repository, 1)).toEqual(
      opened.changeRequest,
    );
    expect(await pulls()).toHaveLength(1);
  });

  it('updates the open pull request instead of opening a second one, across a moved base', async () => {
    await forge.deliver(input());
    const moved = await push('main', 'README.md', 'hello\n');
    const updated = await forge.deliver(
      input({
        baseSha: moved,
        files: [{ path: DEPLOYMENT, content: replicas(1) }],
        title: 'Scale web to 1 replica',
      }),
    );
    expect(updated).toMatchObject({
      result: 'updated',
      changeRequest: { number: 1 },
    });
    expect(
      await contentAt(updated.changeRequest.headSha, DEPLOYMENT),
    ).toContain('replicas: 1');
    expect((await pulls()).map(pull => [pull.number, pull.title])).toEqual([
      [1, 'Scale web to 1 replica'],
    ]);
    const { body: files } = await test.as(
      'maintainer',
      'GET',
      '/pulls/1/files',
    );
    expect(files.map((file: any) => file.filename)).toEqual([DEPLOYMENT]);

    const other = 'apps/web/service.yaml';
    const replaced = await forge.deliver(
      input({
        baseSha: moved,
        files: [
          { path: other, content: Buffer.from('kind: Service\nspec: {}\n') },
        ],
      }),
    );
    expect(replaced.result).toBe('updated');
    expect(
      (await test.as('maintainer', 'GET', '/pulls/1/files')).body.map(
        (file: any) => file.filename,
      ),
    ).toEqual([other]);
  });

  it('keeps its hands off once a person closed the pull request', async () => {
    await forge.deliver(input());
    await test.as('maintainer', 'PATCH', '/pulls/1', { state: 'closed' });
    const before = await test.as(
      'maintainer',
      'GET',
      `/git/ref/heads/${encodeURIComponent(BRANCH)}`,
    );
    const outcome = await forge.deliver(
      input({ files: [{ path: DEPLOYMENT, content: replicas(1) }] }),
    );
    expect(outcome).toMatchObject({
      result: 'declined',
      changeRequest: { number: 1, state: 'closed' },
    });
    expect(
      await test.as(
        'maintainer',
        'GET',
        `/git/ref/heads/${encodeURIComponent(BRANCH)}`,
      ),
    ).toEqual(before);
    expect(await pulls()).toHaveLength(1);
  });

  it('never overwrites what a person committed or amended', async () => {
    await forge.deliver(input());
    const theirs = await push(
      BRANCH,
      DEPLOYMENT,
      'kind: Deployment\nspec:\n  replicas: 5\n',
    );
    const outcome = await forge.deliver(
      input({ files: [{ path: DEPLOYMENT, content: replicas(1) }] }),
    );
    expect(outcome).toMatchObject({
      result: 'taken-over',
      changeRequest: { number: 1, headSha: theirs },
    });
    expect(await contentAt(theirs, DEPLOYMENT)).toContain('replicas: 5');

    // An amended commit keeps our message, trailer included.
    const other = 'finops/other';
    const { changeRequest } = await forge.deliver(input({ branch: other }));
    const { body: ours } = await test.as(
      'maintainer',
      'GET',
      `/git/commits/${changeRequest.headSha}`,
    );
    const { body: theirTree } = await test.as(
      'maintainer',
      'GET',
      `/git/commits/${theirs}`,
    );
    const { body: amended } = await test.as(
      'maintainer',
      'POST',
      '/git/commits',
      {
        message: ours.message,
        tree: theirTree.tree.sha,
        parents: [baseSha],
      },
    );
    await test.as(
      'maintainer',
      'PATCH',
      `/git/refs/heads/${encodeURIComponent(other)}`,
      {
        sha: amended.sha,
        force: true,
      },
    );
    expect((await forge.deliver(input({ branch: other }))).result).toBe(
      'taken-over',
    );
  });

  it('opens a new pull request after a merge, but not for a repeated call', async () => {
    const { changeRequest } = await forge.deliver(input());
    await merge(1, changeRequest.headSha);
    expect(await forge.getChangeRequest(test.repository, 1)).toMatchObject({
      state: 'merged',
    });
    const main = await forge.headSha(test.repository);
    expect(await contentAt(main, DEPLOYMENT)).toContain('replicas: 2');

    expect(await forge.deliver(input())).toMatchObject({
      result: 'unchanged',
      changeRequest: { number: 1, state: 'merged' },
    });
    const next = await forge.deliver(
      input({
        baseSha: main,
        files: [{ path: DEPLOYMENT, content: replicas(1) }],
      }),
    );
    expect(next).toMatchObject({
      result: 'opened',
      changeRequest: { number: 2 },
    });
  });

  it('refuses a base that is unknown or whose files changed since, and a change of nothing', async () => {
    await expect(
      forge.deliver(input({ baseSha: '0'.repeat(40) })),
    ).rejects.toMatchObject({ code: 'conflict' });
    await expect(
      forge.deliver(
        input({
          files: [{ path: DEPLOYMENT, content: Buffer.from(ORIGINAL) }],
        }),
      ),
    ).rejects.toMatchObject({ code: 'rejected' });
    await push('main', DEPLOYMENT, 'kind: Deployment\nspec:\n  replicas: 4\n');
    await expect(forge.deliver(input())).rejects.toMatchObject({
      code: 'conflict',
      message: expect.stringContaining(DEPLOYMENT),
    });
    expect(await pulls()).toEqual([]);
    expect(
      (await test.as('maintainer', 'GET', '/branches')).body.map(
        (branch: any) => branch.name,
      ),
    ).toEqual(['main']);
  });

  it.each(['the demo forge', 'a server that accepts duplicates'])(
    'leaves one pull request when several callers race on %s',
    async server => {
      const apiBaseUrl =
        server === 'the demo forge'
          ? test.demo.apiBaseUrl
          : test.demo.upstreamUrl;
      const callers = Array.from({ length: 4 }, () => test.connect(apiBaseUrl));
      const outcomes = await Promise.all(
        callers.map(caller => caller.deliver(input())),
      );
      expect(
        new Set(outcomes.map(outcome => outcome.changeRequest.number)).size,
      ).toBe(1);
      expect(
        outcomes.filter(outcome => outcome.result === 'opened'),
      ).toHaveLength(1);
      const open = await pulls('open');
      expect(open).toHaveLength(1);
      expect(await contentAt(open[0].head.sha, DEPLOYMENT)).toContain(
        'replicas: 2',
      );

      expect((await callers[0].deliver(input())).result).toBe('unchanged');
      // A duplicate closed by us is not a person's refusal.
      expect(await pulls('open')).toHaveLength(1);
    },
  );

  it('settles on one of two different plans racing for a branch', async () => {
    const outcomes = await Promise.all(
      [1, 2].map(count =>
        test
          .connect(test.demo.apiBaseUrl)
          .deliver(
            input({ files: [{ path: DEPLOYMENT, content: replicas(count) }] }),
          ),
      ),
    );
    expect(outcomes.map(outcome => outcome.changeRequest.number)).toEqual([
      1, 1,
    ]);
    const [open, ...others] = await pulls('open');
    expect(others).toEqual([]);
    expect(await contentAt(open.head.sha, DEPLOYMENT)).toMatch(
      /replicas: [12]\n/,
    );
  });

  describe.each([
    ['blob', /\/git\/blobs$/],
    ['tree', /\/git\/trees$/],
    ['commit', /\/git\/commits$/],
    ['branch', /\/git\/refs$/],
    ['pull request', /\/pulls$/],
    ['labels', /\/labels$/],
  ])('when the answer to writing the %s is lost', (_step, path) => {
    beforeEach(() => {
      test.demo.faults.add({
        method: 'POST',
        path,
        when: 'after',
        disconnect: true,
      });
    });

    async function expectOnePullRequest(headSha: string): Promise<void> {
      const [pull, ...others] = await pulls();
      expect(others).toEqual([]);
      expect(pull).toMatchObject({ state: 'open', head: { sha: headSha } });
      expect(pull.labels.map((label: any) => label.name)).toEqual(['finops']);
      const { body: files } = await test.as(
        'maintainer',
        'GET',
        '/pulls/1/files',
      );
      expect(files.map((file: any) => file.filename)).toEqual([DEPLOYMENT]);
      expect(await contentAt(headSha, DEPLOYMENT)).toContain('replicas: 2');
    }

    it('finishes in the same call', async () => {
      const outcome = await forge.deliver(input());
      expect(outcome.changeRequest).toMatchObject({ number: 1, state: 'open' });
      await expectOnePullRequest(outcome.changeRequest.headSha);
    });

    it('finishes in the next call when this one dies', async () => {
      test.demo.faults.add({
        path: /./,
        times: 1_000,
        respond: { status: 503 },
      });
      await expect(forge.deliver(input())).rejects.toMatchObject({
        name: 'ForgeError',
        code: 'unavailable',
      });
      test.demo.faults.clear();
      const outcome = await forge.deliver(input());
      await expectOnePullRequest(outcome.changeRequest.headSha);
    });
  });

  it.each([
    [401, {}, 'unauthorized'],
    [403, {}, 'unauthorized'],
    [404, {}, 'not-found'],
    [409, {}, 'conflict'],
    [422, {}, 'rejected'],
    [429, { 'retry-after': '3600' }, 'rate-limited'],
    [
      403,
      { 'x-ratelimit-remaining': '0', 'x-ratelimit-reset': '4102444800' },
      'rate-limited',
    ],
    [500, {}, 'unavailable'],
    [503, {}, 'unavailable'],
  ])(
    'turns HTTP %s %j into %s, without its token',
    async (status, headers, code) => {
      test.demo.faults.add({
        method: 'POST',
        path: /\/git\/refs$/,
        times: 10,
        respond: { status, headers },
      });
      const failure = await forge.deliver(input()).catch(error => error);
      expect(failure).toBeInstanceOf(ForgeError);
      expect(failure).toMatchObject({ code });
      expect(failure.message).toContain(
        'https://forge.example:7007/acme/estate',
      );
      expect(
        JSON.stringify(failure) + failure.message + failure.stack,
      ).not.toContain(test.demo.token);
      expect(failure.retryAfterSeconds !== undefined).toBe(
        code === 'rate-limited',
      );
      expect(await pulls()).toEqual([]);
    },
  );

  it('waits out a short rate limit and a passing failure', async () => {
    test.demo.faults.add({
      method: 'POST',
      path: /\/git\/blobs$/,
      respond: { status: 502 },
    });
    test.demo.faults.add({
      method: 'POST',
      path: /\/pulls$/,
      respond: {
        status: 403,
        headers: { 'retry-after': '1' },
        body: { message: 'You have exceeded a secondary rate limit' },
      },
    });
    expect((await forge.deliver(input())).result).toBe('opened');
  });

  it('tells wrong credentials, no credentials, no server, a slow server and a cancelled call apart', async () => {
    const read = (other: GithubForge) =>
      other.headSha(test.repository).catch(error => error);
    expect(
      await read(test.connect(test.demo.apiBaseUrl, { token: 'wrong-token' })),
    ).toMatchObject({ code: 'unauthorized' });
    expect(
      (await read(test.connect(test.demo.apiBaseUrl, { token: 'none' })))
        .message,
    ).toContain('integrations.github');
    expect(await read(test.connect('http://127.0.0.1:1'))).toMatchObject({
      code: 'unavailable',
    });

    test.demo.faults.add({
      path: /./,
      times: 3,
      delayMilliseconds: 300,
      respond: { status: 200, body: {} },
    });
    expect(
      await read(
        test.connect(test.demo.apiBaseUrl, { requestTimeoutMilliseconds: 20 }),
      ),
    ).toMatchObject({ code: 'unavailable' });

    test.demo.faults.clear();
    const cancelled = await forge
      .headSha(test.repository, { signal: AbortSignal.abort() })
      .catch(error => error);
    expect(cancelled).toMatchObject({
      name: 'ForgeError',
      code: 'unavailable',
    });

    test.demo.faults.add({
      path: /./,
      respond: { status: 200, body: { surprise: true } },
    });
    expect(await read(forge)).toMatchObject({ code: 'unavailable' });
    await expect(
      forge.headSha({ ...test.repository, branch: 'nowhere' }),
    ).rejects.toMatchObject({
      code: 'not-found',
    });
  });

  it('lists a tree too large for one answer directory by directory', async () => {
    const { body: whole } = await test.as(
      'maintainer',
      'GET',
      `/git/trees/${baseSha}?recursive=1`,
    );
    test.demo.faults.add({
      path: new RegExp(`/git/trees/${baseSha}$`),
      respond: {
        status: 200,
        body: { ...whole, truncated: true, tree: whole.tree.slice(0, 1) },
      },
    });
    const walked = await forge.listFiles(test.repository, baseSha);
    expect([...walked].sort(byPath)).toEqual(
      [...(await forge.listFiles(test.repository, baseSha))].sort(byPath),
    );
  });

  it('publishes a status, cut to what GitHub keeps', async () => {
    await forge.setStatus(test.repository, baseSha, {
      context: 'finops/approval',
      state: 'pending',
      description: 'é'.repeat(200),
      targetUrl: 'https://portal.example/finops',
    });
    const { body } = await test.as(
      'maintainer',
      'GET',
      `/commits/${baseSha}/status`,
    );
    expect(body).toMatchObject({
      state: 'pending',
      statuses: [
        {
          context: 'finops/approval',
          target_url: 'https://portal.example/finops',
        },
      ],
    });
    expect(body.statuses[0].description).toHaveLength(140);
  });
});

function replicas(count: number): Uint8Array {
  return Buffer.from(ORIGINAL.replace('replicas: 3', `replicas: ${count}`));
}

function byPath(left: { path: string }, right: { path: string }): number {
  return left.path < right.path ? -1 : 1;
}
