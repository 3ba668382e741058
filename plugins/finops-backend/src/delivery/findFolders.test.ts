import { TestDatabases } from '@backstage/backend-test-utils';
import { parseWorkloadKey } from '@apexlogic/backstage-plugin-finops-common';
import {
  DeliveryApplication,
  DeliveryController,
  DeliverySource,
  SourceResult,
} from '@apexlogic/backstage-plugin-finops-node';
import { createTestStores } from '../__testUtils__/databases';
import {
  createForge,
  createTestLoop,
  ENTITY,
  givenRecommendation,
  NOW,
  REPOSITORY_URL,
  WORKLOAD,
} from '../__testUtils__/fixtures';
import { MemoryForge } from '../__testUtils__/MemoryForge';
import { Stores } from '../database/createStores';
import { planRecommendation } from './planRecommendation';

const databases = TestDatabases.create();

const FOLDER: DeliverySource = {
  repositoryUrl: 'git@forge.test:org/gitops.git',
  revision: { kind: 'default-branch' },
  path: 'apps/web',
};

const ARGO: DeliveryApplication = {
  controller: 'argo-cd',
  cluster: 'c1',
  kind: 'Application',
  namespace: 'argocd',
  name: 'web',
  sources: [FOLDER],
  selfHeals: true,
};

function controller(
  answer: SourceResult<readonly DeliveryApplication[]>,
  id = 'one',
): DeliveryController {
  return {
    id,
    findApplications: async workload => {
      expect(workload).toEqual(parseWorkloadKey(WORKLOAD));
      return answer;
    },
  };
}

const says = (...data: DeliveryApplication[]) =>
  controller({ status: 'ok', data, asOf: NOW });

describe('where the desired state of a workload lies', () => {
  let stores: Stores;
  let forge: MemoryForge;
  let id: string;

  beforeEach(async () => {
    stores = await createTestStores(databases, 'SQLITE_3');
    forge = createForge();
    id = await givenRecommendation(stores);
  });

  async function plan(
    controllers: readonly DeliveryController[],
    annotations: { gitopsUrl?: string; sourceUrl?: string } = {},
  ) {
    const { loop } = await createTestLoop({ stores, forge, controllers });
    await stores.entities.saveEntity(
      { ...ENTITY, gitopsUrl: undefined, ...annotations },
      { state: 'ready', missing: [] },
    );
    return (await planRecommendation(loop, id)).stored;
  }

  it('is told by the controller that deploys it, whatever way the repository is written', async () => {
    const { plan: made } = await plan([says(), says(ARGO)]);
    expect(made).toMatchObject({
      repository: { url: REPOSITORY_URL, branch: 'main' },
      files: [{ path: 'apps/web/deployment.yaml' }],
    });
  });

  it('is told by the catalog first, and by the place of the code last', async () => {
    const elsewhere = says({
      ...ARGO,
      sources: [{ ...FOLDER, path: 'apps/other' }],
    });
    const url = `${REPOSITORY_URL}/tree/main/apps/web`;
    expect((await plan([elsewhere], { gitopsUrl: url })).plan).toBeDefined();
    expect((await plan([elsewhere], { sourceUrl: url })).refusal).toMatchObject(
      { code: 'not-managed', reason: expect.stringContaining('apps/other') },
    );
    expect((await plan([says()], { sourceUrl: url })).plan).toBeDefined();
  });

  it('is the one source of several that defines it', async () => {
    const { plan: made } = await plan([
      says({
        ...ARGO,
        sources: [{ ...FOLDER, path: 'charts/web' }, FOLDER],
      }),
    ]);
    expect(made).toBeDefined();
    const { refusal } = await plan([
      says({ ...ARGO, sources: [{ ...FOLDER, path: undefined }, FOLDER] }),
    ]);
    expect(refusal).toMatchObject({ code: 'ambiguous' });
  });

  it.each<[string, DeliveryController[], object]>([
    [
      'two that say they deploy it',
      [says(ARGO), says({ ...ARGO, kind: 'Kustomization', name: 'apps' })],
      {
        code: 'not-managed',
        reason:
          'Application argocd/web, Kustomization argocd/apps all say that they deploy it; which one is meant is not guessed.',
      },
    ],
    [
      'one pinned to a tag',
      [
        says({
          ...ARGO,
          sources: [{ ...FOLDER, revision: { kind: 'pinned', to: 'v1' } }],
        }),
      ],
      { reason: expect.stringContaining('is pinned to v1') },
    ],
    [
      'a chart of a registry',
      [says({ ...ARGO, sources: [] })],
      { reason: expect.stringContaining('no git repository') },
    ],
    [
      'a forge that is not installed',
      [
        says({
          ...ARGO,
          sources: [{ ...FOLDER, repositoryUrl: 'https://other.test/a/b' }],
        }),
      ],
      { code: 'no-forge' },
    ],
    [
      'a controller that may not be read',
      [controller({ status: 'denied', reason: 'no role' }, 'kubernetes:c1')],
      {
        reason: expect.stringMatching(
          /annotate it.* kubernetes:c1: no role\.$/,
        ),
      },
    ],
  ])('is not guessed: %s', async (_, controllers, refusal) => {
    expect((await plan(controllers)).refusal).toMatchObject(refusal);
  });
});
