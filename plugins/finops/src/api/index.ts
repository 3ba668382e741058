export { DefaultFinopsApi } from './DefaultFinopsApi';
export { finopsApiRef } from './finopsApiRef';
export type { CostGrouping, DaySpan, FinopsApi } from './finopsApiRef';
export { FinopsRequestError } from './FinopsRequestError';
