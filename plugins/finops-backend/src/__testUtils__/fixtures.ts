import { mockServices } from '@backstage/backend-test-utils';
import { ConfigReader } from '@backstage/config';
import { JsonObject } from '@backstage/types';
import { money } from '@apexlogic/backstage-plugin-finops-common';
import { DeliveryController } from '@apexlogic/backstage-plugin-finops-node';
import { PolicyEvaluator } from '@apexlogic/backstage-plugin-finops-policy';
import { Stores } from '../database/createStores';
import { RecommendationContent } from '../database/RecommendationStore';
import { BlobCache } from '../delivery/BlobCache';
import { Loop } from '../delivery/Loop';
import { readFinopsConfig } from '../governance/config';
import { PolicyGate } from '../governance/policies';
import { subjectKeyOf } from '../decision/reconcile';
import { EntityContext } from '../ingestion/types';
import { MemoryForge } from './MemoryForge';

/** One for all tests of a file: a worker takes a while to start. */
const POLICIES = new PolicyEvaluator();

export const REPOSITORY_URL = 'https://forge.test/org/gitops';
export const MANIFEST_PATH = 'apps/web/deployment.yaml';
export const WORKLOAD = 'c1/production/Deployment/web';
export const ENTITY_REF = 'component:default/web';
export const NOW = '2026-11-20T12:00:00.000Z';

/** A manifest as a team would write it: a comment, an annotation of its own, three replicas. */
export const MANIFEST = `apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: production
  annotations:
    team: storefront
spec:
  replicas: 3 # two zones and a spare
  selector:
    matchLabels:
      app: web
  template:
    metadata:
      labels:
        app: web
    spec:
      containers:
        - name: web
          image: web:1
          resources:
            requests:
              cpu: 500m
              memory: 512Mi
`;

export const ENTITY: EntityContext = {
  entityRef: ENTITY_REF,
  kind: 'component',
  title: 'Web',
  ownerRefs: ['group:default/storefront'],
  selector: { entityRef: ENTITY_REF, kubernetesId: 'web' },
  gitopsUrl: `${REPOSITORY_URL}/tree/main/apps/web`,
};

export const CONTENT: RecommendationContent = {
  entityRef: ENTITY_REF,
  workload: WORKLOAD,
  environment: 'production',
  action: { kind: 'scale-replicas', workload: WORKLOAD, from: 3, to: 2 },
  title: 'Scale from 3 to 2 replicas',
  reason: 'CPU 70 % underused over 14 days; 0.4 requests/s in logs.',
  saving: {
    expected: money(40_000_000, 'USD'),
    lower: money(35_000_000, 'USD'),
    upper: money(45_000_000, 'USD'),
  },
  risk: 'low',
  effort: 'low',
  priority: 'medium',
  confidence: 0.9,
  model: { name: 'CostOptimizer', version: '1.0.0' },
  evidence: [
    {
      id: 'cpu',
      kind: 'series',
      sourceId: 'metrics',
      summary: 'CPU was used to 30 %.',
      window: {
        start: '2026-11-06T00:00:00.000Z',
        end: '2026-11-20T00:00:00.000Z',
      },
    },
  ],
};

export function createForge(): MemoryForge {
  return new MemoryForge(REPOSITORY_URL, { [MANIFEST_PATH]: MANIFEST });
}

/** A loop whose configuration can be changed while it runs, as a watched file would. */
export async function createTestLoop(options: {
  stores: Stores;
  forge?: MemoryForge;
  controllers?: readonly DeliveryController[];
  finops?: JsonObject;
  now?: () => string;
}): Promise<{ loop: Loop; finops: JsonObject }> {
  const {
    stores,
    forge,
    controllers = [],
    finops = {},
    now = () => NOW,
  } = options;
  const root = Object.create(ConfigReader.prototype);
  for (const name of [
    'getOptionalConfig',
    'getOptionalConfigArray',
    'getOptionalBoolean',
    'getOptionalNumber',
    'getOptionalString',
  ] as const) {
    root[name] = (key: string) =>
      (
        new ConfigReader({
          app: { baseUrl: 'https://portal.test' },
          finops,
        }) as any
      )[name](key);
  }
  const config = readFinopsConfig(root);
  const logger = mockServices.logger.mock();
  return {
    finops,
    loop: {
      stores,
      forges: forge ? [forge] : [],
      controllers,
      policies: await PolicyGate.create({
        folders: config.policyFolders,
        logger,
        evaluator: POLICIES,
      }),
      blobs: new BlobCache(),
      config,
      logger,
      now,
    },
  };
}

/** Stores the entity and one proposed recommendation; returns its id. */
export async function givenRecommendation(
  stores: Stores,
  content: RecommendationContent = CONTENT,
  id = 'r1',
): Promise<string> {
  await stores.entities.saveEntity(ENTITY, { state: 'ready', missing: [] });
  await stores.recommendations.create({
    id,
    auditId: `${id}-proposed`,
    content,
    subjectKey: subjectKeyOf(content),
    contentHash: 'hash',
    now: NOW,
  });
  return id;
}
