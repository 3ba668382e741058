import { Recommendation } from '@apexlogic/backstage-plugin-finops-common';

/** Where a recommendation is shown, below the portal's base URL. */
export function recommendationPath({
  entityRef,
  id,
}: Pick<Recommendation, 'entityRef' | 'id'>): string {
  const match = /^([^:]+):([^/]+)\/(.+)$/.exec(entityRef)!;
  const entity = [match[2], match[1], match[3]]
    .map(encodeURIComponent)
    .join('/');
  return `/catalog/${entity}/finops-recommendations?recommendation=${encodeURIComponent(
    id,
  )}`;
}

/** Where the portal shows how it governs itself. */
export const GOVERNANCE_PATH = '/finops-governance';
