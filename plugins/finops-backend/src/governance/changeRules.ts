import { parseEntityRef, stringifyEntityRef } from '@backstage/catalog-model';
import { Config } from '@backstage/config';
import {
  ACTION_KINDS,
  Environment,
  Level,
} from '@apexlogic/backstage-plugin-finops-common';

/** Environments that rules may name. */
export const ENVIRONMENTS: readonly Environment[] = [
  'production',
  'staging',
  'development',
  'unknown',
];

const LEVELS: readonly Level[] = ['low', 'medium', 'high'];

/** What rules of the configuration look at. */
export interface ChangeSubject {
  /** Owners of the entity. */
  readonly owners: readonly string[];
  readonly environment: string;
  readonly action: string;
  /** Of its plan; absent before there is one. */
  readonly impact?: Level;
}

/** Which changes a rule is about; what is left out may be anything. */
export interface ChangeRule {
  readonly owner?: string;
  readonly environment?: string;
  readonly action?: string;
  readonly impact?: Level;
}

/**
 * Reads which changes a rule is about. A word that is not known would match nothing and the rule
 * silently not hold, so it throws.
 *
 * @param key - of the list the rule is in, for the message
 */
export function readChangeRule(rule: Config, key: string): ChangeRule {
  const owner = rule.getOptionalString('owner');
  const environment = rule.getOptionalString('environment');
  const action = rule.getOptionalString('action');
  const impact = rule.getOptionalString('impact') as Level | undefined;
  requireOneOf(`${key}: environment`, environment, ENVIRONMENTS);
  requireOneOf(`${key}: action`, action, ACTION_KINDS);
  requireOneOf(`${key}: impact`, impact, LEVELS);
  return {
    ...(owner !== undefined && { owner: groupRef(owner) }),
    ...(environment !== undefined && { environment }),
    ...(action !== undefined && { action }),
    ...(impact !== undefined && { impact }),
  };
}

/** What a rule leaves out it does not ask for; a rule that asks for anything needs a subject. */
export function matchesChange(
  rule: ChangeRule,
  subject: ChangeSubject | undefined,
): boolean {
  const { owner, environment, action, impact } = rule;
  return (
    (owner === undefined || subject?.owners.includes(owner) === true) &&
    (environment === undefined || subject?.environment === environment) &&
    (action === undefined || subject?.action === action) &&
    (impact === undefined || subject?.impact === impact)
  );
}

/** A full entity ref; a name without a kind is a group's. */
export function groupRef(name: string): string {
  return stringifyEntityRef(parseEntityRef(name, { defaultKind: 'group' }));
}

/** Throws on a word that is not known. */
export function requireOneOf(
  subject: string,
  word: string | undefined,
  known: readonly string[],
): void {
  if (word !== undefined && !known.includes(word)) {
    throw new Error(
      `finops.${subject} '${word}' is not one of ${known.join(', ')}`,
    );
  }
}
