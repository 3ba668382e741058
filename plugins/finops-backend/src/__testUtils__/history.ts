import { dayOf, DAY_MS } from '@apexlogic/backstage-plugin-finops-common';
import { WorkloadHistory } from '../analysis/types';
import { NOW, WORKLOAD } from './fixtures';

const GIB = 1024 ** 3;

/** A Deployment that requests a core and a gibibyte a pod, with one day of CPU cost per number given. */
export function history(options: {
  cpuMicros: number[];
  replicas?: number;
  usedCores?: number;
  provisional?: boolean;
  currencies?: string[];
  specChangedAt?: string;
}): WorkloadHistory {
  const {
    cpuMicros,
    replicas = 3,
    usedCores = 0,
    provisional = false,
    currencies = ['USD'],
    specChangedAt,
  } = options;
  const days = cpuMicros.map((_, index) =>
    dayOf(Date.parse(NOW) - (cpuMicros.length - index) * DAY_MS),
  );
  return {
    stored: {
      workload: WORKLOAD,
      environment: 'production',
      sourceId: 'cluster',
      observedAt: NOW,
      state: {
        workload: {
          cluster: 'c1',
          namespace: 'production',
          kind: 'Deployment',
          name: 'web',
        },
        replicas,
        containers: [{ name: 'web', cpuRequest: 1, memoryRequest: GIB }],
        labels: {},
        annotations: {},
        specChangedAt,
      },
    },
    series: [
      {
        workload: WORKLOAD,
        container: 'web',
        metric: 'cpu-usage-sum',
        start: Date.parse(`${days[0]}T00:00:00Z`) / 1000,
        step: 3600,
        values: new Float64Array(24 * days.length).fill(usedCores),
      },
    ],
    origins: [],
    costs: days.flatMap((day, index) =>
      currencies.map(currency => ({
        entityRef: 'component:default/web',
        sourceId: 'bill',
        workload: WORKLOAD,
        day,
        category: 'cpu' as const,
        currency,
        micros: cpuMicros[index],
        provisional,
        environment: 'production',
      })),
    ),
  };
}
