import {
  Environment,
  Workload,
} from '@apexlogic/backstage-plugin-finops-common';

/** An operator's rule: workloads it matches run in this environment. */
export interface EnvironmentRule {
  readonly environment: Environment;
  readonly clusters?: readonly string[];
  readonly namespaces?: readonly string[];
}

const LABELS = [
  'environment',
  'env',
  'app.kubernetes.io/environment',
  'tags.datadoghq.com/env',
];

const WORDS: readonly [Environment, readonly string[]][] = [
  ['production', ['production', 'prod', 'prd', 'live']],
  ['staging', ['staging', 'stage', 'stg', 'preprod', 'uat', 'qa']],
  ['development', ['development', 'dev', 'test', 'sandbox', 'preview']],
];

/**
 * Environment of a workload: the first rule that matches, else a label, else a word in the
 * namespace's name. `unknown` when nothing says; risk then counts as in production.
 */
export function environmentOf(
  workload: Workload,
  labels: Readonly<Record<string, string>>,
  rules: readonly EnvironmentRule[],
): Environment {
  const rule = rules.find(
    ({ clusters, namespaces }) =>
      (!clusters || clusters.includes(workload.cluster)) &&
      (!namespaces || namespaces.includes(workload.namespace)),
  );
  if (rule) {
    return rule.environment;
  }
  const label = LABELS.map(name => labels[name]).find(
    value => value !== undefined,
  );
  return (
    (label ? environmentNamed(label) : undefined) ??
    environmentNamed(workload.namespace) ??
    'unknown'
  );
}

function environmentNamed(text: string): Environment | undefined {
  const parts = text.toLocaleLowerCase('en-US').split(/[^a-z]+/);
  return WORDS.find(([, words]) =>
    parts.some(part => words.includes(part)),
  )?.[0];
}
