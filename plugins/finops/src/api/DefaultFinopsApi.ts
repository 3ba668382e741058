import { parseEntityRef } from '@backstage/catalog-model';
import { FetchApi } from '@backstage/core-plugin-api';
import { DismissReason } from '@apexlogic/backstage-plugin-finops-common';
import {
  createFinopsClient,
  FinopsClient,
  Schemas,
} from '@apexlogic/backstage-plugin-finops-common/client';
import { CostGrouping, DaySpan, FinopsApi } from './finopsApiRef';
import { FinopsRequestError } from './FinopsRequestError';

/**
 * {@link FinopsApi} over the portal's fetch API.
 *
 * @public
 */
export class DefaultFinopsApi implements FinopsApi {
  readonly #client: FinopsClient;

  private constructor(client: FinopsClient) {
    this.#client = client;
  }

  static create(options: { fetchApi: FetchApi }): DefaultFinopsApi {
    return new DefaultFinopsApi(
      createFinopsClient({ fetch: options.fetchApi.fetch }),
    );
  }

  async getEntityOverview(entityRef: string, signal?: AbortSignal) {
    return unwrap('the overview', () =>
      this.#client.GET('/entities/{kind}/{namespace}/{name}/overview', {
        params: { path: parseEntityRef(entityRef) },
        signal,
      }),
    );
  }

  async getEntityCosts(
    entityRef: string,
    options: DaySpan & { groupBy: CostGrouping },
    signal?: AbortSignal,
  ) {
    return unwrap('the costs', () =>
      this.#client.GET('/entities/{kind}/{namespace}/{name}/costs', {
        params: { path: parseEntityRef(entityRef), query: options },
        signal,
      }),
    );
  }

  async getEntityAnomalies(
    entityRef: string,
    options: DaySpan,
    signal?: AbortSignal,
  ) {
    return unwrap('the anomalies', () =>
      this.#client.GET('/entities/{kind}/{namespace}/{name}/anomalies', {
        params: { path: parseEntityRef(entityRef), query: options },
        signal,
      }),
    );
  }

  async getEntityRecommendations(entityRef: string, signal?: AbortSignal) {
    return unwrap('the recommendations', () =>
      this.#client.GET('/entities/{kind}/{namespace}/{name}/recommendations', {
        params: { path: parseEntityRef(entityRef) },
        signal,
      }),
    );
  }

  async refreshEntity(entityRef: string) {
    await unwrap<unknown>(
      'the new pass',
      () =>
        this.#client.POST('/entities/{kind}/{namespace}/{name}/refresh', {
          params: { path: parseEntityRef(entityRef) },
        }),
      { bodyExpected: false },
    );
  }

  async getRecommendation(id: string, signal?: AbortSignal) {
    return unwrap('the recommendation', () =>
      this.#client.GET('/recommendations/{id}', {
        params: { path: { id } },
        signal,
      }),
    );
  }

  async replayRecommendation(id: string) {
    return unwrap('the repeated decision', () =>
      this.#client.GET('/recommendations/{id}/replay', {
        params: { path: { id } },
      }),
    );
  }

  async planRecommendation(id: string) {
    return unwrap<Schemas['PlanResult']>('the change plan', () =>
      this.#client.POST('/recommendations/{id}/plan', {
        params: { path: { id } },
      }),
    );
  }

  async deliverRecommendation(id: string, planHash: string) {
    return unwrap('the pull request', () =>
      this.#client.POST('/recommendations/{id}/deliver', {
        params: { path: { id } },
        body: { planHash },
      }),
    );
  }

  async approveRecommendation(id: string, planHash: string) {
    return unwrap('the approval', () =>
      this.#client.POST('/recommendations/{id}/approve', {
        params: { path: { id } },
        body: { planHash },
      }),
    );
  }

  async snoozeRecommendation(id: string, until: string) {
    return unwrap('the snooze', () =>
      this.#client.POST('/recommendations/{id}/snooze', {
        params: { path: { id } },
        body: { until },
      }),
    );
  }

  async dismissRecommendation(
    id: string,
    options: { reason: DismissReason; comment?: string },
  ) {
    return unwrap('the dismissal', () =>
      this.#client.POST('/recommendations/{id}/dismiss', {
        params: { path: { id } },
        body: options,
      }),
    );
  }

  async getTeamReview(
    options: { ownerRefs?: string[]; month?: string },
    signal?: AbortSignal,
  ) {
    return unwrap('the cost review', () =>
      this.#client.GET('/team-review', { params: { query: options }, signal }),
    );
  }

  async getGovernance(signal?: AbortSignal) {
    return unwrap('how the portal is governed', () =>
      this.#client.GET('/governance', { signal }),
    );
  }

  async pauseWriting(reason: string) {
    await unwrap(
      'the pause',
      () => this.#client.POST('/governance/pause', { body: { reason } }),
      { bodyExpected: false },
    );
  }

  async resumeWriting() {
    await unwrap(
      'the end of the pause',
      () => this.#client.POST('/governance/resume'),
      { bodyExpected: false },
    );
  }

  async orderReverts(options: {
    scope: string;
    since: string;
    reason: string;
  }) {
    return unwrap('the order to undo', () =>
      this.#client.POST('/governance/reverts', { body: options }),
    );
  }

  async resetBreaker(scope: string, reason: string) {
    await unwrap(
      'the reset',
      () =>
        this.#client.POST('/governance/breakers/reset', {
          body: { scope, reason },
        }),
      { bodyExpected: false },
    );
  }

  async freeze(options: { scope: string; reason: string; until: string }) {
    await unwrap(
      'the freeze',
      () => this.#client.POST('/governance/freezes', { body: options }),
      { bodyExpected: false },
    );
  }

  async liftFreeze(id: string) {
    await unwrap(
      'the end of the freeze',
      () =>
        this.#client.POST('/governance/freezes/{id}/lift', {
          params: { path: { id } },
        }),
      { bodyExpected: false },
    );
  }

  async listWaves(signal?: AbortSignal) {
    return unwrap('the waves', () => this.#client.GET('/waves', { signal }));
  }

  async listWaveCandidates(signal?: AbortSignal) {
    return unwrap('the changes that could go out', () =>
      this.#client.GET('/waves/candidates', { signal }),
    );
  }

  async previewWaves(recommendationIds: readonly string[]) {
    return unwrap('the division into waves', () =>
      this.#client.POST('/waves/preview', {
        body: { recommendationIds: [...recommendationIds] },
      }),
    );
  }

  async startWaves(options: {
    title: string;
    recommendationIds: readonly string[];
    observeMinutes: number;
  }) {
    return unwrap('the start of the waves', () =>
      this.#client.POST('/waves', {
        body: { ...options, recommendationIds: [...options.recommendationIds] },
      }),
    );
  }

  async resumeWaves(id: string, reason: string) {
    await unwrap(
      'the waves going on',
      () =>
        this.#client.POST('/waves/{id}/resume', {
          params: { path: { id } },
          body: { reason },
        }),
      { bodyExpected: false },
    );
  }

  async stopWaves(id: string, reason: string) {
    await unwrap(
      'the end of the waves',
      () =>
        this.#client.POST('/waves/{id}/stop', {
          params: { path: { id } },
          body: { reason },
        }),
      { bodyExpected: false },
    );
  }

  async getPolicies(signal?: AbortSignal) {
    return unwrap('the policies', () =>
      this.#client.GET('/policies', { signal }),
    );
  }

  async testPolicies() {
    return unwrap('the tests of the policies', () =>
      this.#client.POST('/policies/tests'),
    );
  }

  async listAudit(options: { before?: number }, signal?: AbortSignal) {
    return unwrap('the audit trail', () =>
      this.#client.GET('/audit', { params: { query: options }, signal }),
    );
  }

  async verifyAudit() {
    return unwrap('the check of the audit trail', () =>
      this.#client.GET('/audit/verification'),
    );
  }

  async exportAudit() {
    return unwrap('the audit trail', () =>
      this.#client.GET('/audit/export', { parseAs: 'text' }),
    );
  }
}

async function unwrap<T>(
  subject: string,
  request: () => Promise<{ data?: T; error?: unknown; response: Response }>,
  options: { bodyExpected: boolean } = { bodyExpected: true },
): Promise<T> {
  let answer: Awaited<ReturnType<typeof request>>;
  try {
    answer = await request();
  } catch (error) {
    // A DOMException, which is no Error in every engine.
    if ((error as { name?: unknown } | undefined)?.name === 'AbortError') {
      throw error;
    }
    throw new FinopsRequestError({
      message: `The portal could not reach the FinOps backend for ${subject}.`,
      reference: referenceOf(undefined),
    });
  }
  const { data, error, response } = answer;
  if (response.ok && (data !== undefined || !options.bodyExpected)) {
    return data as T;
  }
  // A proxy in between may answer with anything, so nothing of the body is taken for granted.
  const detail = (error as Partial<Schemas['ErrorBody']> | undefined)?.error;
  throw new FinopsRequestError({
    message:
      typeof detail?.message === 'string'
        ? detail.message
        : `The FinOps backend answered ${response.status} for ${subject}.`,
    status: response.status,
    code: typeof detail?.code === 'string' ? detail.code : undefined,
    reference: referenceOf(response),
  });
}

function referenceOf(response: Response | undefined): string {
  const requestId = response?.headers.get('x-request-id');
  return [response?.status ?? 'no answer', requestId, new Date().toISOString()]
    .filter(Boolean)
    .join(' · ');
}
