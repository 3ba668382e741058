import { Anomaly, Series, TimeSpan } from './types';

/** Of the shorter of two anomalies so much must lie within the other for them to be one event. */
const MINIMUM_OVERLAP = 0.5;

/** And it must last at least this share of the longer. */
const MINIMUM_SHARE = 0.1;

/** An anomaly of a named series. @public */
export interface NamedAnomaly {
  /** Which series, in the words of the caller. */
  readonly name: string;
  /** Start and step of that series; its values are not read. */
  readonly series: Pick<Series, 'start' | 'step'>;
  readonly anomaly: Anomaly;
}

/** Anomalies of several series that are one event. @public */
export interface AnomalyGroup {
  /** From the first that began to the last that ended, epoch seconds. */
  readonly span: TimeSpan;
  readonly direction: Anomaly['direction'];
  /** Strongest first. */
  readonly members: readonly NamedAnomaly[];
}

/**
 * Anomalies that happen together, as one event each; every anomaly is in exactly one group.
 *
 * @remarks
 *
 * Anomalies of one direction belong together when half of the shorter one lies within the strongest of
 * the group. Only the strongest counts, not any member: a chain of neighbours, or one series that
 * is anomalous for ever, cannot tie unlike events together. The result does not depend on the order of
 * the input.
 *
 * @public
 */
export function groupAnomalies(
  anomalies: readonly NamedAnomaly[],
): AnomalyGroup[] {
  const groups: NamedAnomaly[][] = [];
  for (const one of [...anomalies].sort(strongestFirst)) {
    const group = groups.find(([leader]) => areOneEvent(leader, one));
    if (group) {
      group.push(one);
    } else {
      groups.push([one]);
    }
  }
  return groups.map(members => ({
    span: {
      start: Math.min(...members.map(member => spanOf(member).start)),
      end: Math.max(...members.map(member => spanOf(member).end)),
    },
    direction: members[0].anomaly.direction,
    members,
  }));
}

function strongestFirst(a: NamedAnomaly, b: NamedAnomaly): number {
  return (
    b.anomaly.score - a.anomaly.score ||
    spanOf(a).start - spanOf(b).start ||
    spanOf(a).end - spanOf(b).end ||
    compareText(a.name, b.name)
  );
}

function compareText(a: string, b: string): number {
  if (a === b) {
    return 0;
  }
  return a < b ? -1 : 1;
}

function areOneEvent(a: NamedAnomaly, b: NamedAnomaly): boolean {
  if (a.anomaly.direction !== b.anomaly.direction) {
    return false;
  }
  const [left, right] = [spanOf(a), spanOf(b)];
  const shared =
    Math.min(left.end, right.end) - Math.max(left.start, right.start);
  const shorter = Math.min(left.end - left.start, right.end - right.start);
  // What lasts an hour within a shift of a month is another event.
  const longer = Math.max(left.end - left.start, right.end - right.start);
  return (
    shared >= MINIMUM_OVERLAP * shorter && shorter >= MINIMUM_SHARE * longer
  );
}

function spanOf({ series, anomaly }: NamedAnomaly): TimeSpan {
  return {
    start: series.start + anomaly.from * series.step,
    end: series.start + anomaly.to * series.step,
  };
}
