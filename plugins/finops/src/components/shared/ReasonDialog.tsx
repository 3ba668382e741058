import { ReactNode, useState } from 'react';
import { UseMutationResult } from '@tanstack/react-query';
import { Text, TextField } from '../../kit';
import { DecisionDialog } from './DecisionDialog';

/** Longest reason the backend takes. */
const MOST_REASON = 500;

/** A decision that needs a reason; the reason stays in the dialog when it did not work. */
export function ReasonDialog<Answer>(props: {
  title: string;
  consequence: ReactNode;
  confirm: string;
  confirming: string;
  /** Whether something else than the reason is missing. */
  incomplete?: boolean;
  useDecision: (reason: string) => UseMutationResult<Answer, Error, void>;
  onClose: () => void;
}) {
  const { title, consequence, confirm, confirming, incomplete } = props;
  const { useDecision, onClose } = props;
  const [reason, setReason] = useState('');
  const mutation = useDecision(reason.trim());
  return (
    <DecisionDialog
      title={title}
      consequence={
        <>
          {typeof consequence === 'string' ? (
            <Text>{consequence}</Text>
          ) : (
            consequence
          )}
          <TextField
            label="Reason"
            value={reason}
            onChange={setReason}
            maxLength={MOST_REASON}
          />
        </>
      }
      confirm={confirm}
      confirming={confirming}
      disabled={incomplete === true || reason.trim() === ''}
      mutation={mutation}
      onClose={onClose}
      onSuccess={onClose}
    />
  );
}
