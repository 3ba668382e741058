import { PoliciesScreen } from '../components/policies/PoliciesScreen';
import { QueryProvider } from '../hooks/QueryProvider';

/** The policies page without a page around it, which the new frontend system draws itself. */
export function Policies() {
  return (
    <QueryProvider>
      <PoliciesScreen />
    </QueryProvider>
  );
}
