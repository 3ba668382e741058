export interface Config {
  finops?: {
    /** OpenCost or Kubecost servers to read costs of workloads from. */
    opencost?: Array<{
      /** Unique name of the source, shown beside every figure that comes from it. */
      id: string;
      /** Base address, e.g. `http://opencost.opencost:9003` or `http://kubecost-cost-analyzer.kubecost:9090`. */
      url: string;
      /** `opencost` unless told; `kubecost` puts `/model` before the path. */
      flavour?: 'opencost' | 'kubecost';
      /** ISO 4217 code of the prices the server is configured with; USD unless told. */
      currency?: string;
      /** Clusters it serves, as workloads name them; any cluster unless told. */
      clusters?: string[];
      /** How the server calls its cluster (CLUSTER_ID, often `cluster-one`), when `clusters` holds one other name. */
      clusterId?: string;
      /**
       * Headers, e.g. `Authorization`.
       * @deepVisibility secret
       */
      headers?: { [name: string]: string };
      /** Seconds to wait for an answer; 120 unless told. A window that takes longer is asked for in smaller parts. */
      timeoutSeconds?: number;
      /** Requests in flight at once; 2 unless told. */
      concurrency?: number;
      /** Whole days before today whose cost may still change; 2 unless told. */
      provisionalDays?: number;
      /** Days the server knows; 15 for OpenCost and 90 for Kubecost unless told. */
      historyDays?: number;
    }>;
  };
}
