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
      /** Days of usage sketches, hourly series, events, findings, recorded inputs of advice and logged choices of the learner; 90. */
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
    /** What makes the impact of a change: amounts a month from which on it is medium or high, at most one entry a currency. */
    impact?: {
      /** 200 and 1000 of USD, EUR and GBP unless given; money in other currencies does not weigh. */
      money?: Array<{
        /** An amount with its currency, such as `200 USD`. */
        medium: string;
        /** In the same currency. */
        high: string;
      }>;
    };
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
      /** Kind of action, such as `rightsize`, `scale-replicas`, `schedule-off-hours` or `remove-orphan`. */
      action?: string;
      /** How much a planned change may do if it is wrong; before there is a plan the rule does not match. */
      impact?: 'low' | 'medium' | 'high';
      autonomy: 0 | 1 | 2 | 3;
    }>;
    /**
     * Who must approve which changes; the first rule that matches decides. Where none does, one person other than
     * the requester. What a rule leaves out may be anything.
     */
    approvals?: Array<{
      /** Group or user; a name without a kind is a group's. */
      owner?: string;
      environment?: 'production' | 'staging' | 'development' | 'unknown';
      /** Kind of action, such as `rightsize`, `scale-replicas` or `tune-autoscaler`. */
      action?: string;
      /** How much a planned change may do if it is wrong; before there is a plan the rule does not match. */
      impact?: 'low' | 'medium' | 'high';
      /** Distinct people who must approve, none of them a requester; 1. */
      quorum?: number;
      /** Time after which an approval is void and asked for again; never unless given. */
      expiresAfter?: HumanDuration | string;
      /** Groups or users of whom approvals count; anybody who may decide on the entity unless given. */
      from?: string[];
    }>;
    /** Stops every write to forges at once; read anew before each write. */
    paused?: boolean;
    /**
     * When change requests of matching changes may be opened and updated. Changes that no window is about always may;
     * so may what asks for more to keep a service well. Read anew before each write.
     */
    windows?: Array<{
      /** Group or user; a name without a kind is a group's. */
      owner?: string;
      environment?: 'production' | 'staging' | 'development' | 'unknown';
      /** Kind of action, such as `rightsize`, `scale-replicas` or `tune-autoscaler`. */
      action?: string;
      /** How much a planned change may do if it is wrong. */
      impact?: 'low' | 'medium' | 'high';
      /** IANA name, such as `Europe/Berlin`. */
      timeZone: string;
      /** Days on which it opens; every day unless given. */
      weekdays?: Array<
        | 'monday'
        | 'tuesday'
        | 'wednesday'
        | 'thursday'
        | 'friday'
        | 'saturday'
        | 'sunday'
      >;
      /** `HH:MM` on the clock there. */
      from: string;
      /** The first minute after it, up to `24:00`; on the next day where it is before `from`. */
      to: string;
    }>;
    /** Time for which advice must stand before it may become a change request, relief apart; none. */
    minimumAge?: HumanDuration | string;
    /**
     * Who is told, through the portal's notifications, that an approval, an answer or an open breaker waits: the owner
     * at once, the parent group after the first of the times, the platform group after each later one. Nobody unless
     * given.
     */
    escalation?: {
      /** Group that is told last, and first of breakers without an owner; a name without a kind is a group's. */
      platform?: string;
      /** Times from when a change began to wait for approval, rising. */
      approval?: Array<HumanDuration | string>;
      /** Times from when advice began to wait for its owner, rising. */
      needsInput?: Array<HumanDuration | string>;
      /** Times from when a breaker opened, rising. */
      breaker?: Array<HumanDuration | string>;
    };
    /**
     * When too many changes go wrong, further ones are stopped: all, those of the owner, or those of the action. After
     * a while one is tried, and closes or opens the breaker.
     */
    breakers?: {
      /** Deliveries that fail one after the other; 5. */
      failedDeliveries?: number;
      /** Change requests closed unmerged, of those that were merged or closed. */
      declined?: {
        /** Above 0, at most 1; 0.7. */
        share?: number;
        /** Fewer are not judged; 10. */
        atLeast?: number;
      };
      /** Changes rolled back, of those merged. */
      rolledBack?: {
        /** Above 0, at most 1; 0.3. */
        share?: number;
        /** Fewer are not judged; 5. */
        atLeast?: number;
      };
      /** Plans on which a policy itself failed, of those judged. */
      policyErrors?: {
        /** Above 0, at most 1; 0.5. */
        share?: number;
        /** Fewer are not judged; 5. */
        atLeast?: number;
      };
      /** Days since the newest day of cost ended; 4. */
      staleCostDays?: number;
      /** Days looked back; 14. */
      windowDays?: number;
      /** Time after which one change is tried; an hour. */
      coolDown?: HumanDuration | string;
    };
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
    /** Stopping what nobody uses outside of production; proposed only where it is told what can do it. */
    offHours?: {
      /** What the clusters have installed: kube-green (0.6 or newer) or KEDA. */
      mechanism?: 'kube-green' | 'keda-cron';
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
