import { Content, Header, Page } from '@backstage/core-components';
import { Policies } from './Policies';

/** Policies as a whole page, as the legacy frontend system wants it. */
export function LegacyPoliciesPage() {
  return (
    <Page themeId="tool">
      <Header
        title="FinOps policies"
        subtitle="What every change must pass, and where it does not"
      />
      <Content>
        <Policies />
      </Content>
    </Page>
  );
}
