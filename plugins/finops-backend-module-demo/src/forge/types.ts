import { Router } from 'express';
import { ForgeFaults } from './ForgeFaults';

/** Somebody with write access to the demo repository. @public */
export interface ForgePerson {
  readonly login: string;
  readonly name: string;
}

/** @public */
export interface DemoForgeOptions {
  /** Where the router will be mounted, as browsers and API clients see it; no trailing slash. */
  readonly publicUrl: string;
  /** Folder whose files become the one commit on `main`. */
  readonly gitopsPath: string;
  /** Default `fernhill`. */
  readonly owner?: string;
  /** Default `gitops`. */
  readonly repository?: string;
  /** Token of the bot, as configured under `integrations.github`. Default `demo-token`. */
  readonly token?: string;
  /** People who may approve and merge on the pages; the first one acts by default. */
  readonly people?: readonly ForgePerson[];
  /** Commit statuses without which nothing is merged. Default `finops/approval`. */
  readonly requiredStatuses?: readonly string[];
}

/** @public */
export interface DemoForge {
  /** Mount at the path of `publicUrl`. The API is below `/api/v3`, the pages below `/<owner>/<repository>`. */
  readonly router: Router;
  /** Faults to inject into the API. */
  readonly faults: ForgeFaults;
  readonly apiBaseUrl: string;
  /** Page of the repository. */
  readonly repositoryUrl: string;
  readonly owner: string;
  readonly repository: string;
  readonly token: string;
  /** Token of a person, for scripts that act as them. */
  tokenOf(login: string): string;
  /** The double itself, without what the router adds and enforces. */
  readonly upstreamUrl: string;
  stop(): Promise<void>;
}
