import { ReactNode, useState } from 'react';
import { UseMutationResult } from '@tanstack/react-query';
import { Stack, Text, TextField } from '../../kit';
import { DecisionDialog } from './DecisionDialog';

/** A decision that needs a reason; the reason stays in the dialog when it did not work. */
export function ReasonDialog<Answer>(props: {
  title: string;
  consequence: ReactNode;
  confirm: string;
  confirming: string;
  useDecision: (reason: string) => UseMutationResult<Answer, Error, void>;
  onClose: () => void;
}) {
  const { title, consequence, confirm, confirming, useDecision, onClose } =
    props;
  const [reason, setReason] = useState('');
  const mutation = useDecision(reason.trim());
  return (
    <DecisionDialog
      title={title}
      consequence={
        <Stack>
          <Text>{consequence}</Text>
          <TextField
            label="Reason"
            value={reason}
            onChange={setReason}
            rows={2}
            maxLength={500}
            required
          />
        </Stack>
      }
      confirm={confirm}
      confirming={confirming}
      disabled={reason.trim() === ''}
      mutation={mutation}
      onClose={onClose}
      onSuccess={onClose}
    />
  );
}
