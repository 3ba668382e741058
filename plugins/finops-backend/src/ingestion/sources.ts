import { SourceStatus } from '@apexlogic/backstage-plugin-finops-common';
import {
  AlertSource,
  ChangeSource,
  CostSource,
  LogSource,
  MetricSource,
  Source,
  SourceResult,
  StateSource,
} from '@apexlogic/backstage-plugin-finops-node';

/** Every registered source, by kind. */
export interface Sources {
  readonly metric: readonly MetricSource[];
  readonly cost: readonly CostSource[];
  readonly change: readonly ChangeSource[];
  readonly state: readonly StateSource[];
  readonly log: readonly LogSource[];
  readonly alert: readonly AlertSource[];
}

/** Sources that speak of a cluster; those that name it stand before those that speak of all. */
export function sourcesOf<T extends Source>(
  sources: readonly T[],
  cluster: string,
): T[] {
  return [
    ...sources.filter(source => source.clusters?.includes(cluster)),
    ...sources.filter(source => source.clusters === undefined),
  ];
}

/** How badly a result speaks of its source; the worst of a pass is what is shown. */
export const SEVERITY: Record<SourceResult<unknown>['status'], number> = {
  down: 5,
  denied: 4,
  malformed: 3,
  'not-configured': 2,
  ok: 1,
  'no-data': 0,
};

/** Collects how the reads of one pass went, per entity and source. */
export class StatusLog {
  readonly #statuses = new Map<string, Map<string, SourceStatus>>();
  readonly #now: string;

  constructor(now: string) {
    this.#now = now;
  }

  record(
    entityRefs: Iterable<string>,
    source: Source,
    result: SourceResult<unknown>,
  ): void {
    const status = this.#statusOf(source, result);
    const key = `${status.kind} ${status.sourceId}`;
    for (const entityRef of entityRefs) {
      const ofEntity =
        this.#statuses.get(entityRef) ?? new Map<string, SourceStatus>();
      this.#statuses.set(entityRef, ofEntity);
      const before = ofEntity.get(key);
      const newer =
        before?.status === 'ok' && status.status === 'ok'
          ? status.asOf > before.asOf
          : !before || SEVERITY[status.status] > SEVERITY[before.status];
      if (newer) {
        ofEntity.set(key, status);
      }
    }
  }

  of(entityRef: string): SourceStatus[] {
    return [...(this.#statuses.get(entityRef)?.values() ?? [])];
  }

  #statusOf(source: Source, result: SourceResult<unknown>): SourceStatus {
    const subject = { sourceId: source.id, kind: source.capabilities.kind };
    switch (result.status) {
      case 'ok':
        return { ...subject, status: 'ok', asOf: result.asOf };
      case 'no-data':
        return { ...subject, status: 'no-data' };
      case 'not-configured':
        return { ...subject, status: 'not-configured', fix: result.fix };
      case 'down':
        return {
          ...subject,
          status: 'down',
          reason: result.reason,
          since: this.#now,
        };
      default:
        return { ...subject, status: result.status, reason: result.reason };
    }
  }
}

/**
 * Reads a source to its end. Sources answer failures as results; one that throws anyway is taken as
 * down, so that a defect in one never hides the others. Aborting is passed on.
 */
export async function* readSafely<T>(
  read: () => AsyncIterable<SourceResult<T>>,
  signal: AbortSignal,
): AsyncIterable<SourceResult<T>> {
  try {
    yield* read();
  } catch (error) {
    signal.throwIfAborted();
    yield {
      status: 'down',
      reason: error instanceof Error ? error.message : String(error),
    };
  }
}
