import { formatMoney } from '@apexlogic/backstage-plugin-finops-common';
import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { countDiffLines } from '../../figures/planning';
import { countOf } from '../../figures/words';
import { useDecision } from '../../hooks/queries';
import { Code, Facts, Text } from '../../kit';
import { DecisionDialog, DecisionDialogProps } from '../shared/DecisionDialog';

/** Opens the pull request with exactly the plan on the screen. */
export function DeliverDialog(
  props: DecisionDialogProps & { plan: Schemas['ChangePlan'] },
) {
  const { detail, plan, onClose, onDone } = props;
  const { recommendation, verdicts, changeRequest } = detail;
  const mutation = useDecision(recommendation.id, api =>
    api.deliverRecommendation(recommendation.id, plan.hash),
  );
  const lines = plan.files
    .map(({ diff }) => countDiffLines(diff))
    .reduce(
      (sum, { added, removed }) => ({
        added: sum.added + added,
        removed: sum.removed + removed,
      }),
      { added: 0, removed: 0 },
    );
  const approvers = verdicts.filter(
    ({ outcome }) => outcome === 'require-approval',
  );
  const { expected } = recommendation.saving;
  return (
    <DecisionDialog
      title={
        changeRequest ? 'Update the pull request?' : 'Open a pull request?'
      }
      confirm={changeRequest ? 'Update it' : 'Open it'}
      confirming={
        changeRequest
          ? 'Updating the pull request…'
          : 'Opening the pull request…'
      }
      disabled={!plan.proof.proven}
      mutation={mutation}
      onClose={onClose}
      onSuccess={after =>
        onDone(
          after.changeRequest
            ? `The change is on its way as ${
                after.changeRequest.draft ? 'a draft' : 'a'
              } pull request.`
            : 'The change is being delivered.',
        )
      }
      consequence={
        <>
          <Text>
            This writes to <Code>{plan.repository.url}</Code> and nowhere else.
            Nothing runs differently until the pull request is merged.
          </Text>
          <Facts
            facts={[
              {
                name: 'Changes',
                value: `${countOf(plan.files.length, 'file')}, ${countOf(
                  lines.added,
                  'line',
                )} added, ${lines.removed} removed, exactly as in the preview`,
              },
              { name: 'Target', value: <Code>{plan.repository.branch}</Code> },
              {
                name: 'Saves',
                value: `about ${formatMoney(expected, 'headline')} a month`,
              },
              {
                name: 'Is asked',
                value:
                  approvers.length > 0
                    ? approvers.map(({ message }) => message).join(' ')
                    : 'A reviewer other than you.',
              },
              {
                name: 'To undo',
                value: 'Close the pull request; after a merge, revert it.',
              },
            ]}
          />
        </>
      }
    />
  );
}
