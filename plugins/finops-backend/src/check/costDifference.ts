import {
  addDays,
  dayOf,
  Money,
  sumMoneyByCurrency,
} from '@apexlogic/backstage-plugin-finops-common';
import { ComparedObject } from '@apexlogic/backstage-plugin-finops-manifests';
import { CostDifference } from '../database/CheckStore';
import { Stores } from '../database/createStores';
import { namespaceOf } from '../ingestion/context';
import { ChangedWorkload } from './matchWorkloads';
import { priceWorkload } from './priceWorkload';
import { MeasuredWorkload } from './readHistory';

/** Days over which the coverage of a namespace is looked at. */
const COVERAGE_DAYS = 14;

/** Kinds that cost something, though not by requests of containers. */
const UNPRICED_KINDS: Readonly<Record<string, string>> = {
  HorizontalPodAutoscaler: 'what an autoscaler adds depends on the load',
  PersistentVolumeClaim: 'storage is not priced yet',
  Job: 'how often it runs is not known',
};

/** What a change costs more a month, summed by currency, with what has no price. */
export async function costDifference(
  stores: Stores,
  objects: readonly ComparedObject[],
  workloads: readonly ChangedWorkload[],
  measured: ReadonlyMap<ChangedWorkload, MeasuredWorkload>,
  now: string,
): Promise<CostDifference> {
  const amounts: Money[] = [];
  const unpriced: CostDifference['unpriced'][number][] = [];
  let priced = 0;
  for (const workload of workloads) {
    const { compared, match, before, after } = workload;
    const subject = nameOf(compared);
    const history = measured.get(workload)?.history;
    if (match.kind === 'unknown' || !history) {
      const reason = match.kind === 'unknown' ? match.reason : 'no history';
      unpriced.push({ subject, reason });
      continue;
    }
    const price = priceWorkload(history, before, after, now);
    if (price.kind === 'no-price') {
      unpriced.push({ subject, reason: price.reason });
      continue;
    }
    priced++;
    amounts.push(price.monthly);
  }
  for (const compared of objects) {
    const reason = UNPRICED_KINDS[compared.object.kind];
    if (reason) {
      unpriced.push({ subject: nameOf(compared), reason });
    }
  }
  const namespaces = new Set(
    [...measured.values()].map(({ history }) =>
      namespaceOf(history.stored.workload),
    ),
  );
  const today = dayOf(now);
  const coverage = (
    await stores.costs.getCoverage(
      namespaces,
      addDays(today, -COVERAGE_DAYS),
      today,
    )
  ).map(({ ratio }) => ratio);
  return {
    monthly: sumMoneyByCurrency(amounts),
    priced,
    unpriced,
    ...(coverage.length > 0 && { coverage: Math.min(...coverage) }),
  };
}

/** An object in words. */
export function nameOf({ object }: ComparedObject): string {
  const { kind, namespace, name } = object;
  return `${kind} ${namespace ? `${namespace}/` : ''}${name}`;
}
