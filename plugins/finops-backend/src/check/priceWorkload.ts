import { money, Money } from '@apexlogic/backstage-plugin-finops-common';
import {
  DesiredContainer,
  DesiredState,
  parseQuantity,
} from '@apexlogic/backstage-plugin-finops-manifests';
import { WorkloadHistory } from '../analysis/types';
import { priceSaving, RequestedAfter } from '../decision/priceSaving';

/** What a change of one workload costs more a month, or why that is not known. */
export type PricedChange =
  | { readonly kind: 'priced'; readonly monthly: Money }
  | { readonly kind: 'no-price'; readonly reason: string };

/**
 * The difference of two states of a workload at the prices of its last days. Both are priced against what
 * runs, so that a file which has drifted from it is not charged with the drift.
 *
 * @param before - absent: it is new in its file, and compared with what runs
 * @param after - absent: the change removes the workload
 */
export function priceWorkload(
  history: WorkloadHistory,
  before: DesiredState | undefined,
  after: DesiredState | undefined,
  now: string,
): PricedChange {
  const extended = withContainers(history, [
    ...(before?.containers ?? []),
    ...(after?.containers ?? []),
  ]);
  const from = priceSaving(
    extended,
    before
      ? requested(extended, before, after)
      : { replicas: 'as-they-run', containers: new Map() },
    now,
  );
  const to = after
    ? priceSaving(extended, requested(extended, after, before), now)
    : priceSaving(
        // What is gone uses nothing either.
        { ...extended, series: extended.series.filter(isNoUsage) },
        { replicas: { times: 0 }, containers: new Map() },
        now,
      );
  if (from.kind === 'no-price') {
    return from;
  }
  if (to.kind === 'no-price') {
    return to;
  }
  const { expected } = from.saving;
  return {
    kind: 'priced',
    monthly: money(
      expected.amountMicros - to.saving.expected.amountMicros,
      expected.currency,
    ),
  };
}

function isNoUsage({ metric }: WorkloadHistory['series'][number]): boolean {
  return metric !== 'cpu-usage-sum' && metric !== 'memory-usage-sum';
}

/** A container that does not run yet counts as one that requests nothing. */
function withContainers(
  history: WorkloadHistory,
  containers: readonly DesiredContainer[],
): WorkloadHistory {
  const { state } = history.stored;
  const known = new Set(state.containers.map(container => container.name));
  const added = [
    ...new Set(
      containers.filter(container => !container.init).map(({ name }) => name),
    ),
  ].filter(name => !known.has(name));
  return {
    ...history,
    stored: {
      ...history.stored,
      state: {
        ...state,
        containers: [
          ...state.containers,
          ...added.map(name => ({ name, cpuRequest: 0, memoryRequest: 0 })),
        ],
      },
    },
  };
}

/** What neither side says stays as it runs: a patch says only a part. */
function requested(
  { stored }: WorkloadHistory,
  wanted: DesiredState,
  other: DesiredState | undefined,
): RequestedAfter {
  const containers = new Map(
    stored.state.containers.map(({ name }) => {
      const [own, others] = [wanted, other].map(side =>
        side?.containers.find(
          candidate => candidate.name === name && !candidate.init,
        ),
      );
      const amount = (resource: 'cpu' | 'memory') =>
        requestOf(own, resource) ??
        (requestOf(others, resource) === undefined ? undefined : 0);
      return [name, { cpu: amount('cpu'), memory: amount('memory') }];
    }),
  );
  const scales =
    other !== undefined &&
    wanted.replicas !== other.replicas &&
    !stored.state.autoscaler;
  return {
    replicas: scales ? wanted.replicas ?? 1 : 'as-they-run',
    containers,
  };
}

/** Kubernetes requests the limit where nothing is requested. */
function requestOf(
  container: DesiredContainer | undefined,
  resource: 'cpu' | 'memory',
): number | undefined {
  const quantity =
    resource === 'cpu'
      ? container?.cpuRequest ?? container?.cpuLimit
      : container?.memoryRequest ?? container?.memoryLimit;
  return quantity === undefined ? undefined : parseQuantity(quantity)?.amount;
}
