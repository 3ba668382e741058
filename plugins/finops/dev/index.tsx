import { Entity } from '@backstage/catalog-model';
import { InMemoryCatalogClient } from '@backstage/catalog-client/testUtils';
import { createApiFactory, fetchApiRef } from '@backstage/core-plugin-api';
import { createDevApp } from '@backstage/dev-utils';
import {
  CatalogEntityPage,
  CatalogIndexPage,
  EntityLayout,
} from '@backstage/plugin-catalog';
import { catalogApiRef } from '@backstage/plugin-catalog-react';
import Grid from '@material-ui/core/Grid';
import {
  EntityFinopsAnomaliesContent,
  EntityFinopsCard,
  EntityFinopsCostContent,
  EntityFinopsRecommendationsContent,
  finopsPlugin,
  FinopsTeamPage,
} from '../src/index';
import { ENTITY } from '../src/__testUtils__/entity';
import {
  createFixtureBackend,
  NOT_ANNOTATED,
  downSource,
} from '../src/__testUtils__/fixtureBackend';

// The screens without a backend: every answer comes from the fixtures of the tests.
const now = Date.now();
const fixtures = createFixtureBackend({ now });
const unannotated: Entity = {
  ...ENTITY,
  metadata: { ...ENTITY.metadata, name: 'bare', annotations: {} },
};
const guided = createFixtureBackend({
  now,
  overrides: {
    'GET /costs': () => ({
      body: {
        setup: NOT_ANNOTATED,
        sources: [downSource(now)],
        currencies: [],
      },
    }),
  },
});

createDevApp()
  .registerPlugin(finopsPlugin)
  .registerApi(
    createApiFactory(fetchApiRef, {
      fetch: async (input: RequestInfo | URL, init?: RequestInit) =>
        String(input).includes('/bare/')
          ? guided.fetch(input, init)
          : fixtures.fetch(input, init),
    }),
  )
  .registerApi(
    createApiFactory(
      catalogApiRef,
      new InMemoryCatalogClient({ entities: [ENTITY, unannotated] }),
    ),
  )
  .addPage({
    path: '/finops',
    title: 'Cost review',
    element: <FinopsTeamPage />,
  })
  .addPage({
    path: '/catalog',
    title: 'Catalog',
    element: <CatalogIndexPage />,
  })
  .addPage({
    path: '/catalog/:namespace/:kind/:name',
    element: <CatalogEntityPage />,
    children: (
      <EntityLayout>
        <EntityLayout.Route path="/" title="Overview">
          <Grid container>
            <Grid item xs={12} md={6}>
              <EntityFinopsCard />
            </Grid>
          </Grid>
        </EntityLayout.Route>
        <EntityLayout.Route path="/finops-cost" title="Cost">
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
    ),
  })
  .render();
