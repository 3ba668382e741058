import { parseEntityRef } from '@backstage/catalog-model';
import { useRouteRef } from '@backstage/core-plugin-api';
import { entityRouteRef } from '@backstage/plugin-catalog-react';
import { RouteLink } from '../../kit';
import { ENTITY_PATHS } from '../../paths';

/** Leads to a recommendation on the page of its entity. */
export function RecommendationLink(props: {
  recommendationId: string;
  entityRef: string;
  title: string;
}) {
  const { recommendationId, entityRef, title } = props;
  const entityRoute = useRouteRef(entityRouteRef);
  const { kind, namespace, name } = parseEntityRef(entityRef);
  const page = entityRoute({ kind, namespace, name }).replace(/\/$/, '');
  return (
    <RouteLink
      to={`${page}${
        ENTITY_PATHS.recommendations
      }?recommendation=${encodeURIComponent(recommendationId)}`}
    >
      {name}: {title}
    </RouteLink>
  );
}
