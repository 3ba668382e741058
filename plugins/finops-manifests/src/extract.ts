import type {
  ObjectRef,
  Workload,
} from '@apexlogic/backstage-plugin-finops-common';
import type { DesiredState } from './kubernetes/desiredState';
import {
  createRepositoryReader,
  RepositoryReader,
} from './kubernetes/repositoryReader';
import { findChartWorkload } from './helm/findChartWorkload';
import { resolveWorkload, scopeOf } from './kubernetes/resolveWorkload';
import type { Ambiguous, NotManaged, RepositorySnapshot } from './types';

/** @public */
export interface ExtractTarget {
  readonly workload: Workload;
  readonly path?: string;
}

/** What the files want of a workload, all layers together. @public */
export interface Extracted {
  readonly kind: 'extracted';
  readonly object: ObjectRef;
  readonly desired: DesiredState;
  /** Files that say something about it, farthest first. */
  readonly paths: readonly string[];
}

/** Reads back what the files want of a workload, to be compared with what runs. @public */
export async function extract(
  target: ExtractTarget,
  snapshot: RepositorySnapshot,
): Promise<Extracted | Ambiguous | NotManaged> {
  return extractIn(target, createRepositoryReader(snapshot));
}

/** {@link extract} over a reader that other steps use too. */
export async function extractIn(
  target: ExtractTarget,
  reader: RepositoryReader,
): Promise<Extracted | Ambiguous | NotManaged> {
  const resolved = await resolveWorkload(target, reader);
  if (resolved.kind !== 'resolved') {
    const charted = await findChartWorkload(
      target.workload,
      scopeOf(target.path),
      reader,
    );
    if (charted?.kind === 'chart-workload') {
      const { object, layers: values } = charted;
      return {
        kind: 'extracted',
        object: {
          apiVersion: object.apiVersion,
          kind: object.kind,
          namespace: target.workload.namespace,
          name: target.workload.name,
        },
        desired: charted.desired,
        paths: [...new Set([object.file, ...values.map(layer => layer.path)])],
      };
    }
    return resolved.kind === 'ambiguous' ? resolved : charted ?? resolved;
  }
  const { apiVersion, kind, namespace, name, layers } = resolved.workload;
  return {
    kind: 'extracted',
    object: { apiVersion, kind, namespace, name },
    desired: resolved.desired,
    paths: [...new Set(layers.map(layer => layer.path))],
  };
}
