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
  Autonomy,
  DEFAULT_RATIONALE_PREFIX,
  Environment,
  Money,
  moneyFromUnits,
  OffHoursMechanism,
} from '@apexlogic/backstage-plugin-finops-common';
import { durationToMilliseconds } from '@backstage/types';
import { DeliveryLimits } from '../database/DeliveryStore';
import { DEFAULT_HISTORY_DAYS } from '../ingestion/context';
import { readBudget } from '../ingestion/budgets';
import { EnvironmentRule } from '../ingestion/environmentOf';
import { EscalationConfig, readEscalation } from './escalationConfig';
import { MoneyWeight } from './impactOf';
import { readWindows, ScheduleWindow } from './windows';
import { ConfiguredBudget } from '../ingestion/types';
import { ApprovalRule, readApprovalRules } from './approvalRules';
import { BreakerLimits, readBreakerLimits } from './breakerConfig';
import {
  ChangeRule,
  ChangeSubject,
  ENVIRONMENTS,
  matchesChange,
  readChangeRule,
} from './changeRules';

const MECHANISMS: readonly OffHoursMechanism[] = ['kube-green', 'keda-cron'];

/** How often stale entities are looked for and change requests followed, unless configured. */
const DEFAULT_SCHEDULE: SchedulerServiceTaskScheduleDefinition = {
  frequency: { minutes: 1 },
  timeout: { minutes: 10 },
  initialDelay: { seconds: 10 },
  scope: 'global',
};

const DEFAULT_WEIGHTS: readonly MoneyWeight[] = ['USD', 'EUR', 'GBP'].map(
  currency => ({
    medium: moneyFromUnits(200, currency),
    high: moneyFromUnits(1000, currency),
  }),
);

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

/** Autonomy of some changes. */
export type AutonomyRule = ChangeRule & { readonly autonomy: Autonomy };

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
  /** From which amount on a change weighs more, at most one a currency. */
  readonly moneyWeights: readonly MoneyWeight[];
  /** What stops workloads off hours; absent = nothing. */
  readonly offHours?: OffHoursMechanism;
  readonly policyFolders: readonly string[];
  readonly rationalePrefix: string;
  readonly labels: readonly string[];
  /** Where links in change requests lead. */
  readonly portalUrl?: string;
  /** What is allowed for a change; for one that nothing is known of, what holds where no rule does. */
  autonomy(subject?: ChangeSubject): Autonomy;
  /** The first that matches decides. */
  autonomyRules(): readonly AutonomyRule[];
  /** Who must approve what; the first that matches decides. */
  approvalRules(): readonly ApprovalRule[];
  paused(): boolean;
  /** When change requests may be opened and updated; changes no window is about always may. */
  windows(): readonly ScheduleWindow[];
  /** Age from which on advice may become a change request, milliseconds. */
  minimumAgeMs(): number;
  /** Who is told what waits, and when; absent: nobody. */
  escalation(): EscalationConfig | undefined;
  /** From when on changes are stopped by themselves. */
  breakerLimits(): BreakerLimits;
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
  readApprovals(root);
  readBreakers(root);
  readScheduleWindows(root);
  readMinimumAge(root);
  readEscalationConfig(root);
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
    moneyWeights: readMoneyWeights(
      config?.getOptionalConfigArray('impact.money'),
    ),
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
      readAutonomyRules(root).find(rule => matchesChange(rule, subject))
        ?.autonomy ?? readAutonomy(root.getOptionalNumber('finops.autonomy')),
    autonomyRules: () => readAutonomyRules(root),
    approvalRules: () => readApprovals(root),
    paused: () => root.getOptionalBoolean('finops.paused') ?? false,
    windows: () => readScheduleWindows(root),
    minimumAgeMs: () => readMinimumAge(root),
    escalation: () => readEscalationConfig(root),
    breakerLimits: () => readBreakers(root),
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

function readMoneyWeights(
  items: readonly Config[] | undefined,
): readonly MoneyWeight[] {
  if (!items) {
    return DEFAULT_WEIGHTS;
  }
  const amount = (item: Config, key: string): Money => {
    const read = readBudget(item.getString(key));
    if (read.kind === 'unreadable') {
      throw new Error(`finops.impact.money: ${read.reason}`);
    }
    return read.monthly;
  };
  const weights = items.map(item => ({
    medium: amount(item, 'medium'),
    high: amount(item, 'high'),
  }));
  for (const { medium, high } of weights) {
    if (
      medium.currency !== high.currency ||
      medium.amountMicros > high.amountMicros
    ) {
      throw new Error(
        'finops.impact.money: medium must be at most high, in the same currency',
      );
    }
  }
  const currencies = weights.map(({ medium }) => medium.currency);
  if (new Set(currencies).size !== currencies.length) {
    throw new Error('finops.impact.money has two weights of one currency');
  }
  return weights;
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
    rule => ({
      ...readChangeRule(rule, 'autonomyRules'),
      autonomy: readAutonomy(rule.getNumber('autonomy')),
    }),
  );
}

function readApprovals(root: RootConfigService): ApprovalRule[] {
  return readApprovalRules(
    root.getOptionalConfigArray('finops.approvals') ?? [],
  );
}

function readBreakers(root: RootConfigService): BreakerLimits {
  return readBreakerLimits(root.getOptionalConfig('finops.breakers'));
}

function readScheduleWindows(root: RootConfigService): ScheduleWindow[] {
  return readWindows(root.getOptionalConfigArray('finops.windows') ?? []);
}

function readMinimumAge(root: RootConfigService): number {
  const finops = root.getOptionalConfig('finops');
  return finops?.has('minimumAge')
    ? durationToMilliseconds(
        readDurationFromConfig(finops, { key: 'minimumAge' }),
      )
    : 0;
}

function readEscalationConfig(
  root: RootConfigService,
): EscalationConfig | undefined {
  return readEscalation(root.getOptionalConfig('finops.escalation'));
}
