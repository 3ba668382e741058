import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';

type Anomaly = Schemas['Anomaly'];
type TimelineEvent = Schemas['TimelineEvent'];

const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

/** A change may take this long to show: caches fill, traffic comes back in the morning. */
const LATE_MS = DAY_MS;

/** Starts that far apart are one event for a person. */
const TOGETHER_MS = 6 * HOUR_MS;

const CHANGES: readonly TimelineEvent['kind'][] = [
  'deployment',
  'spec-change',
  'commit',
];

const MOST = 3;

/**
 * Changes in the day before an anomaly began, the nearest first. They came before it, which does not
 * prove that they caused it.
 */
export function changesBefore(
  anomaly: Anomaly,
  events: readonly TimelineEvent[],
): TimelineEvent[] {
  const start = Date.parse(anomaly.period.start);
  // The first point of an anomaly lies anywhere in its hour or day.
  const end = start + stepMsOf(anomaly);
  return events
    .filter(({ kind, at }) => {
      const time = Date.parse(at);
      return CHANGES.includes(kind) && time >= start - LATE_MS && time < end;
    })
    .sort((a, b) => distance(a, start) - distance(b, start))
    .slice(0, MOST);
}

/** Other anomalies that began about when this one did, in the order given. */
export function movedTogether(
  anomaly: Anomaly,
  all: readonly Anomaly[],
): Anomaly[] {
  const start = Date.parse(anomaly.period.start);
  return all.filter(other => {
    const room = Math.max(TOGETHER_MS, stepMsOf(anomaly), stepMsOf(other));
    return (
      other.id !== anomaly.id &&
      other.kind === 'anomaly' &&
      Math.abs(Date.parse(other.period.start) - start) <= room
    );
  });
}

function distance({ at }: TimelineEvent, start: number): number {
  return Math.abs(Date.parse(at) - start);
}

/** Milliseconds between the points the anomaly was seen in; an hour where no series tells. */
function stepMsOf({ signal, evidence }: Anomaly): number {
  // What is drawn may be thinner than what was judged; money comes in days, all else in hours.
  return signal === 'cost' || evidence[0]?.series?.[0]?.unit === 'money'
    ? DAY_MS
    : HOUR_MS;
}
