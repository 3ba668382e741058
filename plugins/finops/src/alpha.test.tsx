import { convertLegacyRouteRef } from '@backstage/core-compat-api';
import { mockApis, renderTestApp } from '@backstage/frontend-test-utils';
import { entityRouteRef } from '@backstage/plugin-catalog-react';
import { createTestEntityPage } from '@backstage/plugin-catalog-react/testUtils';
import { screen } from '@testing-library/react';
import { DefaultFinopsApi, finopsApiRef } from './api';
import finopsPlugin from './alpha';
import { ENTITY } from './__testUtils__/entity';
import { createFixtureBackend } from './__testUtils__/fixtureBackend';

const PATIENT = { timeout: 15_000 };
jest.setTimeout(30_000);

type ExtensionId = Parameters<typeof finopsPlugin.getExtension>[0];

function renderOnEntityPage(id: ExtensionId, entity = ENTITY) {
  const backend = createFixtureBackend({ now: Date.now() });
  renderTestApp({
    extensions: [
      createTestEntityPage({ entity }),
      finopsPlugin.getExtension(id),
    ],
    apis: [
      [
        finopsApiRef,
        DefaultFinopsApi.create({ fetchApi: { fetch: backend.fetch } }),
      ],
    ],
  });
}

describe('the plugin on the new frontend system', () => {
  it.each<[ExtensionId, RegExp]>([
    ['entity-content:finops/cost', /my-web-app cost \$/],
    ['entity-content:finops/anomalies', /still going on/],
    ['entity-content:finops/recommendations', /changes would save my-web-app/],
    ['entity-card:finops/overview', /2 recommendations save/],
  ])('puts %s on the page of a component', async (id, text) => {
    renderOnEntityPage(id);
    expect(
      await screen.findByText(text, undefined, PATIENT),
    ).toBeInTheDocument();
  });

  it('stays on a component without annotations, to say what is missing', async () => {
    const bare = {
      ...ENTITY,
      metadata: { name: 'my-web-app', namespace: 'default' },
    };
    renderOnEntityPage('entity-content:finops/cost', bare);
    expect(
      await screen.findByText(/my-web-app cost \$/, undefined, PATIENT),
    ).toBeInTheDocument();
  });

  it.each<[ExtensionId, typeof ENTITY]>([
    ['entity-content:finops/cost', { ...ENTITY, kind: 'Group' }],
    [
      'entity-card:finops/overview',
      { ...ENTITY, metadata: { name: 'my-web-app' } },
    ],
  ])(
    'keeps %s away from entities it has nothing to say about',
    async (id, entity) => {
      renderOnEntityPage(id, entity);
      expect(
        await screen.findByTestId('empty-entity-page', undefined, PATIENT),
      ).toBeInTheDocument();
    },
  );

  it('has a page for the cost review with the real client behind it, its header left to the app', async () => {
    const backend = createFixtureBackend({ now: Date.now() });
    renderTestApp({
      features: [finopsPlugin],
      apis: [mockApis.fetch({ baseImplementation: backend.fetch })],
      mountedRoutes: {
        '/catalog/:namespace/:kind/:name':
          convertLegacyRouteRef(entityRouteRef),
      },
      initialRouteEntries: ['/finops?month=2026-10'],
    });
    expect(
      await screen.findByText(/October 2026 cost \$48.2k/, undefined, PATIENT),
    ).toBeInTheDocument();
    expect(
      screen.getAllByRole('link', { name: 'Cost review' })[0],
    ).toHaveAttribute('href', '/finops');
    expect(
      screen.queryByText('What your services cost and what should change'),
    ).toBeNull();
  });
});
