import { mockServices, TestDatabases } from '@backstage/backend-test-utils';
import { catalogServiceMock } from '@backstage/plugin-catalog-node/testUtils';
import {
  ARMS,
  createLearner,
  warmStart,
} from '@apexlogic/backstage-plugin-finops-analysis';
import { ANNOTATIONS } from '@apexlogic/backstage-plugin-finops-common';
import { Stores } from '../database/createStores';
import { createTestStores, DATABASE_IDS } from '../__testUtils__/databases';
import { createTestLoop, ENTITY_REF, NOW } from '../__testUtils__/fixtures';
import { chances, createFleet, dayBefore } from '../__testUtils__/fleet';
import { refreshEntities } from './refreshEntities';

jest.setTimeout(60_000);

const databases = TestDatabases.create({ ids: DATABASE_IDS });
const FLEET = 3;

/** A learner that knows bold requests to be better, and may act on it. */
async function givenLearner(stores: Stores): Promise<void> {
  const contexts = ['standard/cpu', 'standard/memory'];
  const learner = warmStart(
    createLearner(),
    Array.from({ length: 30 }).flatMap(() =>
      contexts.flatMap(context =>
        ARMS.map(arm => ({
          context,
          arm,
          outcome: {
            request: arm === 'bold/14' ? 0.8 : 1,
            baselineRequest: 1,
            timeOver: 0,
            baselineTimeOver: 0,
          },
        })),
      ),
    ),
  );
  const none = { mean: 0, lower: 0, upper: 0 };
  await stores.learning.replace(
    0,
    {
      state: {
        learner,
        verdicts: contexts.map(context => ({
          context,
          acts: true,
          evaluation: { loss: none, excess: none, effectiveChoices: 30 },
          windows: 100,
          evaluatedAt: NOW,
        })),
        taughtAt: NOW,
      },
    },
    NOW,
  );
}

describe.each(databases.eachSupportedId())('a pass of the loop on %s', id => {
  /** What is recommended and what was withheld after a pass, but for ids. */
  async function advise(options: { knows: boolean; enabled?: boolean }) {
    const stores = await createTestStores(databases, id);
    const fleet = createFleet(stores, FLEET);
    await fleet.save();
    await fleet.measure(dayBefore(NOW, 40), dayBefore(NOW, 0));
    if (options.knows) {
      await givenLearner(stores);
    }
    const { loop } = await createTestLoop({
      stores,
      finops:
        options.enabled === undefined
          ? {}
          : { learning: { enabled: options.enabled } },
    });
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
});
