import { HumanDuration } from '@backstage/types';
import { SchedulerServiceTaskScheduleDefinitionConfig } from '@backstage/backend-plugin-api';

export interface Config {
  /** The FinOps control loop. */
  finops?: {
    /** How often entities with old figures are looked for; every minute, from 10 seconds after the start. */
    schedule?: SchedulerServiceTaskScheduleDefinitionConfig;
    /** How often open change requests are followed; every minute. */
    syncSchedule?: SchedulerServiceTaskScheduleDefinitionConfig;
    /** Age of an entity's figures from which they are read again; 30 minutes. */
    refreshAfter?: HumanDuration | string;
    /** Days of history asked for when a workload is first seen; 60. */
    historyDays?: number;
    /** How long data is kept. The audit trail is kept for ever. */
    retention?: {
      /** Days of daily cost; 760. */
      costDays?: number;
      /** Days of usage sketches, hourly series, events, findings and logged choices of the learner; 90. */
      usageDays?: number;
      /** Days of usage on the source's own grid; 35. */
      fineUsageDays?: number;
    };
    /** Environments of workloads, first match counts; without a match a label or the namespace's name says it. */
    environments?: Array<{
      environment: 'production' | 'staging' | 'development' | 'unknown';
      clusters?: string[];
      namespaces?: string[];
    }>;
    /** Holidays, sales, releases: what is unusual then is told with the occasion, and is less certain. */
    calendar?: Array<{
      label: string;
      /** First instant, ISO 8601. */
      start: string;
      /** Instant after the last. */
      end: string;
    }>;
    /** Planned work: nothing within is judged, and nothing is learned from it. */
    maintenance?: Array<{
      /** First instant, ISO 8601. */
      start: string;
      /** Instant after the last. */
      end: string;
    }>;
    /** Budgets of a calendar month; they count before the annotation `finops.apexlogic.com/monthly-budget` of the same currency. */
    budgets?: Array<{
      /** Group, user or other entity; a name without a kind is a group's. */
      entity: string;
      /** An amount with its currency, such as `50000 USD`. It is compared with spend in that currency only. */
      monthly: string;
    }>;
    /** Folders with policy files that every plan must pass; a folder that cannot be read denies every plan. */
    policies?: Array<{
      /** Relative to the working directory of the backend. */
      path: string;
    }>;
    /** What the portal may do by itself: 0 and 1 suggest only, 2 opens drafts, 3 (default) opens change requests. */
    autonomy?: 0 | 1 | 2 | 3;
    /**
     * Other autonomy for some changes; the first rule that matches decides, `autonomy` where none does. What a rule
     * leaves out may be anything.
     */
    autonomyRules?: Array<{
      /** Group or user; a name without a kind is a group's. */
      owner?: string;
      environment?: 'production' | 'staging' | 'development' | 'unknown';
      /** Kind of action, such as `rightsize`, `scale-replicas` or `tune-autoscaler`. */
      action?: string;
      autonomy: 0 | 1 | 2 | 3;
    }>;
    /** Stops every write to forges at once; read anew before each write. */
    paused?: boolean;
    /**
     * Most change requests, so that reviewers are not flooded. Read anew before each; what asks for more to keep a
     * service well is neither held up nor counted.
     */
    limits?: {
      /** Open or being opened at once in one repository; 10. */
      concurrentPerRepository?: number;
      /** Open or being opened at once for the entities of one owner; 10. */
      concurrentPerTeam?: number;
      /** Begun within an hour in one repository; 10. */
      hourlyPerRepository?: number;
    };
    /** Learning how much risk requests take from what became of earlier ones; see docs/learning.md. */
    learning?: {
      /** Off unless told: without it requests are exactly those of the safe baseline. Read anew on every pass. */
      enabled?: boolean;
    };
    /** Checking the change requests that people open; see docs/checks.md. */
    check?: {
      /** Off unless told. */
      enabled?: boolean;
      /**
       * URLs of repositories, or of what they lie below such as an organisation. Unless given, those that an entity's
       * `backstage.io/source-location` or `finops.apexlogic.com/gitops-path` names.
       */
      repositories?: string[];
      /** Workflows that changes call for. */
      tests?: Array<{
        /** Globs over the paths of changed files; one that matches is enough. */
        files: string[];
        /** Lowest risk that calls for it; low. */
        risk?: 'low' | 'medium' | 'high';
        /** Repositories below this URL only. */
        repository?: string;
        /** File name of a workflow with `workflow_dispatch`. */
        workflow: string;
        inputs?: { [name: string]: string };
        /** Whether the check waits for it and fails with it; yes. */
        required?: boolean;
      }>;
      /** From when on a test that has not ended has failed; an hour. */
      testTimeout?: HumanDuration | string;
      /** Most workflows started within an hour in one repository; 20. */
      testsPerHour?: number;
    };
    /** Prefix of the rationale annotations written on workloads; `ai.apexlogic.com`. */
    rationalePrefix?: string;
    /** Labels of change requests; `finops`. */
    labels?: string[];
  };
}
