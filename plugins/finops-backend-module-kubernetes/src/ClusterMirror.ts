import {
  Informer,
  KubeConfig,
  KubernetesListObject,
  KubernetesObject,
  KubernetesObjectApi,
  makeInformer,
  ObjectCache,
} from '@kubernetes/client-node';

const RESTART_DELAY_MS = 5_000;

/** What a role forbids is mostly forbidden for good, so it is asked for less often. */
const OPTIONAL_DELAY_FACTOR = 12;

/** Kinds the mirror holds. Versions are chosen by discovery, newest first. */
const RESOURCES = [
  {
    kind: 'Deployment',
    group: 'apps',
    plural: 'deployments',
    versions: ['v1'],
  },
  {
    kind: 'StatefulSet',
    group: 'apps',
    plural: 'statefulsets',
    versions: ['v1'],
  },
  { kind: 'DaemonSet', group: 'apps', plural: 'daemonsets', versions: ['v1'] },
  {
    kind: 'ReplicaSet',
    group: 'apps',
    plural: 'replicasets',
    versions: ['v1'],
  },
  {
    kind: 'CronJob',
    group: 'batch',
    plural: 'cronjobs',
    versions: ['v1', 'v1beta1'],
  },
  { kind: 'Pod', group: '', plural: 'pods', versions: ['v1'] },
  {
    kind: 'HorizontalPodAutoscaler',
    group: 'autoscaling',
    plural: 'horizontalpodautoscalers',
    versions: ['v2', 'v1'],
  },
  {
    kind: 'PodDisruptionBudget',
    group: 'policy',
    plural: 'poddisruptionbudgets',
    versions: ['v1'],
  },
  { kind: 'Node', group: '', plural: 'nodes', versions: ['v1'] },
  {
    kind: 'VerticalPodAutoscaler',
    group: 'autoscaling.k8s.io',
    plural: 'verticalpodautoscalers',
    versions: ['v1'],
  },
  {
    kind: 'Application',
    group: 'argoproj.io',
    plural: 'applications',
    versions: ['v1alpha1'],
  },
  {
    kind: 'Kustomization',
    group: 'kustomize.toolkit.fluxcd.io',
    plural: 'kustomizations',
    versions: ['v1', 'v1beta2'],
  },
  {
    kind: 'HelmRelease',
    group: 'helm.toolkit.fluxcd.io',
    plural: 'helmreleases',
    versions: ['v2', 'v2beta2', 'v2beta1'],
  },
  {
    kind: 'GitRepository',
    group: 'source.toolkit.fluxcd.io',
    plural: 'gitrepositories',
    versions: ['v1', 'v1beta2'],
  },
] as const;

export type MirroredKind = (typeof RESOURCES)[number]['kind'];

/** Kinds that advice is better with but does not need; a role without them hides nothing else. */
const OPTIONAL: ReadonlySet<MirroredKind> = new Set([
  'PodDisruptionBudget',
  'Node',
  'VerticalPodAutoscaler',
  'Application',
  'Kustomization',
  'HelmRelease',
  'GitRepository',
] as const);

/** How a cluster answers now. */
export type MirrorStatus =
  | { readonly status: 'ready'; readonly asOf: string }
  | { readonly status: 'down'; readonly reason: string }
  | { readonly status: 'denied'; readonly reason: string };

interface Mirrored {
  readonly kind: MirroredKind;
  readonly informer: Informer<KubernetesObject> & ObjectCache<KubernetesObject>;
  error?: unknown;
  listed: boolean;
}

/** The library's object API keeps its discovery to itself; the mirror needs the yes or no. */
class DiscoveringApi extends KubernetesObjectApi {
  async serves(apiVersion: string, kind: string): Promise<boolean> {
    try {
      return (await this.resource(apiVersion, kind)) !== undefined;
    } catch (error) {
      // The whole group version is not served.
      if ((error as { code?: number }).code === 404) {
        return false;
      }
      throw error;
    }
  }
}

/** Options of {@link ClusterMirror}. */
export interface ClusterMirrorOptions {
  readonly kubeConfig: KubeConfig;
  readonly pageSize: number;
  readonly initialListTimeoutMs: number;
  readonly restartDelayMs?: number;
}

/**
 * A local copy of one cluster's workloads, kept by watches: listed once in pages, then only what
 * changes is read. A watch that ends resumes at its resource version; one that is too old (410) makes
 * the informer list again; a lost connection is retried after a pause while the copy stays readable.
 */
export class ClusterMirror {
  readonly #options: ClusterMirrorOptions;
  readonly #timers = new Set<NodeJS.Timeout>();
  #mirrored: Mirrored[] = [];
  #starting?: Promise<void>;
  #stopped = false;

  constructor(options: ClusterMirrorOptions) {
    this.#options = options;
  }

  /** Starts on first use and says how the cluster answers; never throws. */
  async status(signal: AbortSignal): Promise<MirrorStatus> {
    this.#starting ??= this.#start();
    try {
      await withDeadline(
        this.#starting,
        this.#options.initialListTimeoutMs,
        signal,
      );
    } catch (error) {
      // A failed start may be tried again by the next read.
      this.#starting = undefined;
      return failure(error);
    }
    // Between a failed first list and its retry there is no error, but nothing to read either.
    const broken = this.#mirrored.find(
      one =>
        !OPTIONAL.has(one.kind) && (one.error !== undefined || !one.listed),
    );
    return broken
      ? failure(broken.error ?? new Error('not listed yet'), broken.kind)
      : { status: 'ready', asOf: new Date().toISOString() };
  }

  list<T extends KubernetesObject>(kind: MirroredKind): readonly T[] {
    return (this.#mirrored.find(one => one.kind === kind)?.informer.list() ??
      []) as readonly T[];
  }

  /** Whether the cluster knows a kind at all. */
  serves(kind: MirroredKind): boolean {
    return this.#mirrored.some(one => one.kind === kind);
  }

  /** Why objects of a kind cannot be listed now; `undefined` when they can. */
  gapOf(kind: MirroredKind): string | undefined {
    const mirrored = this.#mirrored.find(one => one.kind === kind);
    if (!mirrored) {
      return `the cluster serves no ${kind} objects of a known version`;
    }
    if (mirrored.listed && mirrored.error === undefined) {
      return undefined;
    }
    const { reason } = failure(
      mirrored.error ?? new Error('not listed yet'),
      kind,
    );
    return reason;
  }

  async stop(): Promise<void> {
    this.#stopped = true;
    for (const timer of this.#timers) {
      clearTimeout(timer);
    }
    await Promise.all(this.#mirrored.map(one => one.informer.stop()));
  }

  async #start(): Promise<void> {
    const { kubeConfig } = this.#options;
    await Promise.all(this.#mirrored.map(one => one.informer.stop()));
    const api = kubeConfig.makeApiClient(DiscoveringApi);
    this.#mirrored = [];
    for (const resource of RESOURCES) {
      for (const version of resource.versions) {
        const apiVersion =
          resource.group === '' ? version : `${resource.group}/${version}`;
        if (await api.serves(apiVersion, resource.kind)) {
          this.#mirrored.push(
            this.#mirror(resource.kind, apiVersion, resource.plural),
          );
          break;
        }
      }
    }
    await Promise.all(
      this.#mirrored.map(async one => {
        try {
          await one.informer.start();
        } catch (error) {
          if (!OPTIONAL.has(one.kind)) {
            throw error;
          }
          one.error = error;
          this.#restartLater(one);
        }
      }),
    );
  }

  #restartLater(mirrored: Mirrored): void {
    if (this.#stopped) {
      return;
    }
    const delay = this.#options.restartDelayMs ?? RESTART_DELAY_MS;
    const timer = setTimeout(
      () => {
        this.#timers.delete(timer);
        if (mirrored.listed) {
          // A watch goes on without a list that would clear it.
          mirrored.error = undefined;
        }
        mirrored.informer.start().catch(reason => {
          mirrored.error = reason;
          this.#restartLater(mirrored);
        });
      },
      OPTIONAL.has(mirrored.kind) ? delay * OPTIONAL_DELAY_FACTOR : delay,
    );
    timer.unref();
    this.#timers.add(timer);
  }

  #mirror(kind: MirroredKind, apiVersion: string, plural: string): Mirrored {
    const { kubeConfig } = this.#options;
    const path = `${
      apiVersion.includes('/') ? '/apis' : '/api'
    }/${apiVersion}/${plural}`;
    const mirrored: Mirrored = {
      kind,
      listed: false,
      informer: makeInformer(kubeConfig, path, async () => {
        const list = await this.#listInPages(apiVersion, kind);
        mirrored.listed = true;
        mirrored.error = undefined;
        return list;
      }),
    };
    mirrored.informer.on('error', error => {
      mirrored.error = error;
      this.#restartLater(mirrored);
    });
    return mirrored;
  }

  async #listInPages(
    apiVersion: string,
    kind: string,
  ): Promise<KubernetesListObject<KubernetesObject>> {
    const api = KubernetesObjectApi.makeApiClient(this.#options.kubeConfig);
    const items: KubernetesObject[] = [];
    let token: string | undefined;
    for (;;) {
      const page: KubernetesListObject<KubernetesObject> = await api.list(
        apiVersion,
        kind,
        undefined,
        undefined,
        undefined,
        undefined,
        undefined,
        undefined,
        this.#options.pageSize,
        token,
      );
      items.push(...page.items);
      token = page.metadata?._continue || undefined;
      if (token === undefined) {
        return { ...page, items };
      }
    }
  }
}

async function withDeadline(
  work: Promise<void>,
  timeoutMs: number,
  signal: AbortSignal,
): Promise<void> {
  let timer: NodeJS.Timeout | undefined;
  let abort: (() => void) | undefined;
  try {
    await Promise.race([
      work,
      new Promise<never>((_, reject) => {
        timer = setTimeout(
          () => reject(new Error(`no answer within ${timeoutMs / 1000} s`)),
          timeoutMs,
        );
        abort = () => reject(new Error('the read was cancelled'));
        signal.addEventListener('abort', abort, { once: true });
      }),
    ]);
  } finally {
    clearTimeout(timer);
    if (abort) {
      signal.removeEventListener('abort', abort);
    }
  }
}

function failure(
  error: unknown,
  kind?: string,
): Exclude<MirrorStatus, { status: 'ready' }> {
  const { code, statusCode, message } = error as {
    code?: number;
    statusCode?: number;
    message?: string;
  };
  const status = code ?? statusCode;
  const subject = kind ? `${kind} objects` : 'the API';
  if (status === 401 || status === 403) {
    return {
      status: 'denied',
      reason: `the cluster refuses to show ${subject} (${status}); the service account needs get, list and watch`,
    };
  }
  return {
    status: 'down',
    reason: `${subject}: ${(message ?? String(error))
      .split('\n')[0]
      .slice(0, 200)}`,
  };
}
