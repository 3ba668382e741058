import { RootConfigService } from '@backstage/backend-plugin-api';
import { Config, readDurationFromConfig } from '@backstage/config';
import { Level } from '@apexlogic/backstage-plugin-finops-common';
import { durationToMilliseconds } from '@backstage/types';

const LEVELS: readonly Level[] = ['low', 'medium', 'high'];
const DEFAULT_TEST_TIMEOUT = { hours: 1 };
const DEFAULT_TESTS_PER_HOUR = 20;

/** Tests that some changes call for. */
export interface TestRule {
  /** Globs; one file that matches is enough. */
  readonly files: readonly string[];
  /** Lowest risk that calls for them. */
  readonly risk: Level;
  /** Repositories below this URL; absent = every one. */
  readonly repository?: string;
  /** File name of the workflow. */
  readonly workflow: string;
  readonly inputs: Readonly<Record<string, string>>;
  /** Whether the check fails when they do. */
  readonly required: boolean;
}

/** How people's change requests are checked. */
export interface CheckConfig {
  readonly enabled: boolean;
  /** URL prefixes; absent = repositories that a catalog entity names. */
  readonly repositories?: readonly string[];
  readonly tests: readonly TestRule[];
  readonly testTimeoutMs: number;
  /** Workflows started within an hour in one repository. */
  readonly testsPerHour: number;
}

/** Reads `finops.check`; throws on values that make no sense. */
export function readCheckConfig(root: RootConfigService): CheckConfig {
  const config = root.getOptionalConfig('finops.check');
  const testsPerHour =
    config?.getOptionalNumber('testsPerHour') ?? DEFAULT_TESTS_PER_HOUR;
  if (!(Number.isInteger(testsPerHour) && testsPerHour >= 0)) {
    throw new Error(
      `finops.check.testsPerHour must be a whole number from 0, it is ${testsPerHour}`,
    );
  }
  return {
    enabled: config?.getOptionalBoolean('enabled') ?? false,
    repositories: config?.getOptionalStringArray('repositories'),
    tests: (config?.getOptionalConfigArray('tests') ?? []).map(readTestRule),
    testTimeoutMs: durationToMilliseconds(
      config?.has('testTimeout')
        ? readDurationFromConfig(config, { key: 'testTimeout' })
        : DEFAULT_TEST_TIMEOUT,
    ),
    testsPerHour,
  };
}

function readTestRule(rule: Config): TestRule {
  const files = rule.getStringArray('files');
  const workflow = rule.getString('workflow');
  const risk = (rule.getOptionalString('risk') ?? 'low') as Level;
  if (files.length === 0) {
    throw new Error('finops.check.tests: files must name at least one glob');
  }
  if (!LEVELS.includes(risk)) {
    throw new Error(
      `finops.check.tests: risk '${risk}' is not one of ${LEVELS.join(', ')}`,
    );
  }
  if (!/^[\w.-]+\.ya?ml$/.test(workflow)) {
    throw new Error(
      `finops.check.tests: workflow '${workflow}' is no file name such as load-test.yaml`,
    );
  }
  const inputs = rule.getOptionalConfig('inputs');
  return {
    files,
    risk,
    repository: rule.getOptionalString('repository'),
    workflow,
    inputs: Object.fromEntries(
      (inputs?.keys() ?? []).map(key => [key, inputs!.getString(key)]),
    ),
    required: rule.getOptionalBoolean('required') ?? true,
  };
}
