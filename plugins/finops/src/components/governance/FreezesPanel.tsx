import { addDays, dayOf } from '@apexlogic/backstage-plugin-finops-common';
import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { useState } from 'react';
import { scopeInWords } from '../../figures/governance';
import { useGovern } from '../../hooks/queries';
import {
  Button,
  LiveRegion,
  Panel,
  RuledList,
  SelectField,
  Stack,
  Text,
  TextField,
} from '../../kit';
import { InstantText } from '../shared/InstantText';
import { RequestFailure } from '../shared/RequestFailure';
import { ReasonDialog } from './ReasonDialog';

type Freeze = Schemas['Governance']['freezes'][number];

/** What is frozen and until when, and the switch for it. */
export function FreezesPanel(props: { governance: Schemas['Governance'] }) {
  const { freezes, manage } = props.governance;
  const [asking, setAsking] = useState(false);
  return (
    <Panel title="Freezes">
      <Stack>
        {freezes.length === 0 ? (
          <Text>Nothing is frozen.</Text>
        ) : (
          <RuledList
            label="Freezes"
            items={freezes.map(freeze => ({
              key: freeze.id,
              content: <FreezeRow freeze={freeze} manage={manage} />,
            }))}
          />
        )}
        {manage && (
          <Stack direction="row">
            <Button onClick={() => setAsking(true)}>Freeze changes</Button>
          </Stack>
        )}
      </Stack>
      {asking && <FreezeDialog onClose={() => setAsking(false)} />}
    </Panel>
  );
}

function FreezeRow(props: { freeze: Freeze; manage: boolean }) {
  const { id, scope, reason, frozenBy, endsAt } = props.freeze;
  const lift = useGovern(api => api.liftFreeze(id));
  return (
    <Stack gap={0.5}>
      <Text>
        <strong>{scopeInWords(scope)}</strong> until{' '}
        <InstantText instant={endsAt} />: {reason}
      </Text>
      <Text kind="small">Frozen by {frozenBy}</Text>
      {props.manage && (
        <Stack direction="row">
          <Button busy={lift.isPending} onClick={() => lift.mutate()}>
            Lift it
          </Button>
        </Stack>
      )}
      {lift.isError && <RequestFailure error={lift.error} />}
      <LiveRegion>{lift.isPending && 'Lifting…'}</LiveRegion>
    </Stack>
  );
}

const ENVIRONMENTS = ['production', 'staging', 'development', 'unknown'].map(
  value => ({ value, label: value }),
);

function FreezeDialog(props: { onClose: () => void }) {
  const [kind, setKind] = useState<'all' | 'owner' | 'environment'>('all');
  const [owner, setOwner] = useState('');
  const [environment, setEnvironment] = useState('production');
  const tomorrow = addDays(dayOf(Date.now()), 1);
  const [day, setDay] = useState(tomorrow);
  const until = new Date(`${day}T00:00`);
  const name = { all: '', owner: owner.trim(), environment }[kind];
  return (
    <ReasonDialog
      title="Freeze changes?"
      confirm="Freeze them"
      confirming="Freezing…"
      incomplete={
        (kind !== 'all' && name === '') || Number.isNaN(until.getTime())
      }
      consequence={
        <>
          <Text>
            Until then nothing of it is opened or approved, and the required
            check of open pull requests fails, so that nobody merges one by
            mistake. Afterwards it is as before.
          </Text>
          <SelectField
            label="What"
            value={kind}
            choices={[
              { value: 'all', label: 'All changes' },
              { value: 'environment', label: 'One environment' },
              { value: 'owner', label: 'One owner' },
            ]}
            onChange={setKind}
          />
          {kind === 'owner' && (
            <TextField
              label="Owner"
              value={owner}
              onChange={setOwner}
              maxLength={200}
            />
          )}
          {kind === 'environment' && (
            <SelectField
              label="Environment"
              value={environment}
              choices={ENVIRONMENTS}
              onChange={setEnvironment}
            />
          )}
          <TextField
            label="Until the start of"
            type="date"
            value={day}
            min={tomorrow}
            onChange={setDay}
          />
        </>
      }
      govern={(api, reason) =>
        api.freeze({
          scope: kind === 'all' ? 'all' : `${kind}:${name}`,
          reason,
          until: until.toISOString(),
        })
      }
      onClose={props.onClose}
    />
  );
}
