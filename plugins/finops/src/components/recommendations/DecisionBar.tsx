import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { useState } from 'react';
import { Button, Stack, Text } from '../../kit';
import { ApproveDialog } from './ApproveDialog';
import { DeliverDialog } from './DeliverDialog';
import { DismissDialog } from './DismissDialog';
import { SnoozeDialog } from './SnoozeDialog';

type Decision = 'deliver' | 'approve' | 'snooze' | 'dismiss';

/** What the viewer may do now; each button asks once more before anything happens. */
export function DecisionBar(props: {
  detail: Schemas['RecommendationDetail'];
  onDone: (result: string) => void;
}) {
  const { detail, onDone } = props;
  const { allowed, plan, changeRequest } = detail;
  const [deciding, setDeciding] = useState<Decision>();
  const deliverable = allowed.deliver && plan !== undefined;
  const approvable = allowed.approve && plan !== undefined;
  const dialog = {
    detail,
    onClose: () => setDeciding(undefined),
    onDone: (result: string) => {
      setDeciding(undefined);
      onDone(result);
    },
  };
  return (
    <Stack gap={1}>
      <Stack direction="row" gap={1}>
        {(deliverable || !approvable) && (
          <Button
            kind={deliverable && !approvable ? 'primary' : 'secondary'}
            disabled={!deliverable}
            onClick={() => setDeciding('deliver')}
          >
            {changeRequest ? 'Update pull request' : 'Open pull request'}
          </Button>
        )}
        {approvable && (
          <Button kind="primary" onClick={() => setDeciding('approve')}>
            Approve
          </Button>
        )}
        <Button
          disabled={!allowed.snooze}
          onClick={() => setDeciding('snooze')}
        >
          Snooze
        </Button>
        <Button
          disabled={!allowed.dismiss}
          onClick={() => setDeciding('dismiss')}
        >
          Dismiss
        </Button>
      </Stack>
      {allowed.why && <Text kind="small">{allowed.why}</Text>}
      {allowed.deliver && !plan && (
        <Text kind="small">
          Preview the change first; it is opened exactly as shown.
        </Text>
      )}
      {deciding === 'deliver' && plan && (
        <DeliverDialog {...dialog} plan={plan} />
      )}
      {deciding === 'approve' && plan && (
        <ApproveDialog {...dialog} plan={plan} />
      )}
      {deciding === 'snooze' && <SnoozeDialog {...dialog} />}
      {deciding === 'dismiss' && <DismissDialog {...dialog} />}
    </Stack>
  );
}
