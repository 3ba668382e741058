import { Entity } from '@backstage/catalog-model';

export const ENTITY: Entity = {
  apiVersion: 'backstage.io/v1alpha1',
  kind: 'Component',
  metadata: {
    name: 'my-web-app',
    namespace: 'default',
    annotations: { 'backstage.io/kubernetes-id': 'my-web-app' },
  },
  spec: {
    type: 'service',
    lifecycle: 'production',
    owner: 'group:default/storefront',
  },
  relations: [{ type: 'ownedBy', targetRef: 'group:default/storefront' }],
};
