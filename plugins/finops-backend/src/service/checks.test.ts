import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createBackendModule } from '@backstage/backend-plugin-api';
import {
  mockCredentials,
  mockServices,
  startTestBackend,
} from '@backstage/backend-test-utils';
import { Entity } from '@backstage/catalog-model';
import { ANNOTATIONS } from '@apexlogic/backstage-plugin-finops-common';
import {
  ChangeRequestEvent,
  finopsChangeRequestEventsExtensionPoint,
  finopsForgesExtensionPoint,
} from '@apexlogic/backstage-plugin-finops-node';
import { catalogServiceMock } from '@backstage/plugin-catalog-node/testUtils';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import request from 'supertest';
import { checkIdOf } from '../database/CheckStore';
import { finopsPlugin } from '../plugin';
import {
  MANIFEST,
  MANIFEST_PATH,
  REPOSITORY_URL,
} from '../__testUtils__/fixtures';
import { PeopleForge } from '../__testUtils__/PeopleForge';

jest.setTimeout(60_000);

const POLICY = `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: ask
  annotations: { finops.apexlogic.com/outcome: require-approval }
spec:
  matchConstraints:
    resourceRules:
      - { apiGroups: [apps], apiVersions: ['*'], operations: ['*'], resources: [deployments] }
  validations:
    - expression: 'false'
      message: a person decides
`;

function user(name: string, login?: string): Entity {
  return {
    apiVersion: 'backstage.io/v1alpha1',
    kind: 'User',
    metadata: {
      name,
      annotations: login ? { 'github.com/user-login': login } : {},
    },
    spec: {},
  };
}

const ENTITIES: Entity[] = [
  {
    apiVersion: 'backstage.io/v1alpha1',
    kind: 'Component',
    metadata: {
      name: 'web',
      annotations: {
        [ANNOTATIONS.gitopsPath]: `${REPOSITORY_URL}/tree/main/apps/web`,
      },
    },
    spec: { owner: 'group:default/storefront' },
  },
  user('octavia', 'Octavia'),
  user('bob', 'bob'),
  user('ann'),
];

async function start(options: { enabled: boolean; policies: string }) {
  const forge = new PeopleForge(REPOSITORY_URL, { [MANIFEST_PATH]: MANIFEST });
  let tell: ((event: ChangeRequestEvent) => Promise<void>) | undefined;
  const module = createBackendModule({
    pluginId: 'finops',
    moduleId: 'people',
    register(env) {
      env.registerInit({
        deps: {
          forges: finopsForgesExtensionPoint,
          events: finopsChangeRequestEventsExtensionPoint,
        },
        async init({ forges, events }) {
          forges.addForge(forge);
          events.addChangeRequestEvents({
            id: 'people',
            subscribe: async onEvent => {
              tell = onEvent;
            },
          });
        },
      });
    },
  });
  const { enabled, policies } = options;
  const backend = await startTestBackend({
    features: [
      finopsPlugin,
      module,
      catalogServiceMock.factory({ entities: ENTITIES }),
      mockServices.permissions.mock({
        authorize: async (asked, { credentials }: any) =>
          asked.map(({ permission }) => ({
            result:
              credentials.principal.userEntityRef === 'user:default/reader' &&
              !permission.name.endsWith('.read')
                ? AuthorizeResult.DENY
                : AuthorizeResult.ALLOW,
          })) as any,
      }).factory,
      mockServices.rootConfig.factory({
        data: {
          app: { baseUrl: 'https://portal.test' },
          finops: {
            policies: [{ path: policies }],
            check: { enabled, repositories: ['https://forge.test/org'] },
          },
        },
      }),
    ],
  });
  const as = (name: string) => {
    const header = mockCredentials.user.header(`user:default/${name}`);
    return {
      list: () =>
        request(backend.server)
          .get('/api/finops/checks')
          .query({ repository: REPOSITORY_URL })
          .set('Authorization', header),
      approve: (id: string, hash: string) =>
        request(backend.server)
          .post(`/api/finops/checks/${id}/approve`)
          .set('Authorization', header)
          .send({ hash }),
    };
  };
  return { backend, forge, tell, as };
}

async function until(done: () => boolean): Promise<void> {
  for (let attempt = 0; attempt < 200 && !done(); attempt++) {
    await new Promise(wake => setTimeout(wake, 50));
  }
}

describe('checks over HTTP', () => {
  let policies: string;

  beforeEach(async () => {
    policies = await mkdtemp(path.join(tmpdir(), 'finops-checks-'));
    await writeFile(path.join(policies, 'ask.yaml'), POLICY);
  });

  afterEach(async () => {
    await rm(policies, { recursive: true, force: true });
  });

  it('lists checks and takes the approval of somebody who may and did not write the change', async () => {
    const { backend, forge, tell, as } = await start({
      enabled: true,
      policies,
    });
    const number = await forge.propose({
      [MANIFEST_PATH]: MANIFEST.replace('replicas: 3', 'replicas: 4'),
    });
    const { headSha } = forge.proposals[number - 1];
    await tell!({
      kind: 'change-request',
      deliveryId: 'one',
      digest: 'one',
      repositoryUrl: REPOSITORY_URL,
      number,
      headSha,
      updatedAt: new Date().toISOString(),
    });
    await until(
      () => forge.statusOf(headSha)?.description.startsWith('Waiting') === true,
    );
    const { body, status } = await as('bob').list();
    expect({ status, body }).toMatchObject({
      status: 200,
      body: {
        checks: [
          {
            id: checkIdOf(REPOSITORY_URL, number),
            number,
            url: `${REPOSITORY_URL}/pull/1`,
            state: 'open',
            headSha,
            author: 'octavia',
            conclusion: 'pending',
            risk: 'medium',
            verdicts: [{ policy: 'ask', outcome: 'require-approval' }],
            needsApproval: true,
            approvers: [],
          },
        ],
      },
    });
    const [{ id, hash }] = body.checks;
    expect((await as('reader').list()).status).toBe(200);
    expect((await as('reader').approve(id, hash)).status).toBe(403);
    expect((await as('octavia').approve(id, hash)).status).toBe(403);
    expect((await as('ann').approve(id, hash)).status).toBe(403);
    expect((await as('bob').approve('nothing', hash)).status).toBe(404);
    expect((await as('bob').approve(id, 'another')).status).toBe(409);
    expect(forge.statusOf(headSha)?.state).toBe('pending');
    expect((await as('bob').approve(id, hash)).status).toBe(204);
    await until(() => forge.statusOf(headSha)?.state === 'success');
    expect(forge.statusOf(headSha)?.state).toBe('success');
    expect((await as('bob').list()).body.checks[0]).toMatchObject({
      conclusion: 'success',
      approvers: ['user:default/bob'],
    });
    await backend.stop();
  });

  it('hears nothing unless it is enabled', async () => {
    const { backend, tell } = await start({ enabled: false, policies });
    expect(tell).toBeUndefined();
    await backend.stop();
  });
});
