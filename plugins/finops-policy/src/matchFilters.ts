import { Filter, Filters, ResourceFilter } from './kyvernoDocuments';
import {
  matchLabelSelector,
  matchNamespaceSelector,
  MatchResult,
  MatchSubject,
} from './matchResources';
import { like } from './wildcards';

/** What Kyverno registers rules for that name no operation. */
const USUAL_OPERATIONS = ['CREATE', 'UPDATE', 'CONNECT'];

/**
 * `match` and `exclude` of a Kyverno rule. Throws on a rule that matches by who asks (`subjects`, `roles`,
 * `clusterRoles`). An exclusion by who asks excludes nothing: the plan has no such person.
 */
export function matchFilters(
  match: Filters,
  exclude: Filters | undefined,
): (subject: MatchSubject) => MatchResult {
  if (blocksOf(match).some(asksForPerson)) {
    throw new Error(
      'a rule that matches by subjects or roles cannot be decided: a change plan has no such person',
    );
  }
  return subject => {
    const taken = matchBlocks(match, subject);
    if (taken === 'no' || !exclude) {
      return taken;
    }
    switch (matchBlocks(exclude, subject)) {
      case 'yes':
        return 'no';
      case 'unknown':
        return 'unknown';
      default:
        return taken;
    }
  };
}

function blocksOf({ any = [], all = [], ...own }: Filters): readonly Filter[] {
  return [own, ...any, ...all];
}

function asksForPerson({ subjects, roles, clusterRoles }: Filter): boolean {
  return [subjects, roles, clusterRoles].some(list => (list?.length ?? 0) > 0);
}

function matchBlocks(
  { any, all, ...own }: Filters,
  subject: MatchSubject,
): MatchResult {
  const results: MatchResult[] = [];
  if (own.resources || asksForPerson(own)) {
    results.push(matchFilter(own, subject));
  }
  if (any) {
    results.push(one(any.map(each => matchFilter(each, subject))));
  }
  if (all) {
    results.push(every(all.map(each => matchFilter(each, subject))));
  }
  return results.length === 0 ? 'no' : every(results);
}

function matchFilter(filter: Filter, subject: MatchSubject): MatchResult {
  if (asksForPerson(filter)) {
    return 'no';
  }
  const { resources } = filter;
  return resources ? matchResourceFilter(resources, subject) : 'no';
}

function matchResourceFilter(
  filter: ResourceFilter,
  subject: MatchSubject,
): MatchResult {
  const { kinds, operations, namespaces, selector, namespaceSelector } = filter;
  const names = [
    ...(filter.names ?? []),
    ...(filter.name ? [filter.name] : []),
  ];
  const namespace = namespaceOf(subject);
  const isTaken =
    (!kinds || kinds.some(kind => matchKind(kind, subject))) &&
    (operations ?? USUAL_OPERATIONS).includes(subject.operation) &&
    (names.length === 0 || names.some(name => like(name, subject.name))) &&
    (!namespaces ||
      namespace === undefined ||
      namespaces.some(each => like(each, namespace))) &&
    Object.entries(filter.annotations ?? {}).every(([key, value]) =>
      Object.entries(subject.annotations).some(
        ([ownKey, own]) => like(key, ownKey) && like(value, own),
      ),
    );
  if (!isTaken) {
    return 'no';
  }
  return every([
    namespaces && namespace === undefined ? 'unknown' : 'yes',
    selector ? matchLabelSelector(selector, subject.labels, like) : 'yes',
    namespaceSelector
      ? matchNamespaceSelector(namespaceSelector, subject)
      : 'yes',
  ]);
}

/** `undefined` where the file does not say; empty where there is none. */
function namespaceOf(subject: MatchSubject): string | undefined {
  if (subject.kind === 'Namespace') {
    return subject.name;
  }
  return subject.clusterScoped ? '' : subject.namespace;
}

/** `Pod`, `v1/Pod`, `apps/v1/Deployment`; a subresource such as `Pod/exec` is never a changed object. */
function matchKind(pattern: string, subject: MatchSubject): boolean {
  const [kind, version = '*', group = '*'] = pattern.split('/').reverse();
  return (
    like(kind, subject.kind) &&
    like(version, subject.version) &&
    like(group, subject.group)
  );
}

function one(results: readonly MatchResult[]): MatchResult {
  if (results.includes('yes')) {
    return 'yes';
  }
  return results.includes('unknown') ? 'unknown' : 'no';
}

function every(results: readonly MatchResult[]): MatchResult {
  if (results.includes('no')) {
    return 'no';
  }
  return results.includes('unknown') ? 'unknown' : 'yes';
}
