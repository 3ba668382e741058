import { Stores } from '../database/createStores';
import { Schemas } from './types';

/** Everything that happened to an entity in a span, on one axis, oldest first. */
export async function timeline(
  stores: Stores,
  entityRef: string,
  start: string,
  end: string,
): Promise<Schemas['TimelineEvent'][]> {
  const events: Schemas['TimelineEvent'][] = (
    await stores.events.list(entityRef, start, end)
  ).map(event => ({
    id: `${event.sourceId}/${event.id}`,
    kind: event.kind,
    at: event.at,
    end: event.endsAt,
    title: event.title,
    link: event.link,
  }));
  for (const finding of await stores.findings.listFindings(
    entityRef,
    start,
    end,
  )) {
    // Waste and risks are states, not events.
    if (finding.kind !== 'anomaly') {
      continue;
    }
    events.push({
      id: finding.id,
      kind: 'anomaly',
      at: finding.period.start,
      end: finding.ongoing ? undefined : finding.period.end,
      title: finding.title,
    });
  }
  for (const { recommendation } of await stores.recommendations.list(
    entityRef,
  )) {
    if (recommendation.createdAt >= start && recommendation.createdAt < end) {
      events.push({
        id: recommendation.id,
        kind: 'recommendation',
        at: recommendation.createdAt,
        title: recommendation.title,
      });
    }
  }
  return events.sort((a, b) => (a.at < b.at ? -1 : 1));
}
