import { formatMoney } from '@apexlogic/backstage-plugin-finops-common';
import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { finopsRecommendationDeliverPermission } from '@apexlogic/backstage-plugin-finops-common/permissions';
import { useState } from 'react';
import { watchedFor } from '../../figures/waves';
import { ACTION_WORDS, countOf } from '../../figures/words';
import {
  useWaveCandidates,
  useWaveChange,
  useWavePreview,
} from '../../hooks/queries';
import {
  Button,
  CheckField,
  LiveRegion,
  RuledList,
  SelectField,
  Stack,
  Text,
  TextField,
} from '../../kit';
import { QueryStates } from '../shared/QueryStates';
import { RequestFailure } from '../shared/RequestFailure';

type Candidate = Schemas['WaveCandidates']['candidates'][number];

const HOUR = 60;
const DAY = 24 * HOUR;

const WATCHED_MINUTES = [HOUR, 6 * HOUR, DAY, 3 * DAY, 7 * DAY];

/** Changes that may go out together. */
const MOST = 200;

const ALL = '';

/** Chooses changes, shows how they would be divided, and starts them. */
export function StartWaves(props: { onClose: () => void }) {
  const query = useWaveCandidates();
  return (
    <QueryStates
      query={query}
      title="Changes"
      permission={finopsRecommendationDeliverPermission.name}
    >
      {({ candidates }) =>
        candidates.length === 0 ? (
          <Text>
            There is no advice that nobody has asked for and that you may
            deliver.
          </Text>
        ) : (
          <Choice candidates={candidates} onClose={props.onClose} />
        )
      }
    </QueryStates>
  );
}

function Choice(props: {
  candidates: readonly Candidate[];
  onClose: () => void;
}) {
  const { candidates, onClose } = props;
  const [action, setAction] = useState(ALL);
  const [environment, setEnvironment] = useState(ALL);
  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [title, setTitle] = useState('');
  const [minutes, setMinutes] = useState(DAY);
  const shown = candidates.filter(
    one =>
      (action === ALL || one.action === action) &&
      (environment === ALL || one.environment === environment),
  );
  const ids = candidates
    .map(({ recommendationId }) => recommendationId)
    .filter(id => chosen.has(id));
  const start = useWaveChange(api =>
    api.startWaves({
      title: title.trim(),
      recommendationIds: ids,
      observeMinutes: minutes,
    }),
  );
  const choose = (some: readonly string[], wanted: boolean) =>
    setChosen(present => {
      const next = new Set(present);
      some.forEach(id => (wanted ? next.add(id) : next.delete(id)));
      return next;
    });
  const shownIds = shown.map(({ recommendationId }) => recommendationId);
  return (
    <Stack>
      <Stack direction="row">
        <SelectField
          label="Action"
          value={action}
          onChange={setAction}
          choices={choicesOf(candidates, one => one.action, actionWords)}
        />
        <SelectField
          label="Environment"
          value={environment}
          onChange={setEnvironment}
          choices={choicesOf(
            candidates,
            one => one.environment,
            word => word,
          )}
        />
        <Button kind="quiet" onClick={() => choose(shownIds, true)}>
          Choose all {shown.length}
        </Button>
        <Button kind="quiet" onClick={() => setChosen(new Set())}>
          Choose none
        </Button>
      </Stack>
      <RuledList
        label="Changes"
        items={shown.map(one => ({
          key: one.recommendationId,
          content: (
            <CheckField
              checked={chosen.has(one.recommendationId)}
              onChange={wanted => choose([one.recommendationId], wanted)}
              label={`${one.title} · ${one.entityRef.split('/')[1]} · ${
                one.environment
              } · ${one.risk} risk · ${savingWords(one)}`}
            />
          ),
        }))}
      />
      <Division ids={ids} candidates={candidates} />
      <Stack direction="row">
        <TextField
          label="What it is called"
          value={title}
          onChange={setTitle}
          maxLength={120}
          required
        />
        <SelectField
          label="Each is watched for"
          value={String(minutes)}
          onChange={value => setMinutes(Number(value))}
          choices={WATCHED_MINUTES.map(value => ({
            value: String(value),
            label: watchedFor(value),
          }))}
        />
      </Stack>
      <Stack direction="row">
        <Button
          kind="primary"
          busy={start.isPending}
          disabled={
            ids.length === 0 || ids.length > MOST || title.trim() === ''
          }
          onClick={() => start.mutateAsync().then(onClose, () => {})}
        >
          {start.isPending
            ? 'Starting…'
            : `Start with ${countOf(ids.length, 'change')}`}
        </Button>
        <Button kind="quiet" onClick={onClose}>
          Back
        </Button>
      </Stack>
      {ids.length > MOST && (
        <Text tone="risk">At most {MOST} changes may go out together.</Text>
      )}
      <LiveRegion>{start.isPending && 'Starting…'}</LiveRegion>
      {start.isError && <RequestFailure error={start.error} />}
    </Stack>
  );
}

function Division(props: {
  ids: readonly string[];
  candidates: readonly Candidate[];
}) {
  const { ids, candidates } = props;
  const preview = useWavePreview(ids.length > MOST ? [] : ids);
  if (ids.length === 0) {
    return <Text>Choose the changes that shall go out.</Text>;
  }
  if (preview.isError) {
    return <RequestFailure error={preview.error} />;
  }
  if (!preview.data) {
    return <LiveRegion>Dividing them into waves…</LiveRegion>;
  }
  const titleOf = (id: string) =>
    candidates.find(({ recommendationId }) => recommendationId === id);
  return (
    <RuledList
      label="Waves"
      items={preview.data.waves.map((wave, index) => ({
        key: String(index),
        content: (
          <>
            <Text>
              <strong>Wave {index + 1}</strong>:{' '}
              {countOf(wave.length, 'change')}
            </Text>
            <Text kind="small">
              {wave
                .map(id => titleOf(id))
                .filter(one => one !== undefined)
                .map(
                  one => `${one.entityRef.split('/')[1]} (${one.environment})`,
                )
                .join(', ')}
            </Text>
          </>
        ),
      }))}
    />
  );
}

function choicesOf(
  candidates: readonly Candidate[],
  valueOf: (candidate: Candidate) => string,
  wordsOf: (value: string) => string,
) {
  return [
    { value: ALL, label: 'All' },
    ...[...new Set(candidates.map(valueOf))]
      .sort()
      .map(value => ({ value, label: wordsOf(value) })),
  ];
}

function savingWords({ saving }: Candidate): string {
  const { amountMicros, currency } = saving;
  const amount = formatMoney({
    amountMicros: Math.abs(amountMicros),
    currency,
  });
  return amountMicros < 0
    ? `costs ${amount} a month`
    : `saves ${amount} a month`;
}

function actionWords(action: string): string {
  return (ACTION_WORDS as Record<string, string>)[action] ?? action;
}
