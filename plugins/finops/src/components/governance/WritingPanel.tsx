import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { useState } from 'react';
import { autonomyInWords, ruleInWords } from '../../figures/governance';
import { useGovern } from '../../hooks/queries';
import { Button, LiveRegion, Notice, Panel, Stack, Text } from '../../kit';
import { InstantText } from '../shared/InstantText';
import { RequestFailure } from '../shared/RequestFailure';
import { GovernDialog } from './GovernDialog';

type Governance = Schemas['Governance'];

/** Whether the portal writes to repositories now, and the switch for it. */
export function WritingPanel(props: { governance: Governance }) {
  const { autonomy, autonomyRules, writing, manage } = props.governance;
  const [asking, setAsking] = useState(false);
  const resume = useGovern(api => api.resumeWriting());
  return (
    <Panel title="Writing">
      <Stack>
        <Text kind="lead">
          {writing.kind === 'allowed'
            ? 'The portal may write to repositories.'
            : 'Writing is paused: nothing is opened, approved or published.'}
        </Text>
        {autonomyRules.map(rule => (
          <Text key={JSON.stringify(rule)}>{ruleInWords(rule)}</Text>
        ))}
        <Text>
          {autonomyRules.length > 0 && 'For everything else: '}
          {autonomyInWords(autonomy)}
        </Text>
        <WhoPaused writing={writing} />
        {manage && writing.kind === 'allowed' && (
          <Stack direction="row">
            <Button onClick={() => setAsking(true)}>Pause all writing</Button>
          </Stack>
        )}
        {manage && writing.kind === 'paused' && (
          <Stack direction="row">
            <Button
              kind="primary"
              busy={resume.isPending}
              onClick={() => resume.mutate()}
            >
              Resume writing
            </Button>
          </Stack>
        )}
        {resume.isError && <RequestFailure error={resume.error} />}
        <LiveRegion>{resume.isPending && 'Resuming…'}</LiveRegion>
      </Stack>
      {asking && <PauseDialog onClose={() => setAsking(false)} />}
    </Panel>
  );
}

function WhoPaused(props: { writing: Governance['writing'] }) {
  const { kind, reason, pausedBy, pausedAt } = props.writing;
  if (kind === 'allowed') {
    return null;
  }
  return kind === 'paused' && pausedAt ? (
    <Notice tone="warning" title={reason}>
      Paused by {pausedBy}, <InstantText instant={pausedAt} />.
    </Notice>
  ) : (
    <Notice tone="warning" title="Paused by the configuration">
      finops.paused is set; only who changes the configuration can lift it.
    </Notice>
  );
}

function PauseDialog(props: { onClose: () => void }) {
  return (
    <GovernDialog
      title="Pause all writing?"
      confirm="Pause it"
      confirming="Pausing…"
      consequence={
        <Text>
          From the next write on nothing is opened, approved or published, by
          anybody. What is open stays open. Everybody who tries is told your
          reason.
        </Text>
      }
      govern={(api, reason) => api.pauseWriting(reason)}
      onClose={props.onClose}
    />
  );
}
