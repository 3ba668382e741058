import { EntityRecommendationsScreen } from '../components/recommendations/EntityRecommendationsScreen';
import { QueryProvider } from '../hooks/QueryProvider';

/** The Recommendations tab of an entity, complete with what it needs around it. */
export function EntityRecommendations() {
  return (
    <QueryProvider>
      <EntityRecommendationsScreen />
    </QueryProvider>
  );
}
