// The store is nobody's interface but the loop's own, and it is the loop that is measured here.
/* eslint-disable @backstage/no-forbidden-package-imports, @backstage/no-mixed-plugin-imports */
export { migrateDatabase } from '@apexlogic/backstage-plugin-finops-backend/src/database/migrateDatabase';
export { UsageStore } from '@apexlogic/backstage-plugin-finops-backend/src/database/UsageStore';
