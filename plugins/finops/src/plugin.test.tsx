import { createApp } from '@backstage/app-defaults';
import { AppRouter, FlatRoutes } from '@backstage/core-app-api';
import { createApiFactory, fetchApiRef } from '@backstage/core-plugin-api';
import {
  CatalogEntityPage,
  CatalogIndexPage,
  EntityLayout,
} from '@backstage/plugin-catalog';
import { catalogApiRef } from '@backstage/plugin-catalog-react';
import { catalogApiMock } from '@backstage/plugin-catalog-react/testUtils';
import { render, screen } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Route } from 'react-router-dom';
import {
  EntityFinopsAnomaliesContent,
  EntityFinopsCard,
  EntityFinopsCostContent,
  EntityFinopsRecommendationsContent,
  FinopsTeamPage,
  isFinopsAvailable,
} from '.';
import { ENTITY } from './__testUtils__/entity';
import { createFixtureBackend } from './__testUtils__/fixtureBackend';

/** A whole app on the legacy system starts slowly. */
const PATIENT = { timeout: 15_000 };
jest.setTimeout(30_000);

/** An app as an adopter on the legacy frontend system writes it. */
function renderLegacyApp(path: string, entity = ENTITY) {
  const backend = createFixtureBackend({ now: Date.now() });
  const app = createApp({
    configLoader: async () => [
      {
        context: 'test',
        data: {
          app: { title: 'Test', baseUrl: 'http://localhost' },
          backend: { baseUrl: 'http://localhost:7007' },
        },
      },
    ],
    apis: [
      createApiFactory(fetchApiRef, { fetch: backend.fetch }),
      createApiFactory(catalogApiRef, catalogApiMock({ entities: [entity] })),
    ],
  });
  window.history.pushState({}, '', path);
  const Root = app.createRoot(
    <AppRouter>
      <FlatRoutes>
        <Route path="/catalog" element={<CatalogIndexPage />} />
        <Route
          path="/catalog/:namespace/:kind/:name"
          element={<CatalogEntityPage />}
        >
          <EntityLayout>
            <EntityLayout.Route path="/" title="Overview">
              <EntityFinopsCard />
            </EntityLayout.Route>
            <EntityLayout.Route
              path="/finops-cost"
              title="Cost"
              if={isFinopsAvailable}
            >
              <EntityFinopsCostContent />
            </EntityLayout.Route>
            <EntityLayout.Route path="/finops-anomalies" title="Anomalies">
              <EntityFinopsAnomaliesContent />
            </EntityLayout.Route>
            <EntityLayout.Route
              path="/finops-recommendations"
              title="Recommendations"
            >
              <EntityFinopsRecommendationsContent />
            </EntityLayout.Route>
          </EntityLayout>
        </Route>
        <Route path="/finops" element={<FinopsTeamPage />} />
      </FlatRoutes>
    </AppRouter>,
  );
  render(<Root />);
  return backend;
}

describe('legacy exports in a legacy app', () => {
  it('leads from the overview card to the tabs of an entity', async () => {
    renderLegacyApp('/catalog/default/component/my-web-app');
    const user = userEvent.setup();
    await user.click(
      await screen.findByRole(
        'link',
        { name: /2 recommendations save/ },
        PATIENT,
      ),
    );
    expect(
      await screen.findByText(
        /changes would save my-web-app/,
        undefined,
        PATIENT,
      ),
    ).toBeInTheDocument();
    await user.click(screen.getByRole('tab', { name: 'Cost' }));
    expect(
      await screen.findByText(/my-web-app cost \$/, undefined, PATIENT),
    ).toBeInTheDocument();
    await user.click(screen.getByRole('tab', { name: 'Anomalies' }));
    expect(
      await screen.findByText(/still going on/, undefined, PATIENT),
    ).toBeInTheDocument();
  });

  it('hides what isFinopsAvailable says no to', async () => {
    renderLegacyApp('/catalog/default/component/my-web-app', {
      ...ENTITY,
      metadata: { name: 'my-web-app', namespace: 'default' },
    });
    expect(
      await screen.findByRole('tab', { name: 'Anomalies' }, PATIENT),
    ).toBeInTheDocument();
    expect(screen.queryByRole('tab', { name: 'Cost' })).not.toBeInTheDocument();
  });

  it('shows the cost review as a page with its own header', async () => {
    const backend = renderLegacyApp('/finops');
    expect(
      await screen.findByRole('heading', { name: 'Cost review' }, PATIENT),
    ).toBeInTheDocument();
    expect(
      await screen.findByRole('table', { name: /^Services in/ }, PATIENT),
    ).toBeInTheDocument();
    expect(backend.seen.some(({ path }) => path === '/team-review')).toBe(true);
  });
});
