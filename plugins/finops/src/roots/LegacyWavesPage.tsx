import { Content, Header, Page } from '@backstage/core-components';
import { Waves } from './Waves';

/** Waves as a whole page, as the legacy frontend system wants it. */
export function LegacyWavesPage() {
  return (
    <Page themeId="tool">
      <Header
        title="FinOps waves"
        subtitle="Changes that go out one wave after the other"
      />
      <Content>
        <Waves />
      </Content>
    </Page>
  );
}
