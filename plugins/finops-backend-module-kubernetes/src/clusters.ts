import { Config } from '@backstage/config';
import { KubeConfig } from '@kubernetes/client-node';

/** A cluster that can be read, or why it cannot. */
export type ClusterConnection =
  | {
      readonly kind: 'connected';
      readonly name: string;
      readonly kubeConfig: KubeConfig;
    }
  | { readonly kind: 'unusable'; readonly name: string; readonly fix: string };

/**
 * Clusters of the portal's `kubernetes.clusterLocatorMethods` (type `config`, service account
 * tokens) and of `finops.kubernetes.kubeconfigs`. A name that both give belongs to the latter.
 */
export function readClusters(config: Config): ClusterConnection[] {
  const clusters = new Map<string, ClusterConnection>();
  for (const method of config.getOptionalConfigArray(
    'kubernetes.clusterLocatorMethods',
  ) ?? []) {
    if (method.getString('type') !== 'config') {
      const name = `clusterLocatorMethods type ${method.getString('type')}`;
      clusters.set(name, {
        kind: 'unusable',
        name,
        fix: 'only type config can be read from a background task; list the cluster there or under finops.kubernetes.kubeconfigs',
      });
      continue;
    }
    for (const cluster of method.getOptionalConfigArray('clusters') ?? []) {
      const connection = fromPortalConfig(cluster);
      clusters.set(connection.name, connection);
    }
  }
  for (const entry of config.getOptionalConfigArray(
    'finops.kubernetes.kubeconfigs',
  ) ?? []) {
    const name = entry.getString('cluster');
    const kubeConfig = new KubeConfig();
    kubeConfig.loadFromFile(entry.getString('path'));
    const context = entry.getOptionalString('context');
    if (context !== undefined) {
      kubeConfig.setCurrentContext(context);
    }
    clusters.set(name, { kind: 'connected', name, kubeConfig });
  }
  return [...clusters.values()];
}

/** Names of the clusters by API server URL without a trailing slash. */
export function serverNames(
  connections: readonly ClusterConnection[],
): ReadonlyMap<string, string> {
  return new Map(
    connections.flatMap(connection => {
      const server =
        connection.kind === 'connected'
          ? connection.kubeConfig.getCurrentCluster()?.server
          : undefined;
      return server
        ? [[server.replace(/\/$/, ''), connection.name] as const]
        : [];
    }),
  );
}

function fromPortalConfig(cluster: Config): ClusterConnection {
  const name = cluster.getString('name');
  const token = cluster.getOptionalString('serviceAccountToken');
  const authProvider = cluster.getOptionalString('authProvider');
  if (authProvider !== 'serviceAccount' || token === undefined) {
    return {
      kind: 'unusable',
      name,
      fix: `cluster ${name} uses authProvider ${authProvider}: a background task needs serviceAccount with a serviceAccountToken (read-only is enough)`,
    };
  }
  const kubeConfig = new KubeConfig();
  kubeConfig.loadFromClusterAndUser(
    {
      name,
      server: cluster.getString('url'),
      caData: cluster.getOptionalString('caData'),
      caFile: cluster.getOptionalString('caFile'),
      skipTLSVerify: cluster.getOptionalBoolean('skipTLSVerify') ?? false,
    },
    { name: 'finops', token },
  );
  return { kind: 'connected', name, kubeConfig };
}
