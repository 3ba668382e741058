import { Entity } from '@backstage/catalog-model';
import {
  EntityProvider,
  entityRouteRef,
} from '@backstage/plugin-catalog-react';
import { renderInTestApp, TestApiProvider } from '@backstage/test-utils';
import { useLocation } from 'react-router-dom';
import { DefaultFinopsApi, finopsApiRef } from '../api';
import { ENTITY } from './entity';
import { createFixtureBackend } from './fixtureBackend';

/** The URL as the tests may look at it. */
function Address() {
  const { search } = useLocation();
  return <output aria-label="address">{search}</output>;
}

/**
 * Renders a screen on the page of an entity with the real API client, answered by the fixture
 * backend.
 */
export async function renderScreen(
  screen: JSX.Element,
  options: Partial<Parameters<typeof createFixtureBackend>[0]> & {
    entity?: Entity;
    search?: string;
  } = {},
) {
  const backend = createFixtureBackend({ now: Date.now(), ...options });
  const api = DefaultFinopsApi.create({ fetchApi: { fetch: backend.fetch } });
  await renderInTestApp(
    <TestApiProvider apis={[[finopsApiRef, api]]}>
      <EntityProvider entity={options.entity ?? ENTITY}>
        {screen}
      </EntityProvider>
      <Address />
    </TestApiProvider>,
    {
      mountedRoutes: { '/catalog/:namespace/:kind/:name': entityRouteRef },
      routeEntries: [`/${options.search ?? ''}`],
    },
  );
  return backend;
}
