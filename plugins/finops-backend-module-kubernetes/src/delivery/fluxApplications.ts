import type { Workload } from '@apexlogic/backstage-plugin-finops-common';
import type {
  DeliveryApplication,
  DeliverySource,
} from '@apexlogic/backstage-plugin-finops-node';
import { z } from 'zod';
import { folder } from './argoApplications';

const metadataSchema = z.object({
  name: z.string(),
  namespace: z.string(),
  labels: z.record(z.string(), z.string()).optional(),
});

const referenceSchema = z.object({
  kind: z.string(),
  name: z.string(),
  namespace: z.string().optional(),
});

/** The parts of a Flux `Kustomization` (kustomize.toolkit.fluxcd.io) read here. */
const kustomizationSchema = z.object({
  metadata: metadataSchema,
  spec: z.object({
    path: z.string().optional(),
    sourceRef: referenceSchema,
    suspend: z.boolean().optional(),
    kubeConfig: z.unknown().optional(),
  }),
  status: z
    .object({
      inventory: z
        .object({ entries: z.array(z.object({ id: z.string() })) })
        .nullish(),
    })
    .optional(),
});

/** The parts of a Flux `HelmRelease` (helm.toolkit.fluxcd.io) read here. */
const helmReleaseSchema = z.object({
  metadata: metadataSchema,
  spec: z.object({
    suspend: z.boolean().optional(),
    kubeConfig: z.unknown().optional(),
    chart: z
      .object({
        spec: z.object({ chart: z.string(), sourceRef: referenceSchema }),
      })
      .optional(),
  }),
});

/** The parts of a Flux `GitRepository` (source.toolkit.fluxcd.io) read here. */
const gitRepositorySchema = z.object({
  metadata: metadataSchema,
  spec: z.object({
    url: z.string(),
    ref: z
      .object({
        branch: z.string().optional(),
        name: z.string().optional(),
        tag: z.string().optional(),
        semver: z.string().optional(),
        commit: z.string().optional(),
      })
      .nullish(),
  }),
});

type Kustomization = z.infer<typeof kustomizationSchema>;
type GitRepository = z.infer<typeof gitRepositorySchema>;

/** The Flux objects of a cluster, as its API gives them. */
export interface FluxObjects {
  readonly kustomizations: readonly unknown[];
  readonly helmReleases: readonly unknown[];
  readonly gitRepositories: readonly unknown[];
}

/** Group of the workload kinds, as an inventory's ids name it. */
const GROUPS: Readonly<Record<string, string>> = {
  Deployment: 'apps',
  StatefulSet: 'apps',
  DaemonSet: 'apps',
  ReplicaSet: 'apps',
  CronJob: 'batch',
  Job: 'batch',
  HorizontalPodAutoscaler: 'autoscaling',
};

const KUSTOMIZE_LABEL = 'kustomize.toolkit.fluxcd.io';
const HELM_LABEL = 'helm.toolkit.fluxcd.io';

/** What Flux follows where a GitRepository names nothing. */
const DEFAULT_BRANCH = 'master';

/**
 * Flux objects that deploy a workload of the cluster they live in: a HelmRelease by the workload's labels,
 * a Kustomization by its inventory or the workload's labels. Objects that deploy to another cluster
 * (`spec.kubeConfig`) answer for nothing, as that cluster's name is a secret's content.
 *
 * A HelmRelease's values stand where the release itself is defined, so that its Kustomization is followed.
 *
 * @param labels - of the live workload
 */
export function fluxApplications(
  workload: Workload,
  labels: Readonly<Record<string, string>>,
  objects: FluxObjects,
): DeliveryApplication[] {
  const kustomizations = parsed(kustomizationSchema, objects.kustomizations);
  const repositories = parsed(gitRepositorySchema, objects.gitRepositories);
  const releaseName = named(labels, HELM_LABEL);
  const release = releaseName
    ? parsed(helmReleaseSchema, objects.helmReleases).find(
        one => isNamed(one, releaseName) && !one.spec.kubeConfig,
      )
    : undefined;
  if (release) {
    const { metadata, spec } = release;
    const owner = kustomizationOf(metadata.labels ?? {}, kustomizations);
    const chart = spec.chart?.spec;
    return [
      {
        controller: 'flux',
        cluster: workload.cluster,
        kind: 'HelmRelease',
        namespace: metadata.namespace,
        name: metadata.name,
        sources: [
          ...(owner ? folderOf(owner, repositories) : []),
          ...(chart
            ? sourceOf(
                chart.sourceRef,
                metadata.namespace,
                chart.chart,
                repositories,
              )
            : []),
        ],
        selfHeals: spec.suspend !== true,
      },
    ];
  }
  const id = inventoryId(workload);
  const owner =
    kustomizations.find(({ status }) =>
      status?.inventory?.entries.some(entry => entry.id === id),
    ) ?? kustomizationOf(labels, kustomizations);
  return owner && !owner.spec.kubeConfig
    ? [
        {
          controller: 'flux',
          cluster: workload.cluster,
          kind: 'Kustomization',
          namespace: owner.metadata.namespace,
          name: owner.metadata.name,
          sources: folderOf(owner, repositories),
          selfHeals: owner.spec.suspend !== true,
        },
      ]
    : [];
}

/** As kustomize-controller writes it: `<namespace>_<name>_<group>_<kind>`. */
function inventoryId({ namespace, name, kind }: Workload): string {
  return [namespace, name, GROUPS[kind] ?? '', kind].join('_');
}

function kustomizationOf(
  labels: Readonly<Record<string, string>>,
  kustomizations: readonly Kustomization[],
): Kustomization | undefined {
  const name = named(labels, KUSTOMIZE_LABEL);
  return name && kustomizations.find(one => isNamed(one, name));
}

function folderOf(
  { metadata, spec }: Kustomization,
  repositories: readonly GitRepository[],
): DeliverySource[] {
  return sourceOf(spec.sourceRef, metadata.namespace, spec.path, repositories);
}

function sourceOf(
  reference: z.infer<typeof referenceSchema>,
  defaultNamespace: string,
  path: string | undefined,
  repositories: readonly GitRepository[],
): DeliverySource[] {
  const repository =
    reference.kind === 'GitRepository'
      ? repositories.find(one =>
          isNamed(one, {
            name: reference.name,
            namespace: reference.namespace ?? defaultNamespace,
          }),
        )
      : undefined;
  return repository
    ? [
        {
          repositoryUrl: repository.spec.url,
          revision: revisionOf(repository),
          path: folder(path),
        },
      ]
    : [];
}

/** By the precedence of the API: commit, name, semver, tag, branch. */
function revisionOf({
  spec: { ref },
}: GitRepository): DeliverySource['revision'] {
  const pin = ref?.commit ?? (ref?.name ? undefined : ref?.semver ?? ref?.tag);
  if (pin) {
    return { kind: 'pinned', to: pin };
  }
  const branch = /^refs\/heads\/(.+)$/.exec(ref?.name ?? '')?.[1];
  return ref?.name && !branch
    ? { kind: 'pinned', to: ref.name }
    : { kind: 'named', name: branch ?? ref?.branch ?? DEFAULT_BRANCH };
}

interface Name {
  readonly name: string;
  readonly namespace: string;
}

function named(
  labels: Readonly<Record<string, string>>,
  prefix: string,
): Name | undefined {
  const [name, namespace] = ['name', 'namespace'].map(
    key => labels[`${prefix}/${key}`],
  );
  return name && namespace ? { name, namespace } : undefined;
}

function isNamed(
  { metadata }: { readonly metadata: Name },
  { name, namespace }: Name,
): boolean {
  return metadata.name === name && metadata.namespace === namespace;
}

function parsed<T>(schema: z.ZodType<T>, objects: readonly unknown[]): T[] {
  return objects.flatMap(object => {
    const result = schema.safeParse(object);
    return result.success ? [result.data] : [];
  });
}
