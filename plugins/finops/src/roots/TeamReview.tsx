import { TeamReviewScreen } from '../components/team/TeamReviewScreen';
import { QueryProvider } from '../hooks/QueryProvider';

/** The cost review without a page around it, which the new frontend system draws itself. */
export function TeamReview() {
  return (
    <QueryProvider>
      <TeamReviewScreen />
    </QueryProvider>
  );
}
