// Test helpers of the module, kept out of what it publishes.
// eslint-disable-next-line @backstage/no-forbidden-package-imports
export {
  hasPrometheus,
  openMetricsOf,
  startPrometheus,
} from '@apexlogic/backstage-plugin-finops-backend-module-prometheus/src/testing/realPrometheus';
