import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import {
  mockCredentials,
  startTestBackend,
} from '@backstage/backend-test-utils';
import { catalogServiceMock } from '@backstage/plugin-catalog-node/testUtils';
import scaffolderPlugin from '@backstage/plugin-scaffolder-backend';
import request from 'supertest';
import { parse } from 'yaml';
import scaffolderModuleFinops from './index';
import {
  createTestFinopsPlugin,
  DIFF,
  PLAN_HASH,
} from './__testUtils__/finopsPlugin';

const template = parse(
  readFileSync(
    join(
      __dirname,
      '../../../examples/templates/apply-recommendation/template.yaml',
    ),
    'utf8',
  ),
);
const values = { recommendationId: 'rec-1' };
const ADA = 'user:default/ada';

const finops = createTestFinopsPlugin();
let backend: Awaited<ReturnType<typeof startTestBackend>>;

beforeAll(async () => {
  const user = {
    apiVersion: 'backstage.io/v1alpha1',
    kind: 'User',
    metadata: { name: 'ada', namespace: 'default' },
  };
  const entity = {
    ...template,
    metadata: { ...template.metadata, namespace: 'default' },
  };
  backend = await startTestBackend({
    features: [
      scaffolderPlugin,
      scaffolderModuleFinops,
      finops.feature,
      catalogServiceMock.factory({ entities: [entity, user] }),
    ],
  });
});
beforeEach(() => finops.reset());
afterAll(() => backend.stop());

function post(path: string, body: object) {
  return request(backend.server)
    .post(`/api/scaffolder${path}`)
    .set('Authorization', mockCredentials.user.header(ADA))
    .send(body);
}

it('runs the example template dry: the diff is shown and nothing delivered', async () => {
  const { body } = await post('/v2/dry-run', {
    template: { ...template, apiVersion: template.apiVersion },
    values,
    directoryContents: [],
  }).expect(200);
  const messages = body.log
    .map((entry: { body: { message: string } }) => entry.body.message)
    .join('\n');
  expect(messages).toContain('Dry run: nothing is written');
  expect(messages).toContain('-  replicas: 3');
  expect(messages).toContain('+  replicas: 2');
  expect(body.output.text[0].content).toContain(DIFF.trim());
  expect(finops.calls.map(({ path, user }) => [path, user])).toEqual([
    ['/recommendations/rec-1/plan', ADA],
    ['/recommendations/rec-1/plan', ADA],
  ]);
});

it('runs the example template: one delivery of the planned hash, for the person who started it', async () => {
  const { body } = await post('/v2/tasks', {
    templateRef: 'template:default/apply-finops-recommendation',
    values,
  }).expect(201);
  const { body: events } = await request(backend.server)
    .get(`/api/scaffolder/v2/tasks/${body.id}/events`)
    .set('Authorization', mockCredentials.user.header(ADA));
  const completion = await completionOf(body.id, events);
  expect(completion.body).toMatchObject({
    output: { links: [{ url: 'https://forge.example/org/gitops/pull/7' }] },
  });
  expect(finops.calls).toEqual([
    { path: '/recommendations/rec-1/plan', user: ADA, body: {} },
    {
      path: '/recommendations/rec-1/deliver',
      user: ADA,
      body: { planHash: PLAN_HASH },
    },
  ]);
});

interface TaskEvent {
  readonly type: string;
  readonly body: { readonly status?: string; readonly output?: unknown };
}

async function completionOf(
  taskId: string,
  known: TaskEvent[],
): Promise<TaskEvent> {
  const completion = known.find(({ type }) => type === 'completion');
  if (completion) {
    return completion;
  }
  // Long polling: answers as soon as there is a new event.
  const { body } = await request(backend.server)
    .get(`/api/scaffolder/v2/tasks/${taskId}/events`)
    .set('Authorization', mockCredentials.user.header(ADA));
  return completionOf(taskId, body);
}
