import { createHmac, randomUUID } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { BackendFeature } from '@backstage/backend-plugin-api';
import {
  mockServices,
  startTestBackend,
  TestDatabaseId,
  TestDatabases,
} from '@backstage/backend-test-utils';
import { databaseServiceFactory } from '@backstage/backend-defaults/database';
import { schedulerServiceFactory } from '@backstage/backend-defaults/scheduler';
import eventsPlugin from '@backstage/plugin-events-backend';
import { eventsServiceFactory } from '@backstage/plugin-events-node';
import { catalogServiceMock } from '@backstage/plugin-catalog-node/testUtils';
import { JsonObject } from '@backstage/types';
import finopsPlugin from '@apexlogic/backstage-plugin-finops-backend';
import finopsModuleGithub from '@apexlogic/backstage-plugin-finops-backend-module-github';
import request from 'supertest';
import { manifestOf, manifestPath, Service } from './__testUtils__/estate';
import { startForge, TestForge } from './__testUtils__/forge';
import { postgresConfig } from './__testUtils__/postgresConfig';
import { until } from './__testUtils__/startLoop';

jest.setTimeout(120_000);

/**
 * What the module's default export loads. It loads by dynamic import, which the test runner's virtual machine does
 * not have.
 */
const GITHUB_EVENTS = [
  'eventsModuleGithubEventRouter',
  'eventsModuleGithubWebhook',
].map(
  (name): BackendFeature =>
    jest.requireActual(
      join(
        dirname(
          require.resolve(
            '@backstage/plugin-events-backend-module-github/package.json',
          ),
        ),
        'dist/service',
        `${name}.cjs.js`,
      ),
    ).default,
);

const SECRET = 'the secret of the test';
const POLICIES = resolve(__dirname, '../../../examples/policies');
const WEB: Service = { name: 'web', cluster: 'alpha' };

const IDS: TestDatabaseId[] = [
  'SQLITE_3',
  ...(process.env.BACKSTAGE_TEST_DATABASE_POSTGRES18_CONNECTION_STRING
    ? (['POSTGRES_18'] as const)
    : []),
];
const databases = TestDatabases.create({ ids: IDS });

async function start(
  forge: TestForge,
  database: JsonObject,
  webhookSecret: string | undefined = SECRET,
) {
  return await startTestBackend({
    features: [
      finopsPlugin,
      finopsModuleGithub,
      // The test backend's own gives each plugin a service that no other hears.
      eventsServiceFactory,
      eventsPlugin,
      ...GITHUB_EVENTS,
      databaseServiceFactory,
      schedulerServiceFactory,
      catalogServiceMock.factory({ entities: [] }),
      mockServices.rootConfig.factory({
        data: {
          app: { baseUrl: 'https://portal.test' },
          backend: { database },
          events: {
            useEventBus: 'never',
            http: { topics: ['github'] },
            modules: { github: { webhookSecret } },
          },
          integrations: {
            github: [
              {
                host: new URL(forge.demo.url).host,
                apiBaseUrl: forge.demo.apiBaseUrl,
                token: forge.demo.token,
              },
            ],
          },
          finops: {
            syncSchedule: {
              frequency: { seconds: 1 },
              timeout: { minutes: 1 },
              initialDelay: { seconds: 1 },
            },
            github: { writeInterval: { milliseconds: 0 } },
            policies: [{ path: POLICIES }],
            check: { enabled: true, repositories: [forge.demo.url] },
          },
        },
      }),
    ],
  });
}

/** A database that outlives a backend; what is below `backend.database`. */
async function createDatabase(
  id: TestDatabaseId,
  folder: string,
): Promise<JsonObject> {
  if (id === 'SQLITE_3') {
    return { client: 'better-sqlite3', connection: { directory: folder } };
  }
  return postgresConfig(await databases.init(id));
}

type Backend = Awaited<ReturnType<typeof start>>;

describe.each(databases.eachSupportedId())(
  'checks of change requests on %s',
  id => {
    let forge: TestForge;
    let backend: Backend;
    let database: JsonObject;
    let folder: string;

    beforeAll(async () => {
      forge = await startForge([WEB]);
      folder = await mkdtemp(join(tmpdir(), 'finops-checks-'));
      database = await createDatabase(id, folder);
      backend = await start(forge, database);
    });

    afterAll(async () => {
      await backend?.stop();
      await forge?.demo.stop();
      await rm(folder, { recursive: true, force: true });
    });

    const api = async (method: string, path: string, body?: unknown) => {
      const response = await fetch(
        `${forge.demo.apiBaseUrl}/repos/acme/estate${path}`,
        {
          method,
          headers: {
            authorization: `token ${forge.demo.tokenOf('maintainer')}`,
          },
          body: body === undefined ? undefined : JSON.stringify(body),
        },
      );
      return (await response.json()) as any;
    };

    /** A person's commit on a branch, made where there is none. */
    async function push(branch: string, content: string): Promise<string> {
      const ref = await api('GET', `/git/ref/heads/${branch}`);
      const parent =
        ref.object?.sha ?? (await api('GET', '/git/ref/heads/main')).object.sha;
      const tree = await api('POST', '/git/trees', {
        base_tree: (await api('GET', `/git/commits/${parent}`)).tree.sha,
        tree: [
          { path: manifestPath(WEB), mode: '100644', type: 'blob', content },
        ],
      });
      const { sha } = await api('POST', '/git/commits', {
        message: 'By hand',
        tree: tree.sha,
        parents: [parent],
      });
      await (ref.object
        ? api('PATCH', `/git/refs/heads/${branch}`, { sha })
        : api('POST', '/git/refs', { ref: `refs/heads/${branch}`, sha }));
      return sha;
    }

    async function open(branch: string, content: string) {
      const sha = await push(branch, content);
      const { number } = await api('POST', '/pulls', {
        title: branch,
        head: branch,
        base: 'main',
      });
      return { number: number as number, sha };
    }

    /** A webhook as GitHub sends it; the HTTP status of the answer. */
    async function hook(
      number: number,
      options: {
        delivery?: string;
        updatedAt?: string;
        secret?: string | 'none';
      } = {},
    ): Promise<number> {
      const {
        delivery = randomUUID(),
        updatedAt = new Date().toISOString(),
        secret = SECRET,
      } = options;
      const pull = await api('GET', `/pulls/${number}`);
      const body = JSON.stringify({
        action: 'synchronize',
        number,
        pull_request: { ...pull, updated_at: updatedAt },
        repository: {
          full_name: 'acme/estate',
          html_url: `${forge.demo.url}/acme/estate`,
        },
        sender: { login: 'maintainer' },
      });
      const sent = request(backend.server)
        .post('/api/events/http/github')
        .set('content-type', 'application/json')
        .set('x-github-event', 'pull_request')
        .set('x-github-delivery', delivery);
      if (secret !== 'none') {
        sent.set(
          'x-hub-signature-256',
          `sha256=${createHmac('sha256', secret).update(body).digest('hex')}`,
        );
      }
      return (await sent.send(body)).status;
    }

    const statusOf = async (sha: string): Promise<string | undefined> =>
      (await forge.statuses(sha))['finops/check'];
    const commentsOn = async (number: number): Promise<any[]> =>
      await api('GET', `/issues/${number}/comments`);
    const settled = (sha: string) =>
      until(
        () => statusOf(sha),
        state => state === 'success' || state === 'failure',
      );
    const quiet = () => new Promise(wake => setTimeout(wake, 2_500));

    it('goes from a signed webhook to one comment and a status, edits it with the next push, and takes nothing twice', async () => {
      const manifest = manifestOf(WEB);
      const { number, sha } = await open(
        'more',
        manifest.replace(':1.0.0', ':latest'),
      );
      const updatedAt = new Date().toISOString();
      expect(await hook(number, { delivery: 'one', updatedAt })).toBe(202);
      expect(await settled(sha)).toBe('success');
      const [first, ...others] = await commentsOn(number);
      expect(others).toEqual([]);
      expect(first.body).toContain('FinOps check');
      expect(first.body).toContain('`image-not-pinned`');

      const next = await push('more', manifest.replace('s: 3', 's: 4'));
      const later = new Date(Date.now() + 5_000).toISOString();
      expect(await hook(number, { updatedAt: later })).toBe(202);
      expect(await settled(next)).toBe('success');
      const edited = await until(
        () => commentsOn(number),
        ([comment]) => !comment.body.includes('image-not-pinned'),
      );
      expect(edited).toMatchObject([{ id: first.id }]);

      // A replay, and one that tells of the state before.
      const { body } = edited[0];
      const last = await push('more', manifest.replace('s: 3', 's: 5'));
      expect(await hook(number, { delivery: 'one', updatedAt })).toBe(202);
      expect(await hook(number, { updatedAt })).toBe(202);
      await quiet();
      expect(await statusOf(last)).toBeUndefined();
      expect(await commentsOn(number)).toMatchObject([{ body }]);
    });

    it('lets nobody in without the secret', async () => {
      const { number, sha } = await open('forged', manifestOf(WEB).trimEnd());
      expect(await hook(number, { secret: 'another secret' })).toBe(403);
      expect(await hook(number, { secret: 'none' })).toBe(403);
      await quiet();
      expect(await statusOf(sha)).toBeUndefined();
      expect(await commentsOn(number)).toEqual([]);
      await expect(start(forge, database, '')).rejects.toThrow();
    });

    it('fails what a policy denies', async () => {
      const { number, sha } = await open(
        'fewer',
        manifestOf(WEB).replace('s: 3', 's: 1'),
      );
      expect(await hook(number)).toBe(202);
      expect(await settled(sha)).toBe('failure');
      expect((await commentsOn(number))[0].body).toContain('**deny**');
    });

    it('ends with one comment and the right status when the forge breaks off between the two', async () => {
      const { number, sha } = await open(
        'broken',
        `${manifestOf(WEB)}# More\n`,
      );
      const sent = hook(number);
      // The first status says that it is being checked.
      forge.demo.faults.add({
        method: 'POST',
        path: /\/statuses\//,
        delayMilliseconds: 1,
      });
      forge.demo.faults.add({
        method: 'POST',
        path: /\/statuses\//,
        times: 1_000,
        disconnect: true,
      });
      expect(await sent).toBe(202);
      await until(
        () => commentsOn(number),
        comments => comments.length > 0,
      );
      await backend.stop();
      forge.demo.faults.clear();
      backend = await start(forge, database);
      expect(await settled(sha)).toBe('success');
      expect(await commentsOn(number)).toHaveLength(1);
    });
  },
);
