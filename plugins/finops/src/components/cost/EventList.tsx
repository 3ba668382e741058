import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { countOf, EVENT_WORDS } from '../../figures/words';
import { ExternalLink, RuledList } from '../../kit';
import { InstantText } from '../shared/InstantText';

/** The events behind the markers, in words and with their links. */
export function EventList(props: {
  events: readonly Schemas['TimelineEvent'][];
}) {
  const events = [...props.events].sort((a, b) => (a.at < b.at ? 1 : -1));
  if (events.length === 0) {
    return null;
  }
  return (
    <details>
      <summary>{countOf(events.length, 'event')} in this span</summary>
      <RuledList
        label="Events"
        items={events.map(event => ({
          key: event.id,
          content: (
            <>
              <InstantText instant={event.at} /> · {EVENT_WORDS[event.kind]}:{' '}
              {event.link ? (
                <ExternalLink href={event.link}>{event.title}</ExternalLink>
              ) : (
                event.title
              )}
            </>
          ),
        }))}
      />
    </details>
  );
}
