import { Content, Header, Page } from '@backstage/core-components';
import { Governance } from './Governance';

/** Governance as a whole page, as the legacy frontend system wants it. */
export function LegacyGovernancePage() {
  return (
    <Page themeId="tool">
      <Header
        title="FinOps governance"
        subtitle="What the portal may do by itself, and what it did"
      />
      <Content>
        <Governance />
      </Content>
    </Page>
  );
}
