import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { EntityRefLink } from '@backstage/plugin-catalog-react';
import { useState } from 'react';
import { progressOf, setInWords, watchedFor } from '../../figures/waves';
import { countOf } from '../../figures/words';
import { useWaveChange } from '../../hooks/queries';
import { Button, Notice, Panel, Stack, Steps, Text } from '../../kit';
import { InstantText } from '../shared/InstantText';
import { ReasonDialog } from '../shared/ReasonDialog';
import { WaveChanges } from './WaveChanges';

type WaveSet = Schemas['WaveSet'];

/** One set of waves: how far it is, what halted it, and each change. */
export function WaveSetPanel(props: { set: WaveSet }) {
  const { set } = props;
  const { title, state, startedBy, startedAt, observeMinutes, waves } = set;
  const progress = progressOf(set);
  return (
    <Panel title={title}>
      <Stack>
        {state === 'halted' ? (
          <Notice tone="warning" title="Halted">
            <Text>{setInWords(set)}</Text>
          </Notice>
        ) : (
          <Text kind="lead">{setInWords(set)}</Text>
        )}
        <Steps
          label={`Waves of ${title}`}
          steps={waves.map(({ changes, hidden }, index) => ({
            label: `Wave ${index + 1}`,
            status: progress[index],
            note: countOf(changes.length + hidden, 'change'),
          }))}
        />
        {waves.map((wave, index) => (
          <WaveChanges
            key={index}
            number={index + 1}
            wave={wave}
            open={progress[index] === 'current' && state !== 'stopped'}
          />
        ))}
        <Text kind="small">
          Started by <EntityRefLink entityRef={startedBy} />{' '}
          <InstantText instant={startedAt} />. Each change is watched for{' '}
          {watchedFor(observeMinutes)}.
        </Text>
        <Decisions set={set} />
      </Stack>
    </Panel>
  );
}

function Decisions(props: { set: WaveSet }) {
  const { id, title, state, mayChange } = props.set;
  const [asking, setAsking] = useState<'resume' | 'stop'>();
  if (!mayChange || (state !== 'running' && state !== 'halted')) {
    return null;
  }
  return (
    <Stack direction="row">
      {state === 'halted' && (
        <Button onClick={() => setAsking('resume')}>Let it go on</Button>
      )}
      <Button kind="quiet" onClick={() => setAsking('stop')}>
        Stop it
      </Button>
      {asking === 'resume' && (
        <ReasonDialog
          title={`Let ${title} go on?`}
          consequence="The next wave is opened though this one halted. Your name and reason are kept in the audit trail."
          confirm="Let it go on"
          confirming="Going on…"
          useDecision={useResume}
          onClose={() => setAsking(undefined)}
        />
      )}
      {asking === 'stop' && (
        <ReasonDialog
          title={`Stop ${title}?`}
          consequence="No further wave is opened. What is open on the forge stays as it is."
          confirm="Stop it"
          confirming="Stopping…"
          useDecision={useStop}
          onClose={() => setAsking(undefined)}
        />
      )}
    </Stack>
  );

  function useResume(reason: string) {
    return useWaveChange(api => api.resumeWaves(id, reason));
  }

  function useStop(reason: string) {
    return useWaveChange(api => api.stopWaves(id, reason));
  }
}
