import {
  mockCredentials,
  mockServices,
  startTestBackend,
} from '@backstage/backend-test-utils';
import { createMockActionContext } from '@backstage/plugin-scaffolder-node-test-utils';
import {
  createTestFinopsPlugin,
  DIFF,
  errorBody,
  PLAN_HASH,
  VERDICT,
} from '../__testUtils__/finopsPlugin';
import { createOpenChangeRequestAction } from './openChangeRequest';
import { createPlanRecommendationAction } from './plan';

const finops = createTestFinopsPlugin();
let backend: Awaited<ReturnType<typeof startTestBackend>>;

beforeAll(async () => {
  backend = await startTestBackend({ features: [finops.feature] });
});
beforeEach(() => finops.reset());
afterAll(() => backend.stop());

function dependencies(port = backend.server.port()) {
  return {
    auth: mockServices.auth({ pluginId: 'scaffolder' }),
    discovery: mockServices.discovery.mock({
      getBaseUrl: async pluginId => `http://localhost:${port}/api/${pluginId}`,
    }),
  };
}

function contextOf<T extends object>(input: T, overrides: object = {}) {
  const logger = mockServices.logger.mock();
  const base = createMockActionContext<T & {}>({ input } as never);
  const context = {
    ...base,
    logger,
    getInitiatorCredentials: async () =>
      mockCredentials.user('user:default/ada'),
    ...overrides,
  };
  const logged = () => logger.info.mock.calls.map(([line]) => line);
  const outputs = () =>
    Object.fromEntries((context.output as jest.Mock).mock.calls);
  return { context: context as never, logged, outputs };
}

function runPlan(overrides: object = {}, port?: number) {
  const test = contextOf({ recommendationId: 'rec/1' }, overrides);
  const done = createPlanRecommendationAction(dependencies(port)).handler(
    test.context,
  );
  return { ...test, done };
}

function runOpen(overrides: object = {}, port?: number) {
  const test = contextOf(
    { recommendationId: 'rec/1', planHash: PLAN_HASH },
    overrides,
  );
  const done = createOpenChangeRequestAction(dependencies(port)).handler(
    test.context,
  );
  return { ...test, done };
}

describe('finops:recommendation:plan', () => {
  it('plans for whoever started the task, shows the diff and the verdicts', async () => {
    const { done, outputs, logged } = runPlan();
    await done;
    expect(outputs()).toEqual({
      planHash: PLAN_HASH,
      diff: DIFF,
      verdicts: [VERDICT],
    });
    expect(logged()).toEqual([
      `Plan ${PLAN_HASH}`,
      ...DIFF.trimEnd().split('\n'),
      'replica-floor: allow: its rule holds',
    ]);
    expect(finops.calls).toEqual([
      {
        path: '/recommendations/rec%2F1/plan',
        user: 'user:default/ada',
        body: {},
      },
    ]);
  });

  it('says why a plan was refused', async () => {
    finops.answer('plan', 200, {
      result: 'refused',
      refusal: { code: 'anchor', reason: 'the value is a YAML anchor' },
    });
    await expect(runPlan().done).rejects.toThrow(
      "Planning recommendation 'rec/1' was refused: the value is a YAML anchor (anchor)",
    );
  });
});

describe('finops:recommendation:open-change-request', () => {
  it('delivers exactly the plan and outputs its address', async () => {
    const { done, outputs } = runOpen();
    await done;
    expect(outputs()).toEqual({
      changeRequestUrl: 'https://forge.example/org/gitops/pull/7',
    });
    expect(finops.calls).toEqual([
      {
        path: '/recommendations/rec%2F1/deliver',
        user: 'user:default/ada',
        body: { planHash: PLAN_HASH },
      },
    ]);
  });

  it('does not deliver again when a recovered task comes by, unless the plan is another', async () => {
    const kept = new Map<string, unknown>();
    const checkpoint = async ({
      key,
      fn,
    }: {
      key: string;
      fn: () => Promise<unknown>;
    }) => {
      if (!kept.has(key)) {
        kept.set(key, await fn());
      }
      return kept.get(key);
    };
    await runOpen({ checkpoint }).done;
    const again = runOpen({ checkpoint });
    await again.done;
    expect(again.outputs()).toEqual({
      changeRequestUrl: 'https://forge.example/org/gitops/pull/7',
    });
    expect(finops.calls).toHaveLength(1);
    const input = { recommendationId: 'rec/1', planHash: 'd'.repeat(64) };
    await runOpen({ checkpoint, input }).done;
    expect(finops.calls).toHaveLength(2);
  });

  it('in a dry run shows the exact diff and writes nothing', async () => {
    const { done, outputs, logged } = runOpen({ isDryRun: true });
    await done;
    expect(outputs()).toEqual({});
    expect(logged()).toEqual([
      'Dry run: nothing is written. The change request would hold exactly this:',
      `Plan ${PLAN_HASH}`,
      ...DIFF.trimEnd().split('\n'),
      'replica-floor: allow: its rule holds',
    ]);
    expect(finops.calls.map(({ path }) => path)).toEqual([
      '/recommendations/rec%2F1/plan',
    ]);
  });

  it('in a dry run refuses a hash that is no longer the plan', async () => {
    const input = { recommendationId: 'rec/1', planHash: 'd'.repeat(64) };
    await expect(runOpen({ isDryRun: true, input }).done).rejects.toThrow(
      `is now ${PLAN_HASH}, not ${'d'.repeat(64)}: plan again`,
    );
  });

  it.each([
    [400, 'InputError', errorBody(400, 'bad id'), 'bad id'],
    [401, 'AuthenticationError', errorBody(401, 'no token'), 'no token'],
    [
      403,
      'NotAllowedError',
      errorBody(403, 'denied', 'policy-denied'),
      'denied (policy-denied)',
    ],
    [
      404,
      'NotFoundError',
      errorBody(404, 'no such recommendation'),
      'no such recommendation',
    ],
    [
      409,
      'ConflictError',
      errorBody(409, 'main moved', 'plan-changed'),
      'main moved (plan-changed)',
    ],
    [422, 'InputError', errorBody(422, 'refused'), 'refused'],
    [
      500,
      'ServiceUnavailableError',
      { odd: true },
      'the FinOps backend answered 500',
    ],
    [
      502,
      'ServiceUnavailableError',
      '<html>',
      'the FinOps backend answered 502',
    ],
    [200, 'ConflictError', {}, 'names no change request'],
    [
      200,
      'ServiceUnavailableError',
      'not JSON',
      'does not answer as it should',
    ],
  ])('turns a %i into a %s', async (status, name, body, reason) => {
    finops.answer('deliver', status, body);
    await expect(runOpen().done).rejects.toMatchObject({
      name,
      message: expect.stringMatching(
        /^Opening the change request of recommendation 'rec\/1' failed: /,
      ),
    });
    await expect(runOpen().done).rejects.toThrow(reason);
  });

  it('says when the backend is not there, and stops with the task', async () => {
    const UNUSED_PORT = 1;
    await expect(runOpen({}, UNUSED_PORT).done).rejects.toMatchObject({
      name: 'ServiceUnavailableError',
    });
    const stopped = AbortSignal.abort();
    await expect(runOpen({ signal: stopped }).done).rejects.toThrow();
    expect(finops.calls).toEqual([]);
  });
});
