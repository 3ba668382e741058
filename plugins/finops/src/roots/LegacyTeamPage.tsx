import { Content, Header, Page } from '@backstage/core-components';
import { TeamReview } from './TeamReview';

/** The cost review as a whole page, as the legacy frontend system wants it. */
export function LegacyTeamPage() {
  return (
    <Page themeId="tool">
      <Header
        title="Cost review"
        subtitle="What your services cost and what should change"
      />
      <Content>
        <TeamReview />
      </Content>
    </Page>
  );
}
