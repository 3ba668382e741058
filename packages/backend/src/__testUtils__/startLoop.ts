import { resolve } from 'node:path';
import { BackstageCredentials } from '@backstage/backend-plugin-api';
import { databaseServiceFactory } from '@backstage/backend-defaults/database';
import { schedulerServiceFactory } from '@backstage/backend-defaults/scheduler';
import {
  mockCredentials,
  mockServices,
  startTestBackend,
} from '@backstage/backend-test-utils';
import { catalogServiceMock } from '@backstage/plugin-catalog-node/testUtils';
import {
  AuthorizeResult,
  DefinitivePolicyDecision,
} from '@backstage/plugin-permission-common';
import { JsonObject } from '@backstage/types';
import finopsPlugin from '@apexlogic/backstage-plugin-finops-backend';
import finopsModuleGithub from '@apexlogic/backstage-plugin-finops-backend-module-github';
import finopsModuleKubernetes from '@apexlogic/backstage-plugin-finops-backend-module-kubernetes';
import finopsModuleOpenCost from '@apexlogic/backstage-plugin-finops-backend-module-opencost';
import finopsModulePrometheus from '@apexlogic/backstage-plugin-finops-backend-module-prometheus';
import request from 'supertest';
import {
  BROKEN_CLUSTER,
  catalogEntityOf,
  CLUSTER,
  entityRefOf,
  METRIC_DAYS,
  OWNER,
  SCRAPE_SECONDS,
  Service,
} from './estate';
import { TestForge } from './forge';
import { manifestStateModule } from './liveState';
import { KUBECONFIG } from './services';

const POLICIES = resolve(__dirname, '../../../../examples/policies');
const POLL_MS = 100;
const DEADLINE_MS = 45_000;

/** Who may read everything and change nothing. */
export const READER = 'reader';

/** A whole backend of the portal with the control loop in it. */
export type LoopBackend = Awaited<ReturnType<typeof startTestBackend>>;

export interface LoopOptions {
  readonly services: readonly Service[];
  /** Configuration under `backend.database`. */
  readonly database: JsonObject;
  readonly forge: TestForge;
  readonly prometheusUrl: string;
  readonly brokenPrometheusUrl: string;
  readonly openCostUrl: string;
}

/** Starts a backend with every module of the loop; only people and permissions are made up. */
export async function startLoop(options: LoopOptions): Promise<LoopBackend> {
  const { services, database, forge } = options;
  const prometheus = (id: string, url: string, cluster: string) => ({
    id,
    url,
    clusters: [cluster],
    scrapeIntervalSeconds: SCRAPE_SECONDS,
    historyDays: METRIC_DAYS,
  });
  return await startTestBackend({
    features: [
      finopsPlugin,
      finopsModulePrometheus,
      finopsModuleOpenCost,
      finopsModuleGithub,
      KUBECONFIG ? finopsModuleKubernetes : manifestStateModule(services),
      databaseServiceFactory,
      schedulerServiceFactory,
      catalogServiceMock.factory({ entities: services.map(catalogEntityOf) }),
      mockServices.userInfo.mock({
        getUserInfo: async credentials => {
          const { userEntityRef } = credentials.principal as {
            userEntityRef: string;
          };
          return { userEntityRef, ownershipEntityRefs: [userEntityRef, OWNER] };
        },
      }).factory,
      mockServices.permissions.mock({
        authorize: decide,
        authorizeConditional: decide,
      }).factory,
      mockServices.rootConfig.factory({
        data: {
          app: { baseUrl: 'https://portal.test' },
          backend: { database },
          integrations: {
            github: [
              {
                host: 'forge.test',
                apiBaseUrl: forge.demo.apiBaseUrl,
                token: forge.demo.token,
              },
            ],
          },
          finops: {
            // Everything is read once at the start, later when asked; pull requests are followed all the time.
            schedule: {
              frequency: { hours: 1 },
              timeout: { minutes: 1 },
              initialDelay: { seconds: 0 },
            },
            syncSchedule: {
              frequency: { seconds: 1 },
              timeout: { minutes: 1 },
              initialDelay: { seconds: 1 },
            },
            historyDays: 28,
            policies: [{ path: POLICIES }],
            github: { writeInterval: { milliseconds: 0 } },
            prometheus: [
              prometheus('prometheus', options.prometheusUrl, CLUSTER),
              prometheus(
                'broken-prometheus',
                options.brokenPrometheusUrl,
                BROKEN_CLUSTER,
              ),
            ],
            opencost: [
              {
                id: 'opencost',
                url: options.openCostUrl,
                clusters: [CLUSTER, BROKEN_CLUSTER],
                historyDays: 28,
              },
            ],
            kubernetes: {
              kubeconfigs: [CLUSTER, BROKEN_CLUSTER].map(cluster => ({
                cluster,
                path: KUBECONFIG ?? '',
              })),
            },
          },
        },
      }),
    ],
  });
}

async function decide(
  asked: readonly { permission: { name: string } }[],
  { credentials }: { credentials: BackstageCredentials },
): Promise<DefinitivePolicyDecision[]> {
  const { userEntityRef } = credentials.principal as { userEntityRef?: string };
  return asked.map(({ permission }) => ({
    result:
      userEntityRef === `user:default/${READER}` &&
      !permission.name.endsWith('.read')
        ? AuthorizeResult.DENY
        : AuthorizeResult.ALLOW,
  }));
}

/** The finops API of a backend as a user calls it. */
export function as(backend: LoopBackend, user: string) {
  const header = mockCredentials.user.header(`user:default/${user}`);
  const get = async (path: string) =>
    await request(backend.server)
      .get(`/api/finops${path}`)
      .set('Authorization', header);
  const post = async (path: string, body: object = {}) =>
    await request(backend.server)
      .post(`/api/finops${path}`)
      .set('Authorization', header)
      .send(body);
  return {
    refresh: (service: Service) => post(`${entityPath(service)}/refresh`),
    overview: (service: Service) => get(`${entityPath(service)}/overview`),
    costs: (service: Service) => get(`${entityPath(service)}/costs`),
    anomalies: (service: Service) => get(`${entityPath(service)}/anomalies`),
    recommendations: (service: Service) =>
      get(`${entityPath(service)}/recommendations`),
    detail: (id: string) => get(`/recommendations/${id}`),
    plan: (id: string) => post(`/recommendations/${id}/plan`),
    deliver: (id: string, planHash: string) =>
      post(`/recommendations/${id}/deliver`, { planHash }),
    approve: (id: string, planHash: string) =>
      post(`/recommendations/${id}/approve`, { planHash }),
  };
}

function entityPath(service: Service): string {
  const [kind, rest] = entityRefOf(service).split(':');
  return `/entities/${kind}/${rest}`;
}

/** Reads until the answer is as wanted. */
export async function until<T>(
  read: () => Promise<T>,
  done: (value: T) => boolean,
): Promise<T> {
  const deadline = Date.now() + DEADLINE_MS;
  for (;;) {
    const value = await read();
    if (done(value)) {
      return value;
    }
    if (Date.now() > deadline) {
      const last = (value as { body?: unknown }).body ?? value;
      throw new Error(
        `It did not happen in time; last seen: ${JSON.stringify(last).slice(
          0,
          2_000,
        )}`,
      );
    }
    await new Promise(wake => setTimeout(wake, POLL_MS));
  }
}
