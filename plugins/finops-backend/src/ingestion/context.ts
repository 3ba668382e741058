import { LoggerService } from '@backstage/backend-plugin-api';
import {
  Day,
  parseWorkloadKey,
  Workload,
  workloadKey,
} from '@apexlogic/backstage-plugin-finops-common';
import { Source } from '@apexlogic/backstage-plugin-finops-node';
import { Stores } from '../database/createStores';
import { ReadKind } from '../database/WatermarkStore';
import { EnvironmentRule } from './environmentOf';
import { Sources, sourcesOf, StatusLog } from './sources';

/** Days of history asked for when a workload is first seen, unless configured. */
export const DEFAULT_HISTORY_DAYS = 60;

/** What one pass of ingestion works with. */
export interface IngestionContext {
  readonly stores: Stores;
  readonly sources: Sources;
  readonly logger: LoggerService;
  readonly statuses: StatusLog;
  /** The instant the pass is for. */
  readonly now: Date;
  readonly historyDays: number;
  readonly environmentRules: readonly EnvironmentRule[];
  readonly signal: AbortSignal;
}

/** A workload to read and the entities it belongs to. */
export interface WorkloadSubject {
  readonly workload: Workload;
  readonly key: string;
  readonly environment: string;
  readonly entities: readonly {
    readonly entityRef: string;
    readonly ownerRef?: string;
  }[];
}

/** Workloads of one cluster and namespace that were read up to the same instant. */
export interface WorkloadGroup<T extends Source> {
  readonly source: T;
  readonly subjects: readonly WorkloadSubject[];
  /** ISO instant; absent when never read. */
  readonly through?: string;
}

/**
 * Groups workloads for the sources that speak of them: one cluster and namespace, one watermark, at
 * most the source's batch size. `all: false` asks one source per workload, where two would count the
 * same thing twice.
 */
export async function groupWorkloads<T extends Source>(
  context: IngestionContext,
  sources: readonly T[],
  subjects: readonly WorkloadSubject[],
  options: { readonly all: boolean; readonly readKind?: ReadKind },
): Promise<WorkloadGroup<T>[]> {
  const bySource = new Map<T, WorkloadSubject[]>();
  for (const subject of subjects) {
    const speaking = sourcesOf(sources, subject.workload.cluster);
    for (const source of options.all ? speaking : speaking.slice(0, 1)) {
      bySource.set(source, [...(bySource.get(source) ?? []), subject]);
    }
  }
  const groups: WorkloadGroup<T>[] = [];
  for (const [source, ofSource] of bySource) {
    const watermarks = await context.stores.watermarks.get(
      source.id,
      options.readKind ?? source.capabilities.kind,
      ofSource.map(subject => subject.key),
    );
    const parts = new Map<string, WorkloadSubject[]>();
    for (const subject of ofSource) {
      const { cluster, namespace } = subject.workload;
      const part = `${cluster}/${namespace}/${
        watermarks.get(subject.key) ?? ''
      }`;
      parts.set(part, [...(parts.get(part) ?? []), subject]);
    }
    const size = Math.max(1, source.capabilities.batchSize);
    for (const part of parts.values()) {
      for (let index = 0; index < part.length; index += size) {
        groups.push({
          source,
          subjects: part.slice(index, index + size),
          through: watermarks.get(part[0].key),
        });
      }
    }
  }
  return groups;
}

/** Refs of all entities a group's workloads belong to. */
export function entityRefsOf(subjects: readonly WorkloadSubject[]): string[] {
  return [
    ...new Set(
      subjects.flatMap(subject =>
        subject.entities.map(entity => entity.entityRef),
      ),
    ),
  ];
}

/** Cluster and namespace of a workload key. */
export function namespaceOf(key: string): string {
  const { cluster, namespace } = parseWorkloadKey(key);
  return `${cluster}/${namespace}`;
}

/** Keys of a group's workloads. */
export function keysOf(subjects: readonly WorkloadSubject[]): string[] {
  return subjects.map(subject => workloadKey(subject.workload));
}

/** Start of a UTC day as an ISO instant. */
export function instantOf(day: Day): string {
  return `${day}T00:00:00.000Z`;
}
