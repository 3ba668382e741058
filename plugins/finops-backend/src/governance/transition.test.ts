import { TestDatabases } from '@backstage/backend-test-utils';
import {
  canTransition,
  CLOSED_STATES,
  RECOMMENDATION_STATES,
} from '@apexlogic/backstage-plugin-finops-common';
import fc from 'fast-check';
import { createTestStores, DATABASE_IDS } from '../__testUtils__/databases';
import { givenRecommendation, NOW } from '../__testUtils__/fixtures';
import { transition } from './transition';

jest.setTimeout(120_000);

const databases = TestDatabases.create({ ids: DATABASE_IDS });

describe.each(databases.eachSupportedId())('transition on %s', databaseId => {
  it('makes only steps of the state machine, one of several racing ones, each with its audit event', async () => {
    const stores = await createTestStores(databases, databaseId);
    let run = 0;
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.record({
            to: fc.constantFrom(...RECOMMENDATION_STATES),
            racers: fc.integer({ min: 1, max: 3 }),
          }),
          {
            maxLength: 8,
          },
        ),
        async steps => {
          const id = `r${run++}`;
          await givenRecommendation(stores, undefined, id);
          let made = 0;
          for (const { to, racers } of steps) {
            const { recommendation } = (await stores.recommendations.get(id))!;
            const step = {
              id,
              from: recommendation,
              to,
              actor: 'system',
              event: `to-${to}`,
              detail: '',
              now: NOW,
            };
            if (!canTransition(recommendation.state, to)) {
              await expect(transition(stores.knex, step)).rejects.toThrow(
                'cannot go',
              );
              continue;
            }
            const results = await Promise.all(
              Array.from({ length: racers }, () =>
                transition(stores.knex, step),
              ),
            );
            expect(
              results.filter(({ result }) => result === 'done'),
            ).toHaveLength(1);
            made++;
          }
          const { recommendation } = (await stores.recommendations.get(id))!;
          const history = await stores.audit.list(id);
          expect(recommendation.revision).toBe(1 + made);
          expect(history).toHaveLength(1 + made);
          expect(history.at(-1)!.to).toBe(recommendation.state);
          expect(
            (await stores.recommendations.listActive(recommendation.entityRef))
              .length,
          ).toBe(CLOSED_STATES.includes(recommendation.state) ? 0 : 1);
          // Free the subject for the next run.
          await stores
            .knex('finops_recommendations')
            .where({ id })
            .update({ active_key: null });
        },
      ),
      { numRuns: 25 },
    );
  });

  it('writes neither state nor event when what belongs to the step fails', async () => {
    const stores = await createTestStores(databases, databaseId);
    const id = await givenRecommendation(stores);
    await expect(
      transition(
        stores.knex,
        {
          id,
          from: { state: 'proposed', revision: 1 },
          to: 'open',
          actor: 'system',
          event: 'x',
          detail: '',
          now: NOW,
        },
        async () => {
          throw new Error('no');
        },
      ),
    ).rejects.toThrow('no');
    expect(
      (await stores.recommendations.get(id))!.recommendation,
    ).toMatchObject({ state: 'proposed', revision: 1 });
    expect(await stores.audit.list(id)).toHaveLength(1);
  });
});
