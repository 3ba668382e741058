import {
  DetectOptions,
  TimeSpan,
} from '@apexlogic/backstage-plugin-finops-analysis';
import path from 'node:path';
import {
  readSchedulerServiceTaskScheduleDefinitionFromConfig,
  RootConfigService,
  SchedulerServiceTaskScheduleDefinition,
} from '@backstage/backend-plugin-api';
import { parseEntityRef, stringifyEntityRef } from '@backstage/catalog-model';
import { Config, readDurationFromConfig } from '@backstage/config';
import {
  ACTION_KINDS,
  Autonomy,
  DEFAULT_RATIONALE_PREFIX,
  Environment,
  OffHoursMechanism,
} from '@apexlogic/backstage-plugin-finops-common';
import { durationToMilliseconds } from '@backstage/types';
import { DeliveryLimits } from '../database/DeliveryStore';
import { DEFAULT_HISTORY_DAYS } from '../ingestion/context';
import { readBudget } from '../ingestion/budgets';
import { EnvironmentRule } from '../ingestion/environmentOf';
import { ConfiguredBudget } from '../ingestion/types';

const ENVIRONMENTS: readonly Environment[] = [
  'production',
  'staging',
  'development',
  'unknown',
];

const MECHANISMS: readonly OffHoursMechanism[] = ['kube-green', 'keda-cron'];

/** How often stale entities are looked for and change requests followed, unless configured. */
const DEFAULT_SCHEDULE: SchedulerServiceTaskScheduleDefinition = {
  frequency: { minutes: 1 },
  timeout: { minutes: 10 },
  initialDelay: { seconds: 10 },
  scope: 'global',
};

const DEFAULT_REFRESH_AFTER = { minutes: 30 };

/** Days kept unless configured: cost for two years' comparison, usage for a quarter. */
const DEFAULT_COST_DAYS = 760;
const DEFAULT_USAGE_DAYS = 90;
const DEFAULT_FINE_USAGE_DAYS = 35;

const DEFAULT_LIMITS: DeliveryLimits = {
  concurrentPerRepository: 10,
  concurrentPerTeam: 10,
  hourlyPerRepository: 10,
};

/** What autonomy depends on. */
export interface AutonomySubject {
  /** Owners of the entity. */
  readonly owners: readonly string[];
  readonly environment: string;
  readonly action: string;
}

/** Autonomy of some changes; what is left out may be anything. */
export interface AutonomyRule {
  readonly owner?: string;
  readonly environment?: string;
  readonly action?: string;
  readonly autonomy: Autonomy;
}

/** The plugin's configuration, read and checked once; what may change while running is a function. */
export interface FinopsConfig {
  readonly schedule: SchedulerServiceTaskScheduleDefinition;
  readonly syncSchedule: SchedulerServiceTaskScheduleDefinition;
  /** Age of an entity's figures from which it is read again, milliseconds. */
  readonly refreshAfterMs: number;
  readonly historyDays: number;
  readonly retention: {
    readonly costDays: number;
    readonly usageDays: number;
    readonly fineUsageDays: number;
  };
  readonly environmentRules: readonly EnvironmentRule[];
  /** What is known to be unusual, for the models that judge. */
  readonly occasions: Pick<DetectOptions, 'calendar' | 'maintenance'>;
  /** At most one an entity and currency. */
  readonly budgets: readonly ConfiguredBudget[];
  /** What stops workloads off hours; absent = nothing. */
  readonly offHours?: OffHoursMechanism;
  readonly policyFolders: readonly string[];
  readonly rationalePrefix: string;
  readonly labels: readonly string[];
  /** Where links in change requests lead. */
  readonly portalUrl?: string;
  /** What is allowed for a change; for one that nothing is known of, what holds where no rule does. */
  autonomy(subject?: AutonomySubject): Autonomy;
  /** The first that matches decides. */
  autonomyRules(): readonly AutonomyRule[];
  paused(): boolean;
  /** Most change requests that may be open or begun. */
  limits(): DeliveryLimits;
  /** Whether a learner chooses how much risk requests take. */
  learningEnabled(): boolean;
}

/** Reads `finops` from the configuration; throws on values that make no sense. */
export function readFinopsConfig(root: RootConfigService): FinopsConfig {
  const config = root.getOptionalConfig('finops');
  // Read anew while running, when a mistake stops every write; at the start it is told at once.
  readAutonomy(root.getOptionalNumber('finops.autonomy'));
  readAutonomyRules(root);
  readLimits(root);
  return {
    schedule: readSchedule(config, 'schedule'),
    syncSchedule: readSchedule(config, 'syncSchedule'),
    refreshAfterMs: durationToMilliseconds(
      config?.has('refreshAfter')
        ? readDurationFromConfig(config, { key: 'refreshAfter' })
        : DEFAULT_REFRESH_AFTER,
    ),
    historyDays: positive(config, 'historyDays', DEFAULT_HISTORY_DAYS),
    retention: {
      costDays: positive(config, 'retention.costDays', DEFAULT_COST_DAYS),
      usageDays: positive(config, 'retention.usageDays', DEFAULT_USAGE_DAYS),
      fineUsageDays: positive(
        config,
        'retention.fineUsageDays',
        DEFAULT_FINE_USAGE_DAYS,
      ),
    },
    environmentRules: (
      config?.getOptionalConfigArray('environments') ?? []
    ).map(readEnvironmentRule),
    occasions: {
      calendar: (config?.getOptionalConfigArray('calendar') ?? []).map(
        occasion => ({
          ...readSpan(occasion, 'calendar'),
          label: occasion.getString('label'),
        }),
      ),
      maintenance: (config?.getOptionalConfigArray('maintenance') ?? []).map(
        work => readSpan(work, 'maintenance'),
      ),
    },
    budgets: readBudgets(config?.getOptionalConfigArray('budgets') ?? []),
    offHours: readMechanism(config?.getOptionalString('offHours.mechanism')),
    policyFolders: (config?.getOptionalConfigArray('policies') ?? []).map(
      policy => path.resolve(policy.getString('path')),
    ),
    rationalePrefix:
      config?.getOptionalString('rationalePrefix') ?? DEFAULT_RATIONALE_PREFIX,
    labels: config?.getOptionalStringArray('labels') ?? ['finops'],
    portalUrl: root.getOptionalString('app.baseUrl')?.replace(/\/$/, ''),
    // Read anew each time: pausing and switching off must not wait for a restart.
    autonomy: subject =>
      readAutonomyRules(root).find(rule => matchesRule(rule, subject))
        ?.autonomy ?? readAutonomy(root.getOptionalNumber('finops.autonomy')),
    autonomyRules: () => readAutonomyRules(root),
    paused: () => root.getOptionalBoolean('finops.paused') ?? false,
    limits: () => readLimits(root),
    learningEnabled: () =>
      root.getOptionalBoolean('finops.learning.enabled') ?? false,
  };
}

function readMechanism(
  value: string | undefined,
): OffHoursMechanism | undefined {
  const known = MECHANISMS.find(mechanism => mechanism === value);
  if (value !== undefined && known === undefined) {
    throw new Error(
      `finops.offHours.mechanism must be one of ${MECHANISMS.join(
        ', ',
      )}, it is '${value}'`,
    );
  }
  return known;
}

function readLimits(root: RootConfigService): DeliveryLimits {
  const limit = (key: keyof DeliveryLimits) => {
    const value =
      root.getOptionalNumber(`finops.limits.${key}`) ?? DEFAULT_LIMITS[key];
    if (!(Number.isInteger(value) && value >= 0)) {
      throw new Error(
        `finops.limits.${key} must be a whole number from 0, it is ${value}`,
      );
    }
    return value;
  };
  return {
    concurrentPerRepository: limit('concurrentPerRepository'),
    concurrentPerTeam: limit('concurrentPerTeam'),
    hourlyPerRepository: limit('hourlyPerRepository'),
  };
}

function readSchedule(
  config: Config | undefined,
  key: string,
): SchedulerServiceTaskScheduleDefinition {
  const schedule = config?.getOptionalConfig(key);
  return schedule
    ? {
        ...DEFAULT_SCHEDULE,
        ...readSchedulerServiceTaskScheduleDefinitionFromConfig(schedule),
      }
    : DEFAULT_SCHEDULE;
}

function positive(
  config: Config | undefined,
  key: string,
  fallback: number,
): number {
  const value = config?.getOptionalNumber(key) ?? fallback;
  if (!(Number.isInteger(value) && value > 0)) {
    throw new Error(
      `finops.${key} must be a whole number above 0, it is ${value}`,
    );
  }
  return value;
}

function readSpan(span: Config, key: string): TimeSpan {
  const [start, end] = ['start', 'end'].map(
    name => Date.parse(span.getString(name)) / 1000,
  );
  if (!(start < end)) {
    throw new Error(
      `finops.${key}: '${span.getString('start')}' to '${span.getString(
        'end',
      )}' is no span of time`,
    );
  }
  return { start, end };
}

function readBudgets(items: readonly Config[]): ConfiguredBudget[] {
  const budgets = items.map(item => {
    const entityRef = stringifyEntityRef(
      parseEntityRef(item.getString('entity'), { defaultKind: 'group' }),
    );
    const budget = readBudget(item.getString('monthly'));
    if (budget.kind === 'unreadable') {
      throw new Error(`finops.budgets of ${entityRef}: ${budget.reason}`);
    }
    return { entityRef, monthly: budget.monthly };
  });
  const keys = budgets.map(
    ({ entityRef, monthly }) => `${entityRef} in ${monthly.currency}`,
  );
  const twice = keys.find((key, index) => keys.indexOf(key) !== index);
  if (twice) {
    throw new Error(`finops.budgets has two budgets of ${twice}`);
  }
  return budgets;
}

function readEnvironmentRule(rule: Config): EnvironmentRule {
  const environment = rule.getString('environment') as Environment;
  if (!ENVIRONMENTS.includes(environment)) {
    throw new Error(
      `finops.environments: '${environment}' is not one of ${ENVIRONMENTS.join(
        ', ',
      )}`,
    );
  }
  return {
    environment,
    clusters: rule.getOptionalStringArray('clusters'),
    namespaces: rule.getOptionalStringArray('namespaces'),
  };
}

function readAutonomy(autonomy: number = 3): Autonomy {
  // Level 4 merges by itself; that is not in this version, so nothing may believe it is on.
  if (![0, 1, 2, 3].includes(autonomy)) {
    throw new Error(`finops.autonomy must be 0, 1, 2 or 3, it is ${autonomy}`);
  }
  return autonomy as Autonomy;
}

function readAutonomyRules(root: RootConfigService): AutonomyRule[] {
  return (root.getOptionalConfigArray('finops.autonomyRules') ?? []).map(
    rule => {
      const owner = rule.getOptionalString('owner');
      const environment = rule.getOptionalString('environment');
      const action = rule.getOptionalString('action');
      // A word that is not known would match nothing, and the rule silently not hold.
      requireOneOf('environment', environment, ENVIRONMENTS);
      requireOneOf('action', action, ACTION_KINDS);
      return {
        owner:
          owner &&
          stringifyEntityRef(parseEntityRef(owner, { defaultKind: 'group' })),
        environment,
        action,
        autonomy: readAutonomy(rule.getNumber('autonomy')),
      };
    },
  );
}

function requireOneOf(
  key: string,
  value: string | undefined,
  known: readonly string[],
): void {
  if (value !== undefined && !known.includes(value)) {
    throw new Error(
      `finops.autonomyRules: ${key} '${value}' is not one of ${known.join(
        ', ',
      )}`,
    );
  }
}

/** What a rule leaves out it does not ask for; a rule that asks for anything needs a subject. */
function matchesRule(
  rule: AutonomyRule,
  subject: AutonomySubject | undefined,
): boolean {
  const { owner, environment, action } = rule;
  return (
    (owner === undefined || subject?.owners.includes(owner) === true) &&
    (environment === undefined || subject?.environment === environment) &&
    (action === undefined || subject?.action === action)
  );
}
