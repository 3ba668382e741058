import { createBackend } from '@backstage/backend-defaults';

const backend = createBackend();

backend.add(import('@backstage/plugin-app-backend'));
backend.add(import('@backstage/plugin-auth-backend'));
backend.add(import('@backstage/plugin-auth-backend-module-guest-provider'));
backend.add(import('./demoReviewer'));
backend.add(import('@backstage/plugin-catalog-backend'));
backend.add(
  import('@backstage/plugin-catalog-backend-module-scaffolder-entity-model'),
);
backend.add(import('@backstage/plugin-catalog-backend-module-logs'));
backend.add(import('@backstage/plugin-events-backend'));
backend.add(import('@backstage/plugin-events-backend-module-github'));
backend.add(import('@backstage/plugin-permission-backend'));
backend.add(
  import('@backstage/plugin-permission-backend-module-allow-all-policy'),
);
backend.add(import('@backstage/plugin-scaffolder-backend'));
backend.add(import('@backstage/plugin-search-backend'));
backend.add(import('@backstage/plugin-search-backend-module-catalog'));
backend.add(import('@backstage/plugin-signals-backend'));
backend.add(import('@backstage/plugin-notifications-backend'));
backend.add(import('@backstage/plugin-user-settings-backend'));

backend.add(import('@apexlogic/backstage-plugin-finops-backend'));
backend.add(
  import('@apexlogic/backstage-plugin-finops-backend-module-prometheus'),
);
backend.add(
  import('@apexlogic/backstage-plugin-finops-backend-module-opencost'),
);
backend.add(
  import('@apexlogic/backstage-plugin-finops-backend-module-kubernetes'),
);
backend.add(import('@apexlogic/backstage-plugin-finops-backend-module-git'));
backend.add(import('@apexlogic/backstage-plugin-finops-backend-module-github'));
backend.add(import('@apexlogic/backstage-plugin-finops-backend-module-demo'));
backend.add(
  import('@apexlogic/backstage-plugin-scaffolder-backend-module-finops'),
);

backend.start();
