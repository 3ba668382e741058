import { Freeze, FreezeScope } from '../database/FreezeStore';
import { ChangeSubject, ENVIRONMENTS, groupRef } from './changeRules';
import { FinopsError } from './errors';

const YEAR_MS = 366 * 86_400_000;

/** The freeze that holds a change longest; `undefined` where none does. */
export function freezeOver(
  freezes: readonly Freeze[],
  { owners, environment }: Pick<ChangeSubject, 'owners' | 'environment'>,
): Freeze | undefined {
  return freezes
    .filter(
      ({ scope }) =>
        scope === 'all' ||
        scope === `environment:${environment}` ||
        owners.some(owner => scope === `owner:${owner}`),
    )
    .sort((a, b) => (a.endsAt < b.endsAt ? 1 : -1))
    .at(0);
}

/** Reads what somebody wants frozen; throws where that could hold nothing, or for ever. */
export function readFreeze(
  input: { readonly scope: string; readonly until: string },
  now: string,
): { readonly scope: FreezeScope; readonly endsAt: string } {
  const end = Date.parse(input.until);
  const start = Date.parse(now);
  if (!(end > start && end <= start + YEAR_MS)) {
    throw new FinopsError('bad-input', 'until must lie in the next year.');
  }
  return {
    scope: readScope(input.scope),
    endsAt: new Date(end).toISOString(),
  };
}

/** Reads which changes somebody means: all, those of an owner, or of an environment. */
export function readScope(text: string): FreezeScope {
  const [kind, ...rest] = text.split(':');
  const name = rest.join(':');
  if (text === 'all') {
    return 'all';
  }
  if (
    kind === 'environment' &&
    (ENVIRONMENTS as readonly string[]).includes(name)
  ) {
    return `environment:${name}`;
  }
  if (kind === 'owner' && name !== '') {
    try {
      return `owner:${groupRef(name)}`;
    } catch {
      // Told below, with what would be right.
    }
  }
  throw new FinopsError(
    'bad-input',
    `scope must be all, owner:<group> or environment:<${ENVIRONMENTS.join(
      '|',
    )}>.`,
  );
}

/** What the commit status says while a change is frozen. */
export function frozenText({ endsAt, reason }: Freeze): string {
  return `Frozen until ${endsAt}: ${reason}`;
}
