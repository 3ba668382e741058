import { EntityCostScreen } from '../components/cost/EntityCostScreen';
import { QueryProvider } from '../hooks/QueryProvider';

/** The Cost tab of an entity, complete with what it needs around it. */
export function EntityCost() {
  return (
    <QueryProvider>
      <EntityCostScreen />
    </QueryProvider>
  );
}
