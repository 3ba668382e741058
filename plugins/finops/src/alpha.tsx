/**
 * The plugin for apps on the new frontend system.
 *
 * @packageDocumentation
 */
import { Content } from '@backstage/core-components';
import { convertLegacyRouteRef } from '@backstage/core-compat-api';
import {
  ApiBlueprint,
  createFrontendPlugin,
  fetchApiRef,
  PageBlueprint,
} from '@backstage/frontend-plugin-api';
import {
  EntityCardBlueprint,
  EntityContentBlueprint,
} from '@backstage/plugin-catalog-react/alpha';
import CostIcon from '@material-ui/icons/MonetizationOn';
import GovernanceIcon from '@material-ui/icons/Gavel';
import WavesIcon from '@material-ui/icons/Waves';
import PoliciesIcon from '@material-ui/icons/VerifiedUser';
import { DefaultFinopsApi, finopsApiRef } from './api';
import { WORKLOAD_ANNOTATIONS } from './isFinopsAvailable';
import {
  ENTITY_PATHS,
  GOVERNANCE_PATH,
  POLICIES_PATH,
  TEAM_PATH,
  WAVES_PATH,
} from './paths';
import {
  entityAnomaliesRouteRef,
  entityCostRouteRef,
  entityRecommendationsRouteRef,
  governanceRouteRef,
  policiesRouteRef,
  teamRouteRef,
  wavesRouteRef,
} from './routes';

// Tabs of entities that run something are there even before they are annotated, since they say what
// is missing. An app narrows this by `filter` in the extension's configuration.
const RUNNING_KINDS = { kind: { $in: ['component', 'resource'] } };

type AnnotationExists = Record<
  `metadata.annotations.${string}`,
  { $exists: true }
>;

const ANNOTATED = {
  $any: WORKLOAD_ANNOTATIONS.map(
    (annotation): AnnotationExists => ({
      [`metadata.annotations.${annotation}`]: { $exists: true as const },
    }),
  ),
};

const finopsApi = ApiBlueprint.make({
  params: defineParams =>
    defineParams({
      api: finopsApiRef,
      deps: { fetchApi: fetchApiRef },
      factory: ({ fetchApi }) => DefaultFinopsApi.create({ fetchApi }),
    }),
});

const entityCostContent = EntityContentBlueprint.make({
  name: 'cost',
  params: {
    path: ENTITY_PATHS.cost,
    title: 'Cost',
    routeRef: convertLegacyRouteRef(entityCostRouteRef),
    filter: RUNNING_KINDS,
    loader: () =>
      import('./roots/EntityCost').then(({ EntityCost }) => <EntityCost />),
  },
});

const entityAnomaliesContent = EntityContentBlueprint.make({
  name: 'anomalies',
  params: {
    path: ENTITY_PATHS.anomalies,
    title: 'Anomalies',
    routeRef: convertLegacyRouteRef(entityAnomaliesRouteRef),
    filter: RUNNING_KINDS,
    loader: () =>
      import('./roots/EntityAnomalies').then(({ EntityAnomalies }) => (
        <EntityAnomalies />
      )),
  },
});

const entityRecommendationsContent = EntityContentBlueprint.make({
  name: 'recommendations',
  params: {
    path: ENTITY_PATHS.recommendations,
    title: 'Recommendations',
    routeRef: convertLegacyRouteRef(entityRecommendationsRouteRef),
    filter: RUNNING_KINDS,
    loader: () =>
      import('./roots/EntityRecommendations').then(
        ({ EntityRecommendations }) => <EntityRecommendations />,
      ),
  },
});

const entityCard = EntityCardBlueprint.make({
  name: 'overview',
  params: {
    filter: ANNOTATED,
    loader: () =>
      import('./roots/EntityCard').then(({ EntityCard }) => <EntityCard />),
  },
});

const teamPage = PageBlueprint.make({
  params: {
    path: TEAM_PATH,
    title: 'Cost review',
    icon: <CostIcon fontSize="inherit" />,
    routeRef: convertLegacyRouteRef(teamRouteRef),
    loader: () =>
      import('./roots/TeamReview').then(({ TeamReview }) => (
        <Content>
          <TeamReview />
        </Content>
      )),
  },
});

const governancePage = PageBlueprint.make({
  name: 'governance',
  params: {
    path: GOVERNANCE_PATH,
    title: 'Governance',
    icon: <GovernanceIcon fontSize="inherit" />,
    routeRef: convertLegacyRouteRef(governanceRouteRef),
    loader: () =>
      import('./roots/Governance').then(({ Governance }) => (
        <Content>
          <Governance />
        </Content>
      )),
  },
});

const policiesPage = PageBlueprint.make({
  name: 'policies',
  params: {
    path: POLICIES_PATH,
    title: 'Policies',
    icon: <PoliciesIcon fontSize="inherit" />,
    routeRef: convertLegacyRouteRef(policiesRouteRef),
    loader: () =>
      import('./roots/Policies').then(({ Policies }) => (
        <Content>
          <Policies />
        </Content>
      )),
  },
});

const wavesPage = PageBlueprint.make({
  name: 'waves',
  params: {
    path: WAVES_PATH,
    title: 'Waves',
    icon: <WavesIcon fontSize="inherit" />,
    routeRef: convertLegacyRouteRef(wavesRouteRef),
    loader: () =>
      import('./roots/Waves').then(({ Waves }) => (
        <Content>
          <Waves />
        </Content>
      )),
  },
});

/** @alpha */
export default createFrontendPlugin({
  pluginId: 'finops',
  title: 'FinOps',
  icon: <CostIcon fontSize="inherit" />,
  info: { packageJson: () => import('../package.json') },
  routes: {
    root: convertLegacyRouteRef(teamRouteRef),
    governance: convertLegacyRouteRef(governanceRouteRef),
    policies: convertLegacyRouteRef(policiesRouteRef),
    waves: convertLegacyRouteRef(wavesRouteRef),
  },
  extensions: [
    finopsApi,
    entityCostContent,
    entityAnomaliesContent,
    entityRecommendationsContent,
    entityCard,
    teamPage,
    governancePage,
    policiesPage,
    wavesPage,
  ],
});
