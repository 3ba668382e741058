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
  Stack,
  Text,
  TextField,
} from '../../kit';
import { InstantText } from '../shared/InstantText';
import { RequestFailure } from '../shared/RequestFailure';
import { GovernDialog } from './GovernDialog';
import { ScopeFields, useScope } from './ScopeFields';

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

function FreezeDialog(props: { onClose: () => void }) {
  const scope = useScope();
  const tomorrow = addDays(dayOf(Date.now()), 1);
  const [day, setDay] = useState(tomorrow);
  const until = new Date(`${day}T00:00`);
  return (
    <GovernDialog
      title="Freeze changes?"
      confirm="Freeze them"
      confirming="Freezing…"
      incomplete={scope.value === undefined || Number.isNaN(until.getTime())}
      consequence={
        <>
          <Text>
            Until then nothing of it is opened or approved, and the required
            check of open pull requests fails, so that nobody merges one by
            mistake. Afterwards it is as before.
          </Text>
          <ScopeFields scope={scope} />
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
          scope: scope.value ?? '',
          reason,
          until: until.toISOString(),
        })
      }
      onClose={props.onClose}
    />
  );
}
