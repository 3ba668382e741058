import { Workload } from '@apexlogic/backstage-plugin-finops-common';
import { seededRandom } from '../../seededRandom';

export const STEP_S = 300;
export const POINTS_OF_DAY = 86_400 / STEP_S;

/** A fleet of workloads with one container each, spread over namespaces. */
export interface Fleet {
  readonly namespaces: readonly (readonly Workload[])[];
}

export function makeFleet(containers: number, perNamespace: number): Fleet {
  const namespaces: Workload[][] = [];
  for (let index = 0; index < containers; index++) {
    const namespace = Math.floor(index / perNamespace);
    (namespaces[namespace] ??= []).push({
      cluster: 'c1',
      namespace: `team-${namespace}`,
      kind: 'Deployment',
      name: `service-${index}`,
    });
  }
  return { namespaces };
}

/**
 * Use of one container on days `[firstDay, firstDay + days)`, the same every time: noise around a level,
 * a day and a working week; cores, or bytes for memory.
 */
export function useOf(
  workload: Workload,
  resource: 'cpu' | 'memory',
  firstDay: number,
  days: number,
): Float64Array {
  const index = Number(workload.name.split('-')[1]);
  const shape = seededRandom(2 * index + (resource === 'cpu' ? 1 : 2));
  const level = 10 ** (3 * shape() - 2) * (resource === 'cpu' ? 1 : 2 ** 30);
  const daily = shape() * 0.8;
  const noise = 0.05 + 0.3 * shape();
  const random = seededRandom(1_000_003 * firstDay + index);
  return Float64Array.from({ length: days * POINTS_OF_DAY }, (_, i) => {
    const day = firstDay + Math.floor(i / POINTS_OF_DAY);
    const season = 1 + daily * Math.sin((i / POINTS_OF_DAY) * 2 * Math.PI);
    const weekend = day % 7 >= 5 ? 0.7 : 1;
    return level * season * weekend * (1 + noise * (random() - 0.5));
  });
}
