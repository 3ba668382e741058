import { Period } from './period';

/**
 * What every figure on a screen carries besides its value.
 *
 * @public
 */
export interface Provenance {
  /** What the figure covers. */
  readonly period: Period;
  /** End of the newest data behind it; absent when there is none. */
  readonly freshness?: string;
  /** Share of what it claims to describe that the data explains, 0..1. */
  readonly coverage: number;
}

/** How a read of one source went; one failing source never hides the others. @public */
export type SourceStatus = {
  readonly sourceId: string;
  readonly kind: SignalKind;
} & (
  | { readonly status: 'ok'; readonly asOf: string }
  | { readonly status: 'no-data' }
  | { readonly status: 'not-configured'; readonly fix: string }
  | { readonly status: 'down'; readonly reason: string; readonly since: string }
  | { readonly status: 'denied'; readonly reason: string }
  /** It answered something its contract does not allow. */
  | { readonly status: 'malformed'; readonly reason: string }
);

/** Kinds of observation. @public */
export type SignalKind =
  | 'metric'
  | 'log'
  | 'trace'
  | 'cost'
  | 'change'
  | 'alert'
  | 'state'
  | 'document';
