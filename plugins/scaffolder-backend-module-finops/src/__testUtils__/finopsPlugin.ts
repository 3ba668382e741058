import {
  coreServices,
  createBackendPlugin,
} from '@backstage/backend-plugin-api';
import { json, Router } from 'express';

export const PLAN_HASH = 'a'.repeat(64);

export const DIFF = [
  '--- a/apps/shop.yaml',
  '+++ b/apps/shop.yaml',
  '@@ -6,3 +6,3 @@',
  '-  replicas: 3',
  '+  replicas: 2',
  '',
].join('\n');

export const VERDICT = {
  policy: 'replica-floor',
  outcome: 'allow',
  message: 'its rule holds',
  cause: 'evaluated',
};

const ANSWERS: Record<string, { status: number; body: unknown }> = {
  plan: {
    status: 200,
    body: {
      result: 'planned',
      plan: {
        hash: PLAN_HASH,
        identity: 'b'.repeat(64),
        repository: { url: 'https://forge.example/org/gitops', branch: 'main' },
        baseSha: 'c'.repeat(40),
        files: [{ path: 'apps/shop.yaml', diff: DIFF }],
        changes: [],
        proof: { proven: true, checks: [] },
      },
      verdicts: [VERDICT],
    },
  },
  deliver: {
    status: 200,
    body: { changeRequest: { url: 'https://forge.example/org/gitops/pull/7' } },
  },
};

export interface Call {
  readonly path: string;
  readonly user: string;
  readonly body: unknown;
}

/**
 * The plan and deliver routes of the FinOps API behind the framework's own authentication: it records
 * who asked, and answers what a test sets.
 */
export function createTestFinopsPlugin() {
  const calls: Call[] = [];
  const answers = { ...ANSWERS };
  const feature = createBackendPlugin({
    pluginId: 'finops',
    register(env) {
      env.registerInit({
        deps: {
          httpAuth: coreServices.httpAuth,
          httpRouter: coreServices.httpRouter,
        },
        async init({ httpAuth, httpRouter }) {
          const router = Router();
          router.use(json());
          router.post(
            '/recommendations/:id/:step',
            (request, response, next) => {
              httpAuth
                .credentials(request, { allow: ['user'] })
                .then(({ principal }) => {
                  calls.push({
                    path: request.path,
                    user: principal.userEntityRef,
                    body: request.body,
                  });
                  const { status, body } = answers[request.params.step];
                  response.status(status).send(body);
                })
                .catch(next);
            },
          );
          httpRouter.use(router);
        },
      });
    },
  });
  return {
    feature,
    calls,
    answer(step: 'plan' | 'deliver', status: number, body: unknown) {
      answers[step] = { status, body };
    },
    reset() {
      calls.length = 0;
      Object.assign(answers, ANSWERS);
    },
  };
}

export function errorBody(status: number, message: string, code?: string) {
  return {
    error: { name: 'Error', message, code },
    response: { statusCode: status },
  };
}
