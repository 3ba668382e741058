import { TestDatabases } from '@backstage/backend-test-utils';
import {
  Abstention,
  money,
  scaleMoney,
} from '@apexlogic/backstage-plugin-finops-common';
import { Stores } from '../database/createStores';
import { RecommendationContent } from '../database/RecommendationStore';
import { dismissRecommendation } from '../governance/dismissRecommendation';
import { createTestStores, DATABASE_IDS } from '../__testUtils__/databases';
import {
  CONTENT,
  createForge,
  createTestLoop,
  ENTITY,
  ENTITY_REF,
  NOW,
  WORKLOAD,
} from '../__testUtils__/fixtures';
import { planRecommendation } from '../delivery/planRecommendation';
import { reconcile } from './reconcile';
import { Decision } from './types';

jest.setTimeout(60_000);

const databases = TestDatabases.create({ ids: DATABASE_IDS });
const draft = (content: Partial<RecommendationContent> = {}): Decision => ({
  kind: 'draft',
  content: { ...CONTENT, ...content },
});
const saving = (factor: number) => ({
  expected: scaleMoney(CONTENT.saving.expected, factor),
  lower: scaleMoney(CONTENT.saving.lower, factor),
  upper: scaleMoney(CONTENT.saving.upper, factor),
});
const withheld = (
  code: Abstention['code'],
  subject = 'replicas',
): Decision => ({
  kind: 'withheld',
  workload: WORKLOAD,
  subject,
  abstention: {
    kind: 'abstention',
    code,
    reason: `because ${code}`,
    model: CONTENT.model,
  },
});

describe.each(databases.eachSupportedId())('reconcile on %s', databaseId => {
  let stores: Stores;
  beforeEach(async () => {
    stores = await createTestStores(databases, databaseId);
    await stores.entities.saveEntity(ENTITY, { state: 'ready', missing: [] });
  });
  const run = (...decisions: Decision[]) =>
    reconcile(stores, ENTITY_REF, decisions, NOW);
  const all = async () =>
    (await stores.recommendations.list(ENTITY_REF)).map(
      item => item.recommendation,
    );

  it('keeps the id of the same advice, refreshes its figures and keeps a shown plan while they drift', async () => {
    const { loop } = await createTestLoop({ stores, forge: createForge() });
    await run(draft());
    const [{ id }] = await all();
    await planRecommendation(loop, id);
    await run(
      draft({
        saving: saving(1.02),
        reason: 'CPU 71 % underused.',
        confidence: 0.8,
      }),
    );
    expect(await all()).toMatchObject([
      { id, reason: CONTENT.reason, confidence: 0.8, revision: 2 },
    ]);
    expect(await stores.plans.get(id)).toBeDefined();

    await run(draft({ saving: saving(2), reason: 'CPU 80 % underused.' }));
    expect(await all()).toMatchObject([
      { id, reason: 'CPU 80 % underused.', saving: saving(2) },
    ]);
    expect(await stores.plans.get(id)).toBeUndefined();
  });

  it('does not bring back dismissed advice until it saves markedly more', async () => {
    const { loop } = await createTestLoop({ stores });
    await run(draft());
    await dismissRecommendation(loop, {
      id: (await all())[0].id,
      reason: 'seasonal',
      actor: 'user:default/alice',
    });
    await run(draft({ saving: saving(1.4) }));
    expect(await all()).toMatchObject([{ state: 'rejected' }]);
    await run(draft({ saving: saving(1.6) }));
    expect((await all()).map(item => item.state).sort()).toEqual([
      'proposed',
      'rejected',
    ]);
  });

  it('closes advice that no longer holds, but not for want of data', async () => {
    await run(draft());
    await run(withheld('stale-data'));
    expect(await all()).toMatchObject([{ state: 'proposed' }]);
    await run(withheld('autoscaler-on-resource'));
    expect(await all()).toMatchObject([{ state: 'superseded' }]);
    expect((await stores.audit.list((await all())[0].id)).at(-1)).toMatchObject(
      { detail: 'because autoscaler-on-resource' },
    );
    expect(await stores.findings.listWithheld(ENTITY_REF)).toMatchObject([
      {
        workload: WORKLOAD,
        subject: 'replicas',
        abstention: { code: 'autoscaler-on-resource' },
      },
    ]);
    await run(draft());
    await run();
    expect((await all()).map(item => item.state)).toEqual([
      'superseded',
      'superseded',
    ]);
  });

  it('replaces one action by another, and leaves alone what people act on', async () => {
    await run(draft());
    await run(
      draft({
        action: { kind: 'rightsize', workload: WORKLOAD, containers: [] },
        title: 'Request less',
        saving: { ...CONTENT.saving, expected: money(1, 'USD') },
      }),
      withheld('conflicting-signals'),
    );
    expect(
      (await all()).map(item => [item.action.kind, item.state]).sort(),
    ).toEqual([
      ['rightsize', 'proposed'],
      ['scale-replicas', 'superseded'],
    ]);
    const open = (await all()).find(item => item.state === 'proposed')!;
    await stores
      .knex('finops_recommendations')
      .where({ id: open.id })
      .update({ state: 'awaiting-approval' });
    await run(withheld('autoscaler-on-resource'));
    expect((await all()).find(item => item.id === open.id)!.state).toBe(
      'awaiting-approval',
    );
  });
});
