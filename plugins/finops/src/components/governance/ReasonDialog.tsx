import { ReactNode, useState } from 'react';
import type { FinopsApi } from '../../api';
import { useGovern } from '../../hooks/queries';
import { TextField } from '../../kit';
import { DecisionDialog } from '../shared/DecisionDialog';

/** Longest reason the backend takes. */
const MOST_REASON = 500;

/** Asks for a reason, then does what it is for; everybody who asks later is told it. */
export function ReasonDialog(props: {
  title: string;
  confirm: string;
  confirming: string;
  consequence: ReactNode;
  /** Whether something else than the reason is missing. */
  incomplete?: boolean;
  govern: (api: FinopsApi, reason: string) => Promise<void>;
  onClose: () => void;
}) {
  const { title, confirm, confirming, consequence, incomplete, govern } = props;
  const { onClose } = props;
  const [reason, setReason] = useState('');
  const mutation = useGovern(api => govern(api, reason.trim()));
  return (
    <DecisionDialog
      title={title}
      confirm={confirm}
      confirming={confirming}
      disabled={incomplete === true || reason.trim() === ''}
      mutation={mutation}
      onClose={onClose}
      onSuccess={onClose}
      consequence={
        <>
          {consequence}
          <TextField
            label="Reason"
            value={reason}
            onChange={setReason}
            maxLength={MOST_REASON}
          />
        </>
      }
    />
  );
}
