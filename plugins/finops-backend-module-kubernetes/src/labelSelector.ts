/** One requirement of a Kubernetes label selector. */
export interface Requirement {
  readonly key: string;
  readonly operator: 'in' | 'notin' | 'exists' | 'absent';
  readonly values: readonly string[];
}

const KEY = '[A-Za-z0-9](?:[A-Za-z0-9._/-]*[A-Za-z0-9])?';
const SET = new RegExp(`^(${KEY})\\s+(in|notin)\\s*\\(([^()]*)\\)$`);
const EQUALITY = new RegExp(`^(${KEY})\\s*(==|=|!=)\\s*([A-Za-z0-9._-]*)$`);
const EXISTENCE = new RegExp(`^(!?)\\s*(${KEY})$`);

/**
 * Parses a selector in the syntax of `kubectl -l` and returns its test on labels; throws on anything
 * that is not one, so that a typing error never selects everything.
 *
 * Source: https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#label-selectors
 */
export function parseLabelSelector(
  selector: string,
): (labels: Readonly<Record<string, string>>) => boolean {
  const requirements = splitTopLevel(selector).map(part =>
    parseRequirement(part, selector),
  );
  if (requirements.length === 0) {
    throw new Error(`label selector '${selector}' is empty`);
  }
  return labels =>
    requirements.every(requirement => matches(requirement, labels));
}

function splitTopLevel(selector: string): string[] {
  // Commas inside parentheses separate the values of a set, not requirements.
  return selector
    .split(/,(?![^()]*\))/)
    .map(part => part.trim())
    .filter((part, _, parts) => part !== '' || parts.length > 1);
}

function parseRequirement(part: string, selector: string): Requirement {
  const set = SET.exec(part);
  if (set) {
    return {
      key: set[1],
      operator: set[2] as 'in' | 'notin',
      values: set[3].split(',').map(value => value.trim()),
    };
  }
  const equality = EQUALITY.exec(part);
  if (equality) {
    return {
      key: equality[1],
      operator: equality[2] === '!=' ? 'notin' : 'in',
      values: [equality[3]],
    };
  }
  const existence = EXISTENCE.exec(part);
  if (existence) {
    return {
      key: existence[2],
      operator: existence[1] ? 'absent' : 'exists',
      values: [],
    };
  }
  throw new Error(`'${part}' in '${selector}' is not a label requirement`);
}

/** Whether labels meet one requirement. */
export function matches(
  requirement: Requirement,
  labels: Readonly<Record<string, string>>,
): boolean {
  const value = Object.hasOwn(labels, requirement.key)
    ? labels[requirement.key]
    : undefined;
  switch (requirement.operator) {
    case 'in':
      return value !== undefined && requirement.values.includes(value);
    case 'notin':
      return value === undefined || !requirement.values.includes(value);
    case 'exists':
      return value !== undefined;
    default:
      return value === undefined;
  }
}
