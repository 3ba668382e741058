/**
 * Metrics of Prometheus, Thanos, Mimir and VictoriaMetrics as a FinOps source.
 *
 * @packageDocumentation
 */
export { finopsModulePrometheus as default } from './module';
export { readPrometheusConfig, type PrometheusInstance } from './config';
export {
  type ConnectionMetricTemplates,
  DEFAULT_CONNECTION_METRICS,
  DEFAULT_REQUEST_METRICS,
  type RequestMetricTemplates,
} from './metricQueries';
export { PrometheusMetricSource } from './PrometheusMetricSource';
