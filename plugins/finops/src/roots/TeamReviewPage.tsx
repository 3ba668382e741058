import { Content } from '@backstage/core-components';
import { TeamReview } from './TeamReview';

/** The cost review below the header that the new frontend system draws. */
export function TeamReviewPage() {
  return (
    <Content>
      <TeamReview />
    </Content>
  );
}
