export type Resource = 'cpu' | 'memory';

/** Use of one resource of one machine over time, sorted by time. */
export interface Trace {
  readonly series: string;
  readonly resource: Resource;
  /** Epoch seconds. */
  readonly times: Float64Array;
  /** Cores or bytes, or the unit of the set where it has none. */
  readonly use: Float64Array;
  /** What was provisioned, where known. */
  readonly capacity?: Float64Array;
}

/** One decision to judge: what was known, and what came after. */
export interface Window {
  readonly trace: Trace;
  readonly group?: string;
  /** Epoch seconds of the decision. */
  readonly now: number;
  /** Rows `[fitFrom, fitTo)` were known. */
  readonly fitFrom: number;
  readonly fitTo: number;
  /** Rows `[fitTo, judgeTo)` are judged. */
  readonly judgeTo: number;
  /** Whether floors in cores and bytes mean anything. */
  readonly hasUnit: boolean;
  /** What stays requested when there is no advice; absent where the set does not say. */
  readonly present?: number;
  /** Bounds of a request. */
  readonly bounds?: readonly [number, number];
}

export interface LoadedSet {
  readonly windows: readonly Window[];
  readonly notes: readonly string[];
  /** Use above the request does not count as use: the machine could not have used it. */
  readonly capUse: boolean;
}
