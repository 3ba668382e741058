import { ReactNode } from 'react';
import type { FinopsApi } from '../../api';
import { useGovern } from '../../hooks/queries';
import { ReasonDialog } from '../shared/ReasonDialog';

/** Asks for a reason, then does what it is for; everybody who asks later is told it. */
export function GovernDialog(props: {
  title: string;
  confirm: string;
  confirming: string;
  consequence: ReactNode;
  incomplete?: boolean;
  govern: (api: FinopsApi, reason: string) => Promise<unknown>;
  onClose: () => void;
}) {
  const { govern, ...dialog } = props;
  return <ReasonDialog {...dialog} useDecision={useDecision} />;

  function useDecision(reason: string) {
    return useGovern(async api => {
      await govern(api, reason);
    });
  }
}
