import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { STATE_WORDS } from '../../figures/words';
import { RuledList, Stack, Text } from '../../kit';
import { InstantText } from '../shared/InstantText';
import { ReplayButton } from './ReplayButton';

/** Who did what, when, newest first; then what made the proposal. */
export function HistorySection(props: {
  detail: Schemas['RecommendationDetail'];
}) {
  const { history, recommendation } = props.detail;
  const { model, id, revision, evidence } = recommendation;
  return (
    <Stack gap={1}>
      {history.length > 0 ? (
        <RuledList
          label="History"
          items={[...history]
            .sort((a, b) => (a.at < b.at ? 1 : -1))
            .map(event => ({
              key: event.id,
              content: (
                <>
                  <Text>
                    {event.detail || event.event}
                    {event.to &&
                      event.from !== event.to &&
                      ` (${stateWord(event.to)})`}
                  </Text>
                  <Text kind="small">
                    {event.actor} · <InstantText instant={event.at} />
                  </Text>
                </>
              ),
            }))}
        />
      ) : (
        <Text>Nothing has happened to it since it was proposed.</Text>
      )}
      <Text kind="small">
        {model.name} {model.version} · {evidence.length} pieces of evidence ·{' '}
        {id} revision {revision}
      </Text>
      <ReplayButton id={id} />
    </Stack>
  );
}

function stateWord(state: string): string {
  return (STATE_WORDS as Record<string, string>)[state] ?? state;
}
