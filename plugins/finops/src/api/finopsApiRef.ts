import { createApiRef } from '@backstage/core-plugin-api';
import { Day, DismissReason } from '@apexlogic/backstage-plugin-finops-common';
import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';

/** How the rows of a cost answer are formed. @public */
export type CostGrouping = 'category' | 'workload' | 'environment';

/** A half-open span of UTC days. @public */
export interface DaySpan {
  readonly startDay: Day;
  readonly endDay: Day;
}

/**
 * What the screens ask of the FinOps backend. Every method throws a {@link FinopsRequestError} when
 * the answer is not a success.
 *
 * @public
 */
export interface FinopsApi {
  getEntityOverview(
    entityRef: string,
    signal?: AbortSignal,
  ): Promise<Schemas['EntityOverview']>;
  getEntityCosts(
    entityRef: string,
    options: DaySpan & { groupBy: CostGrouping },
    signal?: AbortSignal,
  ): Promise<Schemas['EntityCosts']>;
  getEntityAnomalies(
    entityRef: string,
    options: DaySpan,
    signal?: AbortSignal,
  ): Promise<Schemas['EntityAnomalies']>;
  getEntityRecommendations(
    entityRef: string,
    signal?: AbortSignal,
  ): Promise<Schemas['EntityRecommendations']>;
  /** Queues a new pass over the entity; does not wait for it. */
  refreshEntity(entityRef: string): Promise<void>;
  getRecommendation(
    id: string,
    signal?: AbortSignal,
  ): Promise<Schemas['RecommendationDetail']>;
  /** Decides it again on its recorded inputs; changes nothing. */
  replayRecommendation(id: string): Promise<Schemas['Replay']>;
  /** Works out the exact edit and asks the policies; writes nothing outside the portal. */
  planRecommendation(id: string): Promise<Schemas['PlanResult']>;
  deliverRecommendation(
    id: string,
    planHash: string,
  ): Promise<Schemas['RecommendationDetail']>;
  approveRecommendation(
    id: string,
    planHash: string,
  ): Promise<Schemas['RecommendationDetail']>;
  /** @param until - ISO 8601 instant in the next 180 days */
  snoozeRecommendation(
    id: string,
    until: string,
  ): Promise<Schemas['RecommendationDetail']>;
  dismissRecommendation(
    id: string,
    options: { reason: DismissReason; comment?: string },
  ): Promise<Schemas['RecommendationDetail']>;
  /** @param options - `ownerRefs`: the caller's own by default; `month`: `YYYY-MM`, the present one by default */
  getTeamReview(
    options: { ownerRefs?: string[]; month?: string },
    signal?: AbortSignal,
  ): Promise<Schemas['TeamReview']>;
  /** What the portal may do by itself, whether writing is paused, and how far its limits are used. */
  getGovernance(signal?: AbortSignal): Promise<Schemas['Governance']>;
  /** Stops every write to the outside from the next one on. */
  pauseWriting(reason: string): Promise<void>;
  resumeWriting(): Promise<void>;
  /** Changes that go out in waves, newest first. */
  listWaves(signal?: AbortSignal): Promise<Schemas['WaveList']>;
  /** Advice that could go out in waves. */
  listWaveCandidates(signal?: AbortSignal): Promise<Schemas['WaveCandidates']>;
  /** How changes would be divided into waves; starts nothing. */
  previewWaves(
    recommendationIds: readonly string[],
  ): Promise<Schemas['WavePreview']>;
  startWaves(options: {
    title: string;
    recommendationIds: readonly string[];
    observeMinutes: number;
  }): Promise<Schemas['StartedWaves']>;
  /** Lets halted waves go on with the next one. */
  resumeWaves(id: string, reason: string): Promise<void>;
  /** Ends waves; what is open on the forge stays. */
  stopWaves(id: string, reason: string): Promise<void>;
  /** Policies, exceptions from them, and where each of them bites. */
  getPolicies(signal?: AbortSignal): Promise<Schemas['PolicyList']>;
  /** Runs the tests that lie beside the policies. */
  testPolicies(): Promise<Schemas['PolicyTestReport']>;
  /** Undoes every change of the scope that was merged since an instant, ISO 8601. */
  orderReverts(options: {
    scope: string;
    since: string;
    reason: string;
  }): Promise<Schemas['OrderedReverts']>;
  /** Closes a breaker; `scope` as the breaker names it. */
  resetBreaker(scope: string, reason: string): Promise<void>;
  /** @param options - `scope`: `all`, `owner:<group>` or `environment:<name>`; `until`: ISO 8601 instant in the next year */
  freeze(options: {
    scope: string;
    reason: string;
    until: string;
  }): Promise<void>;
  liftFreeze(id: string): Promise<void>;
  /** @param options - `before`: the `next` of an earlier answer */
  listAudit(
    options: { before?: number },
    signal?: AbortSignal,
  ): Promise<Schemas['AuditPage']>;
  /** Looks at the whole audit trail; takes as long as it is. */
  verifyAudit(): Promise<Schemas['AuditVerification']>;
  /** The whole audit trail, one entry a line of JSON. */
  exportAudit(): Promise<string>;
}

/** @public */
export const finopsApiRef = createApiRef<FinopsApi>({
  id: 'plugin.finops.api',
});
