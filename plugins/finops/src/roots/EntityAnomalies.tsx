import { EntityAnomaliesScreen } from '../components/anomalies/EntityAnomaliesScreen';
import { QueryProvider } from '../hooks/QueryProvider';

/** The Anomalies tab of an entity, complete with what it needs around it. */
export function EntityAnomalies() {
  return (
    <QueryProvider>
      <EntityAnomaliesScreen />
    </QueryProvider>
  );
}
