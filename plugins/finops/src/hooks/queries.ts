import { useApi } from '@backstage/core-plugin-api';
import { CLOSED_STATES } from '@apexlogic/backstage-plugin-finops-common';
import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import {
  keepPreviousData,
  useInfiniteQuery,
  useMutation,
  useQuery,
  useQueryClient,
} from '@tanstack/react-query';
import { CostGrouping, DaySpan, finopsApiRef } from '../api';

/** How often the way of an open change is asked for. */
const FOLLOW_MS = 10_000;

export function useEntityOverview(entityRef: string) {
  const api = useApi(finopsApiRef);
  return useQuery({
    queryKey: ['overview', entityRef],
    queryFn: ({ signal }) => api.getEntityOverview(entityRef, signal),
  });
}

export function useEntityCosts(
  entityRef: string,
  options: DaySpan & { groupBy: CostGrouping },
) {
  const api = useApi(finopsApiRef);
  return useQuery({
    queryKey: ['costs', entityRef, options],
    queryFn: ({ signal }) => api.getEntityCosts(entityRef, options, signal),
    // The old picture stays while another period loads, so that nothing jumps.
    placeholderData: keepPreviousData,
  });
}

export function useEntityAnomalies(entityRef: string, options: DaySpan) {
  const api = useApi(finopsApiRef);
  return useQuery({
    queryKey: ['anomalies', entityRef, options],
    queryFn: ({ signal }) => api.getEntityAnomalies(entityRef, options, signal),
  });
}

export function useEntityRecommendations(entityRef: string) {
  const api = useApi(finopsApiRef);
  return useQuery({
    queryKey: ['recommendations', entityRef],
    queryFn: ({ signal }) => api.getEntityRecommendations(entityRef, signal),
  });
}

export function useRecommendation(id: string) {
  const api = useApi(finopsApiRef);
  return useQuery({
    queryKey: ['recommendation', id],
    queryFn: ({ signal }) => api.getRecommendation(id, signal),
    staleTime: 0,
    refetchInterval: query =>
      isUnderWay(query.state.data) ? FOLLOW_MS : false,
  });
}

export function useTeamReview(options: {
  ownerRefs?: string[];
  month?: string;
}) {
  const api = useApi(finopsApiRef);
  return useQuery({
    queryKey: ['team-review', options],
    queryFn: ({ signal }) => api.getTeamReview(options, signal),
    placeholderData: keepPreviousData,
  });
}

export function useRefreshEntity(entityRef: string) {
  const api = useApi(finopsApiRef);
  return useMutation({ mutationFn: () => api.refreshEntity(entityRef) });
}

export function usePlan(id: string) {
  const api = useApi(finopsApiRef);
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => api.planRecommendation(id),
    onSuccess: () =>
      client.invalidateQueries({ queryKey: ['recommendation', id] }),
  });
}

export function useReplay(id: string) {
  const api = useApi(finopsApiRef);
  return useMutation({ mutationFn: () => api.replayRecommendation(id) });
}

/**
 * One of the decisions on a recommendation. The answer replaces what the drawer shows; a refusal
 * makes it ask again, since someone or something else was faster.
 */
export function useDecision(
  id: string,
  decide: (
    api: typeof finopsApiRef.T,
  ) => Promise<Schemas['RecommendationDetail']>,
) {
  const api = useApi(finopsApiRef);
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => decide(api),
    onSuccess: detail => {
      client.setQueryData(['recommendation', id], detail);
      client.invalidateQueries({ queryKey: ['recommendations'] });
      client.invalidateQueries({ queryKey: ['overview'] });
    },
    onError: () =>
      client.invalidateQueries({ queryKey: ['recommendation', id] }),
  });
}

export function useGovernance() {
  const api = useApi(finopsApiRef);
  return useQuery({
    queryKey: ['governance'],
    queryFn: ({ signal }) => api.getGovernance(signal),
    staleTime: 0,
  });
}

/** A change of what the portal may do; what is shown is asked for again, whether it worked or not. */
export function useGovern(
  govern: (api: typeof finopsApiRef.T) => Promise<void>,
) {
  const api = useApi(finopsApiRef);
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => govern(api),
    onSettled: () =>
      Promise.all([
        client.invalidateQueries({ queryKey: ['governance'] }),
        client.invalidateQueries({ queryKey: ['audit'] }),
      ]),
  });
}

/** Looked at again while waves are under way. */
const WAVES_REFRESH_MS = 30_000;

export function useWaves() {
  const api = useApi(finopsApiRef);
  return useQuery({
    queryKey: ['waves'],
    queryFn: ({ signal }) => api.listWaves(signal),
    staleTime: 0,
    refetchInterval: ({ state }) =>
      state.data?.sets.some(set => set.state === 'running')
        ? WAVES_REFRESH_MS
        : false,
  });
}

export function useWaveCandidates() {
  const api = useApi(finopsApiRef);
  return useQuery({
    queryKey: ['wave-candidates'],
    queryFn: ({ signal }) => api.listWaveCandidates(signal),
    staleTime: 0,
  });
}

/** How the chosen changes would be divided. */
export function useWavePreview(recommendationIds: readonly string[]) {
  const api = useApi(finopsApiRef);
  return useQuery({
    queryKey: ['wave-preview', [...recommendationIds].sort()],
    queryFn: () => api.previewWaves(recommendationIds),
    enabled: recommendationIds.length > 0,
    staleTime: 0,
  });
}

/** A change of what goes out in waves; what is shown is asked for again, whether it worked or not. */
export function useWaveChange<Answer>(
  change: (api: typeof finopsApiRef.T) => Promise<Answer>,
) {
  const api = useApi(finopsApiRef);
  const client = useQueryClient();
  return useMutation({
    mutationFn: () => change(api),
    onSettled: () =>
      Promise.all(
        ['waves', 'wave-candidates', 'wave-preview'].map(key =>
          client.invalidateQueries({ queryKey: [key] }),
        ),
      ),
  });
}

export function usePolicies() {
  const api = useApi(finopsApiRef);
  return useQuery({
    queryKey: ['policies'],
    queryFn: ({ signal }) => api.getPolicies(signal),
    staleTime: 0,
  });
}

export function usePolicyTests() {
  const api = useApi(finopsApiRef);
  return useMutation({ mutationFn: () => api.testPolicies() });
}

export function useAudit() {
  const api = useApi(finopsApiRef);
  return useInfiniteQuery({
    queryKey: ['audit'],
    queryFn: ({ pageParam, signal }) =>
      api.listAudit({ before: pageParam }, signal),
    initialPageParam: undefined as number | undefined,
    getNextPageParam: page => page.next,
    staleTime: 0,
  });
}

export function useAuditVerification() {
  const api = useApi(finopsApiRef);
  return useMutation({ mutationFn: () => api.verifyAudit() });
}

export function useAuditExport() {
  const api = useApi(finopsApiRef);
  return useMutation({ mutationFn: () => api.exportAudit() });
}

function isUnderWay(
  detail: Schemas['RecommendationDetail'] | undefined,
): boolean {
  const state = detail?.recommendation.state;
  return (
    detail?.changeRequest !== undefined &&
    state !== undefined &&
    !CLOSED_STATES.includes(state)
  );
}
