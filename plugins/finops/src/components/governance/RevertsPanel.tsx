import { addDays, dayOf } from '@apexlogic/backstage-plugin-finops-common';
import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { useState } from 'react';
import { REVERT_WORDS } from '../../figures/governance';
import {
  Badge,
  Button,
  Panel,
  RuledList,
  Stack,
  Text,
  TextField,
  Tone,
} from '../../kit';
import { InstantText } from '../shared/InstantText';
import { RecommendationLink } from '../shared/RecommendationLink';
import { GovernDialog } from './GovernDialog';
import { ScopeFields, useScope } from './ScopeFields';

type Revert = Schemas['Revert'];

const TONES: Record<Revert['status'], Tone> = {
  pending: 'info',
  asked: 'info',
  refused: 'risk',
  done: 'saving',
};

/** Days back from which changes are undone, unless another is chosen. */
const USUAL_DAYS = 7;

/** What is being undone, and the order to undo. */
export function RevertsPanel(props: { governance: Schemas['Governance'] }) {
  const { reverts, manage } = props.governance;
  const [asking, setAsking] = useState(false);
  return (
    <Panel title="Undoing">
      <Stack>
        {reverts.length === 0 ? (
          <Text>Nothing was ordered to be undone.</Text>
        ) : (
          <RuledList
            label="Undoing"
            items={reverts.map(revert => ({
              key: revert.recommendationId,
              content: <RevertRow revert={revert} />,
            }))}
          />
        )}
        {manage && (
          <Stack direction="row">
            <Button onClick={() => setAsking(true)}>Undo merged changes</Button>
          </Stack>
        )}
      </Stack>
      {asking && <RevertDialog onClose={() => setAsking(false)} />}
    </Panel>
  );
}

function RevertRow(props: { revert: Revert }) {
  const { recommendationId, entityRef, title, status, note } = props.revert;
  const { reason, orderedBy, orderedAt } = props.revert;
  return (
    <Stack gap={0.5}>
      <Stack direction="row" gap={1}>
        <Text inline>
          <RecommendationLink
            recommendationId={recommendationId}
            entityRef={entityRef}
            title={title}
          />
        </Text>
        <Badge tone={TONES[status]}>{REVERT_WORDS[status]}</Badge>
      </Stack>
      {note && <Text>{note}</Text>}
      <Text kind="small">
        {reason} · {orderedBy} · <InstantText instant={orderedAt} />
      </Text>
    </Stack>
  );
}

function RevertDialog(props: { onClose: () => void }) {
  const scope = useScope();
  const today = dayOf(Date.now());
  const [day, setDay] = useState(addDays(today, -USUAL_DAYS));
  const since = new Date(`${day}T00:00`);
  return (
    <GovernDialog
      title="Undo merged changes?"
      confirm="Undo them"
      confirming="Writing it down…"
      incomplete={scope.value === undefined || Number.isNaN(since.getTime())}
      consequence={
        <>
          <Text>
            For every change of the portal that was merged since then a pull
            request is opened that takes back what it wrote, and nothing that
            others wrote. People approve and merge them. Freezes, breakers,
            windows and limits do not hold them up; a pause does.
          </Text>
          <ScopeFields scope={scope} />
          <TextField
            label="Merged since the start of"
            type="date"
            value={day}
            max={today}
            onChange={setDay}
          />
        </>
      }
      govern={(api, reason) =>
        api.orderReverts({
          scope: scope.value ?? '',
          since: since.toISOString(),
          reason,
        })
      }
      onClose={props.onClose}
    />
  );
}
