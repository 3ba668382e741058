import {
  DISMISS_REASONS,
  DismissReason,
} from '@apexlogic/backstage-plugin-finops-common';
import { useState } from 'react';
import { DISMISS_WORDS } from '../../figures/words';
import { useDecision } from '../../hooks/queries';
import { SelectField, Text, TextField } from '../../kit';
import { oneOf } from '../../hooks/useUrlState';
import { DecisionDialog, DecisionDialogProps } from '../shared/DecisionDialog';

const UNCHOSEN = '';
/** The longest comment the backend takes. */
const MAX_COMMENT_LENGTH = 1000;

/** Rejects the recommendation with a reason, which also silences the same advice. */
export function DismissDialog(props: DecisionDialogProps) {
  const { detail, onClose, onDone } = props;
  const { id } = detail.recommendation;
  const [reason, setReason] = useState<DismissReason>();
  const [comment, setComment] = useState('');
  const mutation = useDecision(id, api => {
    if (!reason) {
      throw new Error('a reason is needed');
    }
    return api.dismissRecommendation(id, {
      reason,
      comment: comment.trim() || undefined,
    });
  });
  const complete =
    reason !== undefined && (reason !== 'other' || comment.trim() !== '');
  return (
    <DecisionDialog
      title="Dismiss this recommendation?"
      confirm="Dismiss it"
      confirming="Dismissing…"
      disabled={!complete}
      mutation={mutation}
      onClose={onClose}
      onSuccess={() =>
        onDone('Dismissed. The same advice will not come back by itself.')
      }
      consequence={
        <>
          <Text>
            It is closed for good and the same advice is not given again unless
            the evidence changes. The reason is recorded under your name.
          </Text>
          <SelectField
            label="Reason"
            value={reason ?? UNCHOSEN}
            choices={[
              { value: UNCHOSEN, label: 'Choose a reason' },
              ...DISMISS_REASONS.map(value => ({
                value,
                label: DISMISS_WORDS[value],
              })),
            ]}
            onChange={value => setReason(oneOf(value, DISMISS_REASONS))}
          />
          <TextField
            label={reason === 'other' ? 'Comment (needed)' : 'Comment'}
            value={comment}
            rows={3}
            maxLength={MAX_COMMENT_LENGTH}
            onChange={setComment}
          />
        </>
      }
    />
  );
}
