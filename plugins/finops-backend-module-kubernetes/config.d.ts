export interface Config {
  finops?: {
    /** Read-only state of clusters; the clusters themselves come from `kubernetes.clusterLocatorMethods`. */
    kubernetes?: {
      /**
       * Clusters reached through a kubeconfig file instead, for development and for backends that run
       * outside the portal's Kubernetes configuration.
       */
      kubeconfigs?: Array<{
        /** Name of the cluster in the catalog and in every workload key. */
        cluster: string;
        /** Path of the file. */
        path: string;
        /** Context in it, the current one by default. */
        context?: string;
      }>;
      /** Objects per page of a list call, 500 by default. */
      pageSize?: number;
      /** Seconds to wait for the first full list of a cluster, 30 by default. */
      initialListTimeoutSeconds?: number;
    };
  };
}
