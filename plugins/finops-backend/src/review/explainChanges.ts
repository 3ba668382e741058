import {
  addDays,
  Day,
  formatMoney,
  money,
  parseWorkloadKey,
  subtractMoney,
  zeroMoney,
} from '@apexlogic/backstage-plugin-finops-common';
import { cutSeries, Series } from '@apexlogic/backstage-plugin-finops-analysis';
import { addSeries, meanOf, valueAt } from '../analysis/series';
import { StoredCost } from '../database/CostStore';
import { StoredMetric, StoredSeries, UsageStore } from '../database/UsageStore';
import { percent } from '../decision/words';
import { groupRows, Spend, totalOf } from './spend';
import { Schemas } from './types';

/** Changes listed. */
const MAX_CHANGES = 10;

/** Share of a change that one cause must explain to be named alone. */
const DOMINANT_SHARE = 2 / 3;

/** Changes below this share of the total are noise, not news. */
const MINIMUM_SHARE = 0.005;

/** What each category is paid for, as metrics; categories without one cannot be split. */
const QUANTITIES: Readonly<
  Record<string, readonly StoredMetric[] | undefined>
> = {
  cpu: ['cpu-request', 'cpu-usage-sum'],
  memory: ['memory-request', 'memory-usage-sum'],
  network: ['network-receive', 'network-transmit'],
  storage: ['volume-capacity'],
};

/** What changed against the span before, largest first, and whether price or usage did it. */
export async function explainChanges(
  usage: UsageStore,
  spend: Spend,
): Promise<Schemas['CostChange'][]> {
  const { currency, rows, previousRows, known } = spend;
  if (!previousRows) {
    return [];
  }
  const keyOf = (row: StoredCost) => `${row.workload}\n${row.category}`;
  const now = groupRows(rows, keyOf);
  const before = groupRows(previousRows, keyOf);
  const floor = MINIMUM_SHARE * Math.abs(totalOf(rows, currency).amountMicros);
  const changes = [...new Set([...now.keys(), ...before.keys()])]
    .map(key => {
      const [workload, category] = key.split('\n');
      const current = totalOf(now.get(key) ?? [], currency);
      const previous = totalOf(before.get(key) ?? [], currency);
      return {
        workload,
        category,
        current,
        previous,
        delta: subtractMoney(current, previous),
      };
    })
    .filter(change => Math.abs(change.delta.amountMicros) > floor)
    .sort(
      (a, b) => Math.abs(b.delta.amountMicros) - Math.abs(a.delta.amountMicros),
    )
    .slice(0, MAX_CHANGES);
  const days =
    (Date.parse(known.endDay) - Date.parse(known.startDay)) / 86_400_000;
  const previousStart = addDays(known.startDay, -days);
  const explained: Schemas['CostChange'][] = [];
  for (const { workload, category, current, previous, delta } of changes) {
    const label = `${category} of ${parseWorkloadKey(workload).name}`;
    const zero = zeroMoney(currency).amountMicros;
    if (previous.amountMicros === zero) {
      explained.push({
        kind: 'new',
        label,
        delta,
        explanation: 'Did not cost anything in the span before.',
      });
    } else if (current.amountMicros === zero) {
      explained.push({
        kind: 'removed',
        label,
        delta,
        explanation: 'Does not cost anything any more.',
      });
    } else {
      const quantities = await quantitiesOf(
        usage,
        workload,
        category,
        previousStart,
        known.startDay,
        known.endDay,
      );
      explained.push({
        label,
        delta,
        ...split(
          previous.amountMicros,
          current.amountMicros,
          quantities,
          currency,
        ),
      });
    }
  }
  return explained;
}

function split(
  before: number,
  after: number,
  quantities: { before: number; after: number } | undefined,
  currency: string,
): { kind: Schemas['CostChange']['kind']; explanation?: string } {
  if (!quantities || !(quantities.before > 0 && quantities.after > 0)) {
    return { kind: 'mixed' };
  }
  // Usage at the old price, then the price of the new usage: together exactly the change.
  const usageEffect = before * (quantities.after / quantities.before - 1);
  const priceEffect = after - before - usageEffect;
  const whole = Math.abs(usageEffect) + Math.abs(priceEffect);
  const words = `Quantity ${signed(
    quantities.after / quantities.before - 1,
  )}, price ${signed(
    after / quantities.after / (before / quantities.before) - 1,
  )}: ${formatMoney(
    money(Math.round(usageEffect), currency),
  )} by usage, ${formatMoney(
    money(Math.round(priceEffect), currency),
  )} by price.`;
  if (Math.abs(priceEffect) >= DOMINANT_SHARE * whole) {
    return { kind: 'price', explanation: words };
  }
  return {
    kind: Math.abs(usageEffect) >= DOMINANT_SHARE * whole ? 'usage' : 'mixed',
    explanation: words,
  };
}

function signed(ratio: number): string {
  return `${ratio >= 0 ? '+' : '−'}${percent(Math.abs(ratio))}`;
}

async function quantitiesOf(
  usage: UsageStore,
  workload: string,
  category: string,
  start: Day,
  middle: Day,
  end: Day,
): Promise<{ before: number; after: number } | undefined> {
  const metrics = QUANTITIES[category];
  if (!metrics) {
    return undefined;
  }
  const series = await usage.getSeries(
    workload,
    [...metrics, 'replicas'],
    start,
    end,
  );
  const quantity = quantityOf(category, metrics, series);
  if (!quantity) {
    return undefined;
  }
  const [from, between, to] = [start, middle, end].map(
    day => Date.parse(`${day}T00:00:00Z`) / 1000,
  );
  const before = meanOf(cutSeries(quantity, from, between).values);
  const after = meanOf(cutSeries(quantity, between, to).values);
  return before === undefined || after === undefined
    ? undefined
    : { before, after };
}

/** Cores and bytes are paid by the larger of request and use; bytes moved and stored as they are. */
function quantityOf(
  category: string,
  metrics: readonly StoredMetric[],
  series: readonly StoredSeries[],
): Series | undefined {
  if (category !== 'cpu' && category !== 'memory') {
    return addSeries(series.filter(item => metrics.includes(item.metric)));
  }
  const [requestMetric, usageMetric] = metrics;
  const request = addSeries(
    series.filter(item => item.metric === requestMetric),
  );
  const used = addSeries(series.filter(item => item.metric === usageMetric));
  const replicas = series.find(item => item.metric === 'replicas');
  if (!request || !replicas) {
    return undefined;
  }
  const values = Float64Array.from(request.values, (perPod, index) => {
    const at = request.start + index * request.step;
    const requested = perPod * valueAt(replicas, at);
    const use = used ? valueAt(used, at) : NaN;
    return Number.isFinite(use) ? Math.max(requested, use) : requested;
  });
  return { start: request.start, step: request.step, values };
}
