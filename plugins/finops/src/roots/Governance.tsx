import { GovernanceScreen } from '../components/governance/GovernanceScreen';
import { QueryProvider } from '../hooks/QueryProvider';

/** The governance page without a page around it, which the new frontend system draws itself. */
export function Governance() {
  return (
    <QueryProvider>
      <GovernanceScreen />
    </QueryProvider>
  );
}
