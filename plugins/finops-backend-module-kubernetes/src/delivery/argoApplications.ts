import type { Workload } from '@apexlogic/backstage-plugin-finops-common';
import type {
  DeliveryApplication,
  DeliverySource,
} from '@apexlogic/backstage-plugin-finops-node';
import { z } from 'zod';

const sourceSchema = z.object({
  repoURL: z.string(),
  path: z.string().optional(),
  targetRevision: z.string().optional(),
  /** Of a Helm registry; then there is no folder of a repository. */
  chart: z.string().optional(),
});

/** The parts of an Argo CD `Application` (argoproj.io/v1alpha1) read here. */
const applicationSchema = z.object({
  metadata: z.object({ name: z.string(), namespace: z.string() }),
  spec: z.object({
    destination: z.object({
      server: z.string().optional(),
      name: z.string().optional(),
    }),
    source: sourceSchema.optional(),
    sources: z.array(sourceSchema).optional(),
    sourceHydrator: z
      .object({
        drySource: z.object({
          repoURL: z.string(),
          path: z.string().optional(),
          targetRevision: z.string().optional(),
        }),
      })
      .optional(),
    syncPolicy: z
      .object({
        automated: z
          .object({
            enabled: z.boolean().optional(),
            selfHeal: z.boolean().optional(),
          })
          .nullish(),
      })
      .nullish(),
  }),
  status: z
    .object({
      resources: z
        .array(
          z.object({
            kind: z.string(),
            namespace: z.string().optional(),
            name: z.string(),
          }),
        )
        .optional(),
    })
    .optional(),
});

/** How the clusters that a controller deploys to are called in the portal. */
export interface ClusterNames {
  /** Of the cluster the controller runs in. */
  readonly own: string;
  /** By API server URL without a trailing slash. */
  readonly byServer: ReadonlyMap<string, string>;
}

/** What Argo CD calls the cluster it runs in. */
const IN_CLUSTER_NAME = 'in-cluster';
const IN_CLUSTER_SERVER = 'https://kubernetes.default.svc';

/**
 * Argo CD Applications that say they manage the workload (`status.resources`). One whose destination is no
 * cluster of the portal answers for nothing: the same namespace in two clusters must never mix.
 */
export function argoApplications(
  workload: Workload,
  objects: readonly unknown[],
  clusters: ClusterNames,
): DeliveryApplication[] {
  return objects.flatMap(object => {
    const parsed = applicationSchema.safeParse(object);
    if (!parsed.success) {
      return [];
    }
    const { metadata, spec, status } = parsed.data;
    const manages = status?.resources?.some(
      ({ kind, namespace, name }) =>
        kind === workload.kind &&
        namespace === workload.namespace &&
        name === workload.name,
    );
    if (
      !manages ||
      destinationOf(spec.destination, clusters) !== workload.cluster
    ) {
      return [];
    }
    const automated = spec.syncPolicy?.automated;
    return [
      {
        controller: 'argo-cd' as const,
        cluster: clusters.own,
        kind: 'Application',
        namespace: metadata.namespace,
        name: metadata.name,
        sources: sourcesOf(spec),
        selfHeals: automated?.selfHeal === true && automated.enabled !== false,
      },
    ];
  });
}

function destinationOf(
  { server, name }: { readonly server?: string; readonly name?: string },
  { own, byServer }: ClusterNames,
): string | undefined {
  if (name) {
    return name === IN_CLUSTER_NAME ? own : name;
  }
  const url = server?.replace(/\/$/, '');
  if (url === undefined || url === IN_CLUSTER_SERVER) {
    return url && own;
  }
  return byServer.get(url);
}

/** Where people write: never the branch that the hydrator writes. */
function sourcesOf({
  source,
  sources,
  sourceHydrator,
}: z.infer<typeof applicationSchema>['spec']): DeliverySource[] {
  const written = sourceHydrator
    ? [sourceHydrator.drySource]
    : (sources ?? []).concat(source && !sources?.length ? [source] : []);
  return written
    .filter(one => !('chart' in one && one.chart))
    .map(({ repoURL, path, targetRevision }) => ({
      repositoryUrl: repoURL,
      revision:
        !targetRevision || targetRevision === 'HEAD'
          ? { kind: 'default-branch' }
          : {
              kind: 'named',
              name: targetRevision.replace(/^refs\/heads\//, ''),
            },
      path: folder(path),
    }));
}

/** Without slashes at either end; `undefined` = the whole repository. */
export function folder(path: string | undefined): string | undefined {
  const trimmed = (path ?? '').replace(/^\.?\/+|\/+$/g, '');
  return trimmed === '' || trimmed === '.' ? undefined : trimmed;
}
