import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { OUTCOME_OF_CHANGE } from '../../figures/waves';
import { countOf, STATE_WORDS } from '../../figures/words';
import { Badge, RuledList, Stack, Text, Tone } from '../../kit';
import { RecommendationLink } from '../shared/RecommendationLink';

type Change = Schemas['Wave']['changes'][number];

const TONES: Record<NonNullable<Change['outcome']>, Tone> = {
  healthy: 'saving',
  unhealthy: 'risk',
  'left-out': 'neutral',
};

/** The changes of one wave, each with where it stands. */
export function WaveChanges(props: {
  number: number;
  wave: Schemas['Wave'];
  open: boolean;
}) {
  const { number, wave, open } = props;
  const { changes, hidden } = wave;
  return (
    <details open={open}>
      <summary>Wave {number}</summary>
      <RuledList
        label={`Changes of wave ${number}`}
        items={changes.map(change => ({
          key: change.recommendationId,
          content: <OneChange change={change} />,
        }))}
      />
      {hidden > 0 && (
        <Text kind="small">
          {countOf(hidden, 'change')} more that you may not see.
        </Text>
      )}
    </details>
  );
}

function OneChange(props: { change: Change }) {
  const {
    recommendationId,
    entityRef,
    title,
    environment,
    risk,
    state,
    outcome,
    note,
  } = props.change;
  return (
    <Stack gap={0.5}>
      <Stack direction="row" gap={1}>
        <RecommendationLink
          recommendationId={recommendationId}
          entityRef={entityRef}
          title={title}
        />
        {outcome && (
          <Badge tone={TONES[outcome]}>{OUTCOME_OF_CHANGE[outcome]}</Badge>
        )}
      </Stack>
      <Text kind="small">
        {environment} · {risk} risk · {STATE_WORDS[state]}
      </Text>
      {note && <Text>{note}</Text>}
    </Stack>
  );
}
