import fc from 'fast-check';
import { mockServices } from '@backstage/backend-test-utils';
import { ANNOTATIONS, money } from '@apexlogic/backstage-plugin-finops-common';
import { readFinopsConfig } from '../governance/config';
import { budgetsOf, readBudget } from './budgets';
import { entityContextOf } from './entityContext';

const contextOf = (annotation?: string) =>
  entityContextOf({
    apiVersion: 'backstage.io/v1alpha1',
    kind: 'Group',
    metadata: {
      name: 'payments',
      annotations:
        annotation === undefined
          ? {}
          : { [ANNOTATIONS.monthlyBudget]: annotation },
    },
  });

const configured = (budgets: object[]) =>
  readFinopsConfig(
    mockServices.rootConfig({ data: { finops: { budgets } as any } }),
  ).budgets;

describe('budgets', () => {
  it('are read from the annotation and the configuration, which counts first', () => {
    const both = configured([
      { entity: 'payments', monthly: '40000 EUR' },
      { entity: 'group:default/payments', monthly: '0.5 USD' },
      { entity: 'component:default/web', monthly: '1 USD' },
    ]);
    expect(budgetsOf(contextOf(), []).monthly).toEqual([]);
    expect(budgetsOf(contextOf(' 1234.56  USD '), [])).toEqual({
      monthly: [money(1_234_560_000, 'USD')],
    });
    expect(budgetsOf(contextOf('7 USD'), both).monthly).toEqual([
      money(40_000_000_000, 'EUR'),
      money(500_000, 'USD'),
    ]);
    expect(budgetsOf(contextOf('7 CHF'), both).monthly[2]).toEqual(
      money(7_000_000, 'CHF'),
    );
  });

  it('that are wrong are told on an entity, and stop the start in the configuration', () => {
    const central = configured([{ entity: 'payments', monthly: '4 EUR' }]);
    expect(budgetsOf(contextOf('lots'), central)).toEqual({
      monthly: [money(4_000_000, 'EUR')],
      problem:
        "The annotation finops.apexlogic.com/monthly-budget cannot be read: 'lots' is not an amount above zero with its currency, such as 50000 USD.",
    });
    for (const text of ['', '5', '5 usd', '0 USD', '-3 USD', '5 USD EUR']) {
      expect(readBudget(text).kind).toBe('unreadable');
      expect(() =>
        configured([{ entity: 'payments', monthly: text || ' ' }]),
      ).toThrow(/finops.budgets/);
    }
    expect(() =>
      configured([
        { entity: 'payments', monthly: '5 USD' },
        { entity: 'Group:payments', monthly: '6 USD' },
      ]),
    ).toThrow('two budgets of group:default/payments in USD');
  });

  it('never throw, whatever somebody annotates', () => {
    fc.assert(
      fc.property(fc.string(), text => {
        const budget = readBudget(text);
        expect(
          budget.kind === 'unreadable' || budget.monthly.amountMicros > 0,
        ).toBe(true);
      }),
    );
  });
});
