import { mockServices, TestDatabases } from '@backstage/backend-test-utils';
import { catalogServiceMock } from '@backstage/plugin-catalog-node/testUtils';
import { NotificationSendOptions } from '@backstage/plugin-notifications-node';
import { JsonObject } from '@backstage/types';
import { createTestStores, DATABASE_IDS } from '../__testUtils__/databases';
import {
  createForge,
  createTestLoop,
  givenRecommendation,
  NOW,
} from '../__testUtils__/fixtures';
import { createStores, Stores } from '../database/createStores';
import { deliverRecommendation } from '../delivery/deliverRecommendation';
import { Loop } from '../delivery/Loop';
import { planRecommendation } from '../delivery/planRecommendation';
import { approveRecommendation } from './approveRecommendation';
import { escalate, EscalationContext } from './escalate';

jest.setTimeout(60_000);

const databases = TestDatabases.create({ ids: DATABASE_IDS });
const ALICE = 'user:default/alice';

describe.each(databases.eachSupportedId())('escalation on %s', databaseId => {
  let stores: Stores;
  let loop: Loop;
  let finops: JsonObject;
  let clock: string;
  let id: string;
  let sent: NotificationSendOptions[];
  let context: EscalationContext;
  let broken: boolean;

  beforeEach(async () => {
    stores = await createTestStores(databases, databaseId);
    clock = NOW;
    sent = [];
    broken = false;
    ({ loop, finops } = await createTestLoop({
      stores,
      forge: createForge(),
      now: () => clock,
      finops: {
        escalation: {
          platform: 'platform',
          approval: ['P1D', { days: 3 }],
          breaker: ['PT1H'],
        },
      },
    }));
    id = await givenRecommendation(stores);
    context = {
      stores,
      config: loop.config,
      catalog: catalogServiceMock({
        entities: [
          {
            apiVersion: 'backstage.io/v1alpha1',
            kind: 'Group',
            metadata: { name: 'storefront', namespace: 'default' },
            spec: { type: 'team', children: [] },
            relations: [
              { type: 'childOf', targetRef: 'group:default/commerce' },
            ],
          },
        ],
      }),
      auth: mockServices.auth(),
      notifications: {
        send: async notification => {
          if (broken) {
            throw new Error('away');
          }
          sent.push(notification);
        },
      },
      logger: mockServices.logger.mock(),
      now: () => clock,
    };
  });

  const run = (on = context) => escalate(on, new AbortController().signal);
  const told = () =>
    sent.map(({ recipients }) =>
      recipients.type === 'entity' ? recipients.entityRef : recipients.type,
    );
  const deliver = async () => {
    const { stored } = await planRecommendation(loop, id);
    const { hash } = stored.plan!;
    await deliverRecommendation(loop, { id, planHash: hash, requester: ALICE });
    return hash;
  };

  it('tells the owner at once, then who stands above, each step once over all backends', async () => {
    await run();
    expect(sent).toEqual([]);
    const hash = await deliver();
    const other = { ...context, stores: createStores(stores.knex) };
    await Promise.all([run(), run(other), run()]);
    expect(sent).toEqual([
      {
        recipients: {
          type: 'entity',
          entityRef: ['group:default/storefront'],
          excludeEntityRef: [ALICE],
        },
        payload: expect.objectContaining({
          title: 'A change of web waits for approval',
          link: '/catalog/default/component/web/finops-recommendations?recommendation=r1',
          severity: 'normal',
        }),
      },
    ]);
    clock = '2026-11-21T11:59:59.000Z';
    await run();
    expect(sent).toHaveLength(1);
    clock = '2026-11-21T12:00:00.000Z';
    await run();
    await run();
    clock = '2026-11-23T12:00:00.000Z';
    await Promise.all([run(), run(other)]);
    expect(told()).toEqual([
      ['group:default/storefront'],
      ['group:default/commerce'],
      ['group:default/platform'],
    ]);
    expect(
      (await stores.audit.list(id)).filter(
        ({ event }) => event === 'escalated',
      ),
    ).toHaveLength(3);
    await approveRecommendation(loop, {
      id,
      planHash: hash,
      approver: 'user:default/bob',
    });
    clock = '2026-12-23T12:00:00.000Z';
    await run();
    expect(sent).toHaveLength(3);
  });

  it('tries again what could not be told', async () => {
    await deliver();
    broken = true;
    await run();
    expect(context.logger.warn).toHaveBeenCalledTimes(1);
    broken = false;
    await run();
    expect(told()).toEqual([['group:default/storefront']]);
    expect(await stores.audit.verify()).toMatchObject({ problemCount: 0 });
  });

  it('tells of questions and of open breakers, and of each time anew', async () => {
    const { loop: without } = await createTestLoop({ stores });
    await planRecommendation(without, id);
    const open = (since: string) =>
      stores.knex('finops_breakers').insert({
        scope: 'all',
        state: 'open',
        cause: 'declined',
        reason: 'x',
        since,
        revision: 1,
      });
    await open(clock);
    await run();
    expect(told()).toEqual([
      ['group:default/storefront'],
      ['group:default/platform'],
    ]);
    expect(sent[0].payload.title).toBe('Advice on web waits for an answer');
    expect(sent[1].payload).toMatchObject({ link: '/finops-governance' });
    await stores.breakers.reset('all', 'mended', ALICE, clock);
    await run();
    expect(sent).toHaveLength(2);
    await stores.knex('finops_breakers').delete();
    clock = '2026-11-20T13:00:00.000Z';
    await open(clock);
    await run();
    expect(sent).toHaveLength(3);
  });

  it('tells nobody unless configured, and refuses times that do not rise', async () => {
    delete finops.escalation;
    await deliver();
    await run();
    expect(sent).toEqual([]);
    for (const approval of ['P1D', ['P2D', 'P1D'], ['P0D'], ['soon']]) {
      await expect(
        createTestLoop({ stores, finops: { escalation: { approval } } }),
      ).rejects.toThrow();
    }
  });
});
