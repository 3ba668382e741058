/**
 * How one read of a source ended. "No data", "not configured", "down" and "denied" are different
 * answers and are shown as such; an exception is a defect.
 *
 * @public
 */
export type SourceResult<T> =
  | {
      readonly status: 'ok';
      readonly data: T;
      /** ISO instant of the newest datum. */
      readonly asOf: string;
      /** What the source itself said of its answer, e.g. that a store was unreachable: the data may be partial. */
      readonly warnings?: readonly string[];
    }
  | { readonly status: 'no-data' }
  | {
      readonly status: 'not-configured';
      /** What to configure, in words. */ readonly fix: string;
    }
  | { readonly status: 'down'; readonly reason: string }
  | { readonly status: 'denied'; readonly reason: string }
  /** The source answered something that is not what its contract says. */
  | { readonly status: 'malformed'; readonly reason: string };
