import { addDays, Day, dayOf } from '@apexlogic/backstage-plugin-finops-common';
import {
  CostBatch,
  CostRow,
  CostSource,
} from '@apexlogic/backstage-plugin-finops-node';
import {
  entityRefsOf,
  groupWorkloads,
  IngestionContext,
  instantOf,
  keysOf,
  WorkloadGroup,
  WorkloadSubject,
} from './context';
import { readSafely } from './sources';

/** Days within which cost of a workload that had none so far is still expected to arrive. */
const LATE_DAYS = 7;

/** Reads cost from the first day that may still be restated and replaces what was known of those days. */
export async function readCosts(
  context: IngestionContext,
  subjects: readonly WorkloadSubject[],
): Promise<void> {
  // One source per workload: two would count its cost twice.
  for (const group of await groupWorkloads(
    context,
    context.sources.cost,
    subjects,
    { all: false },
  )) {
    await readGroup(context, group);
  }
}

async function readGroup(
  context: IngestionContext,
  group: WorkloadGroup<CostSource>,
): Promise<void> {
  const { stores, statuses, now, signal, historyDays } = context;
  const { source, subjects } = group;
  const refs = entityRefsOf(subjects);
  const today = dayOf(now);
  const days = Math.min(historyDays, source.capabilities.historyDays);
  const startDay = group.through ? dayOf(group.through) : addDays(today, -days);
  const period = {
    start: instantOf(startDay),
    end: instantOf(addDays(today, 1)),
  };
  const workloads = subjects.map(subject => subject.workload);
  const rows: CostRow[] = [];
  const coverage: CostBatch['coverage'][number][] = [];
  let complete = true;
  for await (const result of readSafely(
    () => source.readCosts({ workloads, period }, { signal }),
    signal,
  )) {
    if (result.status === 'ok') {
      const good = result.data.rows.filter(isSound);
      rows.push(...good);
      coverage.push(
        ...result.data.coverage.filter(({ ratio }) => ratio >= 0 && ratio <= 1),
      );
      statuses.record(
        refs,
        source,
        good.length === result.data.rows.length
          ? result
          : unsound(result.data.rows.length - good.length),
      );
    } else {
      statuses.record(refs, source, result);
      complete &&= result.status === 'no-data';
    }
  }
  await save(context, group, rows, coverage);
  if (complete) {
    const next =
      rows.length > 0 ? nextStart(rows, today) : addDays(today, -LATE_DAYS);
    await stores.watermarks.set(
      source.id,
      'cost',
      keysOf(subjects),
      instantOf(next < startDay ? startDay : next),
    );
  }
}

/** First day the next read must ask for: the first that is provisional, or the one after the last known. */
function nextStart(rows: readonly CostRow[], today: Day): Day {
  const provisional = rows.filter(row => row.provisional).map(row => row.day);
  const last = rows.reduce(
    (latest, row) => (row.day > latest ? row.day : latest),
    rows[0].day,
  );
  return [...provisional, addDays(last, 1), today].reduce((first, day) =>
    day < first ? day : first,
  );
}

async function save(
  context: IngestionContext,
  { source, subjects }: WorkloadGroup<CostSource>,
  rows: readonly CostRow[],
  coverage: CostBatch['coverage'],
): Promise<void> {
  const { stores } = context;
  const days = [
    ...new Set([
      ...rows.map(row => row.day),
      ...coverage.map(({ day }) => day),
    ]),
  ];
  if (days.length === 0) {
    return;
  }
  const summed = sumRows(rows);
  for (const entityRef of entityRefsOf(subjects)) {
    const own = new Map(
      subjects.flatMap(subject => {
        const entity = subject.entities.find(
          candidate => candidate.entityRef === entityRef,
        );
        return entity
          ? [[subject.key, { subject, ownerRef: entity.ownerRef }] as const]
          : [];
      }),
    );
    await stores.costs.replaceDays({
      entityRef,
      sourceId: source.id,
      workloads: [...own.keys()],
      days,
      rows: summed.flatMap(row => {
        const owned = own.get(row.workload);
        return owned
          ? [
              {
                entityRef,
                sourceId: source.id,
                workload: row.workload,
                day: row.day,
                category: row.category,
                currency: row.cost.currency,
                micros: row.cost.amountMicros,
                provisional: row.provisional,
                environment: owned.subject.environment,
                ownerRef: owned.ownerRef,
              },
            ]
          : [];
      }),
    });
  }
  const { cluster, namespace } = subjects[0].workload;
  await stores.costs.saveCoverage(
    [...new Map(coverage.map(({ day, ratio }) => [day, ratio]))].map(
      ([day, ratio]) => ({
        sourceId: source.id,
        cluster,
        namespace,
        day,
        ratio,
      }),
    ),
  );
}

/** A source may yield one key in several parts; the store keeps one row a key. */
function sumRows(rows: readonly CostRow[]): CostRow[] {
  const byKey = new Map<string, CostRow>();
  for (const row of rows) {
    const key = `${row.workload}\n${row.day}\n${row.category}\n${row.cost.currency}`;
    const before = byKey.get(key);
    byKey.set(
      key,
      before
        ? {
            ...row,
            cost: {
              ...row.cost,
              amountMicros: before.cost.amountMicros + row.cost.amountMicros,
            },
            provisional: before.provisional || row.provisional,
          }
        : row,
    );
  }
  return [...byKey.values()];
}

function isSound(row: CostRow): boolean {
  return (
    Number.isSafeInteger(row.cost.amountMicros) &&
    /^[A-Z]{3}$/.test(row.cost.currency) &&
    /^\d{4}-\d{2}-\d{2}$/.test(row.day)
  );
}

function unsound(count: number) {
  return {
    status: 'malformed' as const,
    reason: `${count} cost rows without a usable amount, currency or day were left out`,
  };
}
