import {
  addMoney,
  allocateMoney,
  DAY_MS,
  Day,
  dayOf,
  Money,
  money,
  moneyFromUnits,
  scaleMoney,
  subtractMoney,
  sumMoney,
  WorkloadKey,
} from '@apexlogic/backstage-plugin-finops-common';
import { CostCategory } from '@apexlogic/backstage-plugin-finops-node';
import { DAY_SECONDS, HOUR_SECONDS, STEP_SECONDS } from './calendar';
import { Estate, PlacedService } from './estate';
import { noiseStream } from './noise';
import { PriceList, priceListOf } from './prices';
import { EVENT_BUS, EVENT_BUS_USERS } from './services';

const BYTES_PER_GIB = 1024 ** 3;
const STEPS_PER_DAY = DAY_SECONDS / STEP_SECONDS;
const HOURS_PER_STEP = STEP_SECONDS / HOUR_SECONDS;
/** Idle capacity of the nodes as a share of the compute cost on them: mean and range. */
const IDLE_SHARE = 0.12;
const IDLE_SPREAD = 0.03;
/** Share of the event bus's cost charged to its users; the rest is the platform's own reserve. */
const EVENT_BUS_CHARGED = 0.8;

/** What a workload consumed on one day, as billing counts it. */
export interface DayQuantities {
  cpuCoreHours: number;
  memoryGibHours: number;
  gpuHours: number;
  storageGibHours: number;
  egressGib: number;
  loadBalancerHours: number;
  requests: number;
}

/** Final cost of a workload on a day in a category. */
export interface BilledRow {
  readonly workload: WorkloadKey;
  readonly category: CostCategory;
  readonly cost: Money;
}

/** One account's bill for one cluster and day; the rows sum to the lines exactly. */
export interface DailyInvoice {
  readonly account: string;
  readonly cluster: string;
  readonly day: Day;
  readonly currency: string;
  readonly lines: readonly {
    readonly category: CostCategory;
    readonly cost: Money;
  }[];
  readonly total: Money;
  readonly rows: readonly BilledRow[];
}

/** Bills of the estate. */
export interface Billing {
  /** Bills of all accounts for a complete day that lies in the recording; empty for missing days. */
  invoices(day: Day): readonly DailyInvoice[];
  /** The same had a story not happened. */
  invoicesWithout(day: Day, storyId: string): readonly DailyInvoice[];
  quantities(workload: WorkloadKey, day: Day): DayQuantities;
}

export function createBilling(estate: Estate): Billing {
  // A few thousand small rows at most, and every namespace's read needs the whole cluster's bill.
  const cache = new Map<Day, readonly DailyInvoice[]>();
  const groups = groupByAccount(estate.services);

  function compute(day: Day, without?: string): readonly DailyInvoice[] {
    if (!isBillable(day)) {
      return [];
    }
    return groups
      .filter(group => !estate.isMissingDay(group.cluster, epochOf(day)))
      .map(group => invoiceOf(estate, group, day, without));
  }

  function isBillable(day: Day): boolean {
    return (
      epochOf(day) >= estate.calendar.start &&
      day <= lastCompleteDay(estate.end())
    );
  }

  return {
    invoices(day) {
      if (!isBillable(day)) {
        return [];
      }
      let invoices = cache.get(day);
      if (!invoices) {
        invoices = compute(day);
        cache.set(day, invoices);
      }
      return invoices;
    },
    invoicesWithout: compute,
    quantities(workload, day) {
      const placed = estate.find(workload);
      if (!placed) {
        throw new Error(`no workload '${workload}' in the estate`);
      }
      return quantitiesOf(estate, placed, day);
    },
  };
}

interface AccountGroup {
  readonly cluster: string;
  readonly prices: PriceList;
  readonly members: readonly PlacedService[];
}

function groupByAccount(services: readonly PlacedService[]): AccountGroup[] {
  const groups = new Map<
    string,
    { cluster: string; prices: PriceList; members: PlacedService[] }
  >();
  for (const placed of services) {
    const { cluster } = placed.service;
    const prices = priceListOf(placed.service);
    const id = `${cluster}/${prices.account}`;
    const group = groups.get(id) ?? { cluster, prices, members: [] };
    group.members.push(placed);
    groups.set(id, group);
  }
  return [...groups.values()];
}

function quantitiesOf(
  estate: Estate,
  placed: PlacedService,
  day: Day,
  without?: string,
): DayQuantities {
  const { service } = placed;
  const quantities: DayQuantities = {
    cpuCoreHours: 0,
    memoryGibHours: 0,
    gpuHours: 0,
    storageGibHours: 0,
    egressGib: 0,
    loadBalancerHours: 0,
    requests: 0,
  };
  const first = epochOf(day) / STEP_SECONDS;
  for (let index = first; index < first + STEPS_PER_DAY; index++) {
    if (index * STEP_SECONDS < placed.createdAt) {
      continue;
    }
    const sample = estate.sampleAt(placed, index, without);
    // Reserved or used, whichever is more: what OpenCost's specification charges a container.
    for (const [position, container] of service.containers.entries()) {
      const used = sample.containers[position];
      quantities.cpuCoreHours +=
        Math.max(container.cpuRequest * sample.replicas, used.cpuSum) *
        HOURS_PER_STEP;
      quantities.memoryGibHours +=
        (Math.max(container.memoryRequest * sample.replicas, used.memorySum) /
          BYTES_PER_GIB) *
        HOURS_PER_STEP;
    }
    quantities.gpuHours +=
      (service.gpusPerPod ?? 0) * sample.replicas * HOURS_PER_STEP;
    quantities.storageGibHours +=
      (sample.volumeCapacity / BYTES_PER_GIB) * HOURS_PER_STEP;
    quantities.egressGib +=
      (sample.networkTransmit * service.egressShare * STEP_SECONDS) /
      BYTES_PER_GIB;
    quantities.loadBalancerHours += service.loadBalancer ? HOURS_PER_STEP : 0;
    quantities.requests += sample.requestRate * STEP_SECONDS;
  }
  return quantities;
}

function invoiceOf(
  estate: Estate,
  group: AccountGroup,
  day: Day,
  without?: string,
): DailyInvoice {
  const { cluster, prices, members } = group;
  const { currency } = prices;
  const epoch = epochOf(day);
  const quantities = members.map(placed =>
    quantitiesOf(estate, placed, day, without),
  );
  const factor = (category: CostCategory) =>
    estate.stories.reduce(
      (product, { price, truth }) =>
        price?.category === category &&
        epoch >= price.from &&
        truth.id !== without
          ? product * price.factor
          : product,
      1,
    );

  const direct: readonly [CostCategory, (quantity: DayQuantities) => number][] =
    [
      ['cpu', q => q.cpuCoreHours * prices.cpuPerCoreHour],
      ['memory', q => q.memoryGibHours * prices.memoryPerGibHour],
      ['gpu', q => q.gpuHours * prices.gpuPerHour],
      ['storage', q => q.storageGibHours * prices.storagePerGibHour],
      ['network', q => q.egressGib * prices.egressPerGib],
      ['load-balancer', q => q.loadBalancerHours * prices.loadBalancerPerHour],
    ];
  const rows: BilledRow[] = [];
  const compute = members.map(() => 0);
  for (const [category, unitsOf] of direct) {
    const units = quantities.map(
      quantity => unitsOf(quantity) * factor(category),
    );
    const line = moneyFromUnits(
      units.reduce((sum, value) => sum + value, 0),
      currency,
    );
    for (const [position, cost] of allocateMoney(line, units).entries()) {
      rows.push({ workload: members[position].key, category, cost });
      if (category === 'cpu' || category === 'memory' || category === 'gpu') {
        compute[position] += cost.amountMicros;
      }
    }
  }

  const computeTotal = money(
    compute.reduce((sum, micros) => sum + micros, 0),
    currency,
  );
  const spread =
    noiseStream(estate.seed, `idle/${cluster}/${prices.account}`).uniform(
      epoch / DAY_SECONDS,
    ) *
      2 -
    1;
  const idle = scaleMoney(
    computeTotal,
    IDLE_SHARE + estate.noiseLevel * IDLE_SPREAD * spread,
  );
  const overhead = moneyFromUnits(prices.clusterPerDay, currency);
  const idleParts = allocateMoney(idle, compute);
  const overheadParts = allocateMoney(overhead, compute);
  for (const [position, { key }] of members.entries()) {
    rows.push({ workload: key, category: 'idle', cost: idleParts[position] });
    rows.push({
      workload: key,
      category: 'shared',
      cost: overheadParts[position],
    });
  }

  const charged = chargeEventBus(rows, members, quantities).filter(
    row => row.cost.amountMicros !== 0,
  );
  const categories = [...new Set(charged.map(row => row.category))];
  return {
    account: prices.account,
    cluster,
    day,
    currency,
    lines: categories.map(category => ({
      category,
      cost: sumMoney(
        charged.filter(row => row.category === category).map(row => row.cost),
        currency,
      ),
    })),
    // From the lines before anything was split, so that a test can tell when splitting loses money.
    total: addMoney(
      addMoney(sumDirect(quantities, direct, factor, currency), idle),
      overhead,
    ),
    rows: charged,
  };
}

function sumDirect(
  quantities: readonly DayQuantities[],
  direct: readonly [CostCategory, (quantity: DayQuantities) => number][],
  factor: (category: CostCategory) => number,
  currency: string,
): Money {
  return sumMoney(
    direct.map(([category, unitsOf]) =>
      moneyFromUnits(
        quantities.reduce(
          (sum, quantity) => sum + unitsOf(quantity) * factor(category),
          0,
        ),
        currency,
      ),
    ),
    currency,
  );
}

/** Moves the charged share of the bus's rows to its users, by messages published that day. */
function chargeEventBus(
  rows: readonly BilledRow[],
  members: readonly PlacedService[],
  quantities: readonly DayQuantities[],
): BilledRow[] {
  const busRows = rows.filter(row => row.workload === EVENT_BUS);
  if (busRows.length === 0) {
    return [...rows];
  }
  const { currency } = busRows[0].cost;
  const kept = busRows.map(row => ({
    ...row,
    cost: scaleMoney(row.cost, 1 - EVENT_BUS_CHARGED),
  }));
  const moved = subtractMoney(
    sumMoney(
      busRows.map(row => row.cost),
      currency,
    ),
    sumMoney(
      kept.map(row => row.cost),
      currency,
    ),
  );
  const messages = EVENT_BUS_USERS.map(({ workload, messagesPerRequest }) => {
    const position = members.findIndex(placed => placed.key === workload);
    return position < 0
      ? 0
      : quantities[position].requests * messagesPerRequest;
  });
  const parts = allocateMoney(moved, messages);
  const sharedByUser = new Map(
    EVENT_BUS_USERS.map(({ workload }, position) => [
      workload,
      parts[position],
    ]),
  );
  return [
    ...rows
      .filter(row => row.workload !== EVENT_BUS)
      .map(row => {
        const part =
          row.category === 'shared'
            ? sharedByUser.get(row.workload)
            : undefined;
        return part ? { ...row, cost: addMoney(row.cost, part) } : row;
      }),
    ...kept,
  ];
}

/** Epoch seconds of a day's start. */
export function epochOf(day: Day): number {
  return Date.parse(`${day}T00:00:00Z`) / 1000;
}

/** The last day that is complete at an instant, in epoch seconds. */
export function lastCompleteDay(epoch: number): Day {
  return dayOf(Math.floor(epoch / DAY_SECONDS) * DAY_MS - DAY_MS);
}
