import { mockServices, TestDatabases } from '@backstage/backend-test-utils';
import { catalogServiceMock } from '@backstage/plugin-catalog-node/testUtils';
import { ANNOTATIONS } from '@apexlogic/backstage-plugin-finops-common';
import { createTestStores, DATABASE_IDS } from '../__testUtils__/databases';
import { createTestLoop, ENTITY_REF, NOW } from '../__testUtils__/fixtures';
import { chances, createFleet, dayBefore } from '../__testUtils__/fleet';
import { givenLearner } from '../__testUtils__/learner';
import { refreshEntities } from './refreshEntities';

jest.setTimeout(120_000);

const databases = TestDatabases.create({ ids: DATABASE_IDS });
const FLEET = 3;

describe.each(databases.eachSupportedId())('a pass of the loop on %s', id => {
  /** What is recommended and what was withheld after a pass, but for ids. */
  async function advise(options: {
    knows: boolean;
    enabled?: boolean;
    broken?: boolean;
  }) {
    const stores = await createTestStores(databases, id);
    const fleet = createFleet(stores, FLEET);
    await fleet.save();
    await fleet.measure(dayBefore(NOW, 40), dayBefore(NOW, 0), {
      priced: true,
    });
    if (options.knows) {
      await givenLearner(stores, NOW);
    }
    const { loop } = await createTestLoop({
      stores,
      finops:
        options.enabled === undefined
          ? {}
          : { learning: { enabled: options.enabled } },
    });
    if (options.broken) {
      await stores.knex.schema.dropTable('finops_learner');
    }
    const statements: string[] = [];
    stores.knex.on('query', ({ sql }) => statements.push(sql));
    await refreshEntities(
      {
        stores,
        sources: {
          state: [],
          metric: [],
          cost: [],
          log: [],
          change: [],
          alert: [],
        },
        catalog: catalogServiceMock({
          entities: [
            {
              apiVersion: 'backstage.io/v1alpha1',
              kind: 'Component',
              metadata: {
                name: 'web',
                namespace: 'default',
                annotations: { [ANNOTATIONS.kubernetesId]: 'web' },
              },
            },
          ],
        }),
        auth: mockServices.auth(),
        config: loop.config,
        logger: loop.logger,
        now: () => NOW,
        random: chances(1),
      },
      [ENTITY_REF],
      new AbortController().signal,
    );
    const learningStatements = statements.filter(sql =>
      /finops_learn/.test(sql),
    );
    const recommended = (await stores.recommendations.list(ENTITY_REF)).map(
      ({ recommendation: { id: _, ...content } }) => content,
    );
    const byWorkload = (a: { workload: string }, b: { workload: string }) =>
      a.workload < b.workload ? -1 : 1;
    return {
      advice: JSON.stringify(recommended.sort(byWorkload)),
      recommended,
      choices: await stores.learning.listChoices(),
      learningStatements,
      logger: loop.logger,
    };
  }

  it('gives exactly the safe baseline with learning off, and neither asks nor tells the learner', async () => {
    const never = await advise({ knows: false });
    expect(never.recommended).toHaveLength(FLEET);
    const learning = await advise({ knows: true, enabled: true });
    expect(learning.choices).toHaveLength(2 * FLEET);
    expect(learning.advice).not.toBe(never.advice);
    expect(learning.advice).toContain(
      'RiskLearner 1.0.0 chose a bold request from the last 14 days.',
    );
    for (const enabled of [undefined, false]) {
      const off = await advise({ knows: true, enabled });
      expect(off.advice).toBe(never.advice);
      expect(off.choices).toEqual([]);
      expect(off.learningStatements).toEqual([]);
    }
    expect(never.learningStatements).toEqual([]);
    expect(learning.learningStatements).not.toEqual([]);
  });

  it('goes on with the baseline when the learner fails, and says so', async () => {
    const never = await advise({ knows: false });
    const broken = await advise({ knows: true, enabled: true, broken: true });
    expect(broken.advice).toBe(never.advice);
    expect(broken.logger.error).toHaveBeenCalledTimes(1);
    expect(never.logger.error).not.toHaveBeenCalled();
  });
});
