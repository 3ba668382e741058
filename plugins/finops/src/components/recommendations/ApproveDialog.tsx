import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { useDecision } from '../../hooks/queries';
import { Code, Text } from '../../kit';
import { DecisionDialog, DecisionDialogProps } from '../shared/DecisionDialog';

/** Approves exactly the plan on the screen. */
export function ApproveDialog(
  props: DecisionDialogProps & { plan: Schemas['ChangePlan'] },
) {
  const { detail, plan, onClose, onDone } = props;
  const { id } = detail.recommendation;
  const missing = detail.approval.needed - detail.approval.given;
  const mutation = useDecision(id, api =>
    api.approveRecommendation(id, plan.hash),
  );
  return (
    <DecisionDialog
      title="Approve this change?"
      confirm="Approve it"
      confirming="Approving…"
      mutation={mutation}
      onClose={onClose}
      onSuccess={({ approval }) =>
        onDone(
          approval.given >= approval.needed
            ? 'You approved this change. It can be merged now.'
            : `You approved this change, ${approval.given} of ${approval.needed}.`,
        )
      }
      consequence={
        <Text>
          Your approval counts for the change as shown (plan{' '}
          <Code>{plan.hash.slice(0, 12)}</Code>) and is void as soon as a byte
          of it changes. It is recorded under your name, and the required check
          on the pull request turns green
          {missing > 1
            ? ` when ${missing - 1} more ${
                missing === 2 ? 'person approves' : 'people approve'
              } it.`
            : '.'}
        </Text>
      }
    />
  );
}
