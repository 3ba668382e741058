import { createHash } from 'node:crypto';
import {
  LogFinding,
  logFindings,
} from '@apexlogic/backstage-plugin-finops-analysis';
import { StoredFinding } from '../database/FindingStore';
import { StoredLogCounts } from '../database/LogTemplateStore';
import { flatLine, toEvidenceSeries } from './series';

const HOUR_SECONDS = 3600;
const DAY_HOURS = 24;

/** Hours that say what is usual before anything is called new or changed. */
const BASELINE_HOURS = 3 * DAY_HOURS;

/** Days back from now of which something is said. */
const JUDGED_DAYS = 14;

/** What changed for less than a day may be the time of day. */
const MINIMUM_SHIFT_HOURS = DAY_HOURS;

/** Factor by which a message's share of all lines must change too, else only the traffic did. */
const LEAST_SHARE_FACTOR = 2;

const LEAST_CONFIDENCE = 0.75;

/** Findings of one workload; a release that rewords everything is not a page of them. */
const MAX_FINDINGS = 5;

/** Characters of a message in a title. */
const TITLE_LENGTH = 80;

type Template = StoredLogCounts['templates'][number];

interface Judged {
  readonly finding: LogFinding;
  /** First hour among those read. */
  readonly from: number;
  readonly confidence: number;
}

/** New messages in the logs of a workload and messages whose rate changed, the strongest first. */
export function findLogAnomalies(
  entityRef: string,
  workload: { readonly key: string; readonly name: string },
  logs: StoredLogCounts | undefined,
): StoredFinding[] {
  if (!logs) {
    return [];
  }
  // Hours nobody read are neither silence nor noise: the models see those that were, one after the other.
  // Before its first line a workload was not there, so that nothing was usual yet.
  const firstLine = logs.totals.findIndex(total => total > 0);
  const hours: number[] = [];
  logs.totals.forEach((total, hour) => {
    if (firstLine >= 0 && hour >= firstLine && Number.isFinite(total)) {
      hours.push(hour);
    }
  });
  const read = (values: Float64Array) =>
    Float64Array.from(hours, hour => values[hour]);
  const totals = read(logs.totals);
  return logs.templates
    .filter(({ wordings }) => wordings.length > 0)
    .flatMap(template => {
      const judged = judge(template, read(template.counts), totals, {
        hours,
        start: logs.start,
        templates: logs.templates.length,
      });
      return judged ? [{ template, ...judged }] : [];
    })
    .sort(
      (a, b) =>
        b.confidence - a.confidence || b.finding.score - a.finding.score,
    )
    .slice(0, MAX_FINDINGS)
    .map(({ template, finding, from, confidence }) =>
      findingOf({
        entityRef,
        workload,
        logs,
        template,
        finding,
        confidence,
        hours,
        from,
        counts: read(template.counts),
      }),
    );
}

function judge(
  { template, examples }: Template,
  values: Float64Array,
  totals: Float64Array,
  grid: {
    readonly hours: readonly number[];
    readonly start: number;
    readonly templates: number;
  },
): Judged | undefined {
  const last = values.length;
  const count = {
    template,
    counts: { start: 0, step: HOUR_SECONDS, values },
    firstAt: 0,
    lastAt: 0,
    examples,
  };
  const oldest = Math.max(BASELINE_HOURS, last - JUDGED_DAYS * DAY_HOURS);
  const first = values.findIndex(value => value > 0);
  if (first >= oldest) {
    const [finding] = logFindings([count], first);
    // How likely it would have been seen before, had it always come as often.
    const confidence = finding ? 1 - Math.exp(-finding.rateAfter * first) : 0;
    return finding && confidence >= LEAST_CONFIDENCE
      ? { finding, from: first, confidence }
      : undefined;
  }
  // Both sides of a midnight hold whole days, so that the time of day is no change.
  const midnights = grid.hours.flatMap((hour, index) =>
    hour % DAY_HOURS === 0 &&
    index >= oldest &&
    index <= last - MINIMUM_SHIFT_HOURS
      ? [index]
      : [],
  );
  // The bar of each look rises with all looks at all templates.
  const looks = new Array<typeof count>(
    Math.max(1, midnights.length * grid.templates) - 1,
  ).fill({
    ...count,
    counts: { ...count.counts, values: new Float64Array(0) },
  });
  let best: Judged | undefined;
  for (const from of midnights) {
    const [finding] = logFindings([count, ...looks], from);
    if (
      finding &&
      finding.score > (best?.finding.score ?? 0) &&
      shareChanged(values, totals, from)
    ) {
      best = {
        finding,
        from: changedAt(values, from, finding),
        confidence: 1 - Math.exp(-(finding.score ** 2) / 2),
      };
    }
  }
  return best;
}

function shareChanged(
  values: Float64Array,
  totals: Float64Array,
  from: number,
): boolean {
  const sum = (list: Float64Array) => list.reduce((a, b) => a + b, 0);
  const before = sum(values.subarray(0, from)) / sum(totals.subarray(0, from));
  const after = sum(values.subarray(from)) / sum(totals.subarray(from));
  return (
    Math.max(before, after) >= LEAST_SHARE_FACTOR * Math.min(before, after)
  );
}

/** The hour within a day of the best midnight that splits the counts best into the two rates. */
function changedAt(
  values: Float64Array,
  midnight: number,
  { rateBefore, rateAfter }: LogFinding,
): number {
  const middle = (rateBefore + rateAfter) / 2;
  const sign = Math.sign(rateAfter - rateBefore);
  const first = Math.max(1, midnight - DAY_HOURS);
  const last = Math.min(values.length, midnight + DAY_HOURS);
  let [best, lowest, sum] = [first, 0, 0];
  for (let hour = first; hour < last; hour++) {
    sum += sign * (values[hour] - middle);
    if (sum < lowest) {
      lowest = sum;
      best = hour + 1;
    }
  }
  return Math.min(best, values.length - 1);
}

function findingOf(options: {
  entityRef: string;
  workload: { readonly key: string; readonly name: string };
  logs: StoredLogCounts;
  template: Template;
  finding: LogFinding;
  confidence: number;
  hours: readonly number[];
  from: number;
  counts: Float64Array;
}): StoredFinding {
  const { entityRef, workload, logs, template, finding } = options;
  const { confidence, hours, from, counts } = options;
  const { kind, direction, rateBefore, rateAfter, model } = finding;
  const instant = (hour: number) =>
    new Date((logs.start + hour * HOUR_SECONDS) * 1000).toISOString();
  const lastDay = counts.subarray(-DAY_HOURS);
  const now = lastDay.reduce((a, b) => a + b, 0) / lastDay.length;
  const ongoing =
    kind === 'new-template'
      ? now > 0
      : Math.abs(now - rateAfter) < Math.abs(now - rateBefore);
  let end = counts.length - 1;
  if (kind === 'new-template' && !ongoing) {
    end = counts.reduce((at, value, hour) => (value > 0 ? hour : at), from);
  }
  const period = { start: instant(hours[from]), end: instant(hours[end] + 1) };
  const message = quoted(template.template);
  const noun =
    kind === 'new-template'
      ? 'New message'
      : `${direction === 'above' ? 'More' : 'Fewer'} messages`;
  const title = `${noun} in the logs of ${workload.name}: ${message}`;
  // A week of what was usual before it.
  const first = Math.max(0, hours[from] - 7 * DAY_HOURS);
  const observed = toEvidenceSeries(
    {
      start: logs.start + first * HOUR_SECONDS,
      step: HOUR_SECONDS,
      values: template.counts
        .map((count, hour) =>
          Number.isFinite(logs.totals[hour]) ? count : NaN,
        )
        .slice(first, hours[hours.length - 1] + 1),
    },
    { label: 'Lines an hour', unit: 'count', role: 'observed' },
  );
  // Counts spread by at least the root of their mean.
  const spread = 2 * Math.sqrt(rateBefore);
  return {
    id: createHash('sha256')
      .update(
        [entityRef, 'logs', workload.key, template.id, period.start].join('\n'),
      )
      .digest('hex')
      .slice(0, 32),
    kind: 'anomaly',
    entityRef,
    workload: workload.key,
    signal: 'logs',
    title,
    period,
    ongoing,
    direction,
    shape: ongoing ? 'level-shift' : 'spike',
    observed: rateAfter,
    expected: {
      mean: rateBefore,
      lower: Math.max(0, rateBefore - spread),
      upper: rateBefore + spread,
    },
    confidence,
    model,
    evidence: [
      {
        id: `logs-${template.id}`,
        kind: 'log',
        sourceId: template.sourceId,
        summary: `${message}: ${rounded(
          rateBefore,
        )} lines an hour before, ${rounded(rateAfter)} since ${period.start
          .slice(0, 16)
          .replace('T', ' ')} UTC.`,
        window: period,
        query: template.query || undefined,
        lines: template.examples,
        series: [
          observed,
          flatLine(
            observed,
            { label: 'Usual', unit: 'count', role: 'expected' },
            rateBefore,
          ),
        ],
      },
    ],
  };
}

/** A text of strangers as a quotation of bounded length. */
function quoted(text: string): string {
  const short =
    text.length > TITLE_LENGTH ? `${text.slice(0, TITLE_LENGTH)}…` : text;
  return `“${short.replace(/[“”]/g, '"')}”`;
}

function rounded(value: number): string {
  return Number(value.toPrecision(3)).toString();
}
