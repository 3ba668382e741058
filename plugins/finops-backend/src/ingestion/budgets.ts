import {
  ANNOTATIONS,
  Money,
  MoneyError,
  parseMoney,
} from '@apexlogic/backstage-plugin-finops-common';
import { ConfiguredBudget, DeclaredBudget, EntityContext } from './types';

/** Of what somebody else wrote, so much is repeated. */
const MAX_QUOTED = 40;

/** Reads an amount above zero with its currency, `50000 USD`; what is wrong is told, not thrown. */
export function readBudget(text: string): DeclaredBudget {
  const [decimal = '', currency = '', ...rest] = text.trim().split(/\s+/);
  try {
    const monthly = parseMoney(decimal, currency);
    if (rest.length === 0 && monthly.amountMicros > 0) {
      return { kind: 'budget', monthly };
    }
  } catch (error) {
    if (!(error instanceof MoneyError)) {
      throw error;
    }
  }
  const quoted =
    text.length > MAX_QUOTED ? `${text.slice(0, MAX_QUOTED)}…` : text;
  return {
    kind: 'unreadable',
    reason: `'${quoted}' is not an amount above zero with its currency, such as 50000 USD`,
  };
}

/** Budgets of an entity or owner, one a currency, and what could not be read. */
export interface Budgets {
  readonly monthly: readonly Money[];
  readonly problem?: string;
}

/** The configuration counts before the annotation: who may spend does not decide how much. */
export function budgetsOf(
  { entityRef, budget }: Pick<EntityContext, 'entityRef' | 'budget'>,
  configured: readonly ConfiguredBudget[],
): Budgets {
  const central = configured
    .filter(candidate => candidate.entityRef === entityRef)
    .map(({ monthly }) => monthly);
  if (budget?.kind === 'unreadable') {
    return {
      monthly: central,
      problem: `The annotation ${ANNOTATIONS.monthlyBudget} cannot be read: ${budget.reason}.`,
    };
  }
  const isTaken = central.some(
    ({ currency }) => currency === budget?.monthly.currency,
  );
  return {
    monthly: budget && !isTaken ? [...central, budget.monthly] : central,
  };
}
