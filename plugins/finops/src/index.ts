/**
 * Cost, anomalies and recommendations of catalog entities and teams, for the legacy frontend
 * system. Apps on the new frontend system install `./alpha`.
 *
 * @packageDocumentation
 */
export { DefaultFinopsApi, finopsApiRef, FinopsRequestError } from './api';
export type { CostGrouping, DaySpan, FinopsApi } from './api';
export { isFinopsAvailable } from './isFinopsAvailable';
export {
  EntityFinopsAnomaliesContent,
  EntityFinopsCard,
  EntityFinopsCostContent,
  EntityFinopsRecommendationsContent,
  finopsPlugin,
  FinopsGovernancePage,
  FinopsPoliciesPage,
  FinopsWavesPage,
  FinopsTeamPage,
} from './plugin';
