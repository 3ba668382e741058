import { EntityOverviewCard } from '../components/overview/EntityOverviewCard';
import { QueryProvider } from '../hooks/QueryProvider';

/** The card on the overview of an entity, complete with what it needs around it. */
export function EntityCard() {
  return (
    <QueryProvider>
      <EntityOverviewCard />
    </QueryProvider>
  );
}
