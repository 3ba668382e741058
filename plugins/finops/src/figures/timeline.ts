import { Day, dayOf } from '@apexlogic/backstage-plugin-finops-common';
import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';

type TimelineEvent = Schemas['TimelineEvent'];

export interface PlacedEvent {
  readonly event: TimelineEvent;
  /** Left edge and width as shares of the axis, 0..1. */
  readonly left: number;
  readonly width: number;
}

export interface TimelineLane {
  readonly kind: TimelineEvent['kind'];
  readonly events: readonly PlacedEvent[];
}

/** Order of the lanes, top to bottom. */
const LANES: readonly TimelineEvent['kind'][] = [
  'anomaly',
  'alert',
  'deployment',
  'spec-change',
  'commit',
  'recommendation',
];

/** Places the events that touch `[start, end)` on one axis, one lane a kind; empty lanes are left out. */
export function placeEvents(
  events: readonly TimelineEvent[],
  period: { start: string; end: string },
): TimelineLane[] {
  const start = Date.parse(period.start);
  const length = Date.parse(period.end) - start;
  if (!(length > 0)) {
    return [];
  }
  const placed = events
    .map(event => {
      const left = (Date.parse(event.at) - start) / length;
      const right = event.end ? (Date.parse(event.end) - start) / length : left;
      return {
        event,
        left: Math.max(0, left),
        right: Math.min(1, Math.max(left, right)),
      };
    })
    .filter(
      ({ left, right }) => left < 1 && right >= 0 && Number.isFinite(left),
    )
    .sort((a, b) => a.left - b.left);
  return LANES.map(kind => ({
    kind,
    events: placed
      .filter(({ event }) => event.kind === kind)
      .map(({ event, left, right }) => ({
        event,
        left,
        width: Math.max(0, right - left),
      })),
  })).filter(lane => lane.events.length > 0);
}

/** Events by UTC day, for markers on a chart of days. */
export function eventsByDay(
  events: readonly TimelineEvent[],
): Map<Day, TimelineEvent[]> {
  const days = new Map<Day, TimelineEvent[]>();
  for (const event of events) {
    const day = dayOf(event.at);
    days.set(day, [...(days.get(day) ?? []), event]);
  }
  return days;
}
