/** Resources of one container as the files say them; quantities as written. @public */
export interface DesiredContainer {
  readonly name: string;
  readonly init: boolean;
  readonly cpuRequest?: string;
  readonly memoryRequest?: string;
  readonly cpuLimit?: string;
  readonly memoryLimit?: string;
}

/** What the files tell a HorizontalPodAutoscaler; as written. @public */
export interface DesiredAutoscaler {
  readonly minReplicas?: number;
  readonly maxReplicas?: number;
  /** What it follows. Lists of metrics are laid over each other as a whole, never one by one. */
  readonly follows?: {
    /** RFC 6901 pointer of the CPU utilisation in the object; absent = none, or several. */
    readonly pointer?: string;
    readonly cpuUtilisationPercent?: number;
  };
  /** What it scales, by the name it is built with. */
  readonly scales?: { readonly kind: string; readonly name: string };
}

/** What the files want a claim to be; as written. @public */
export interface DesiredClaim {
  readonly size?: string;
  readonly storageClass?: string;
}

/** What the files want of a workload, of its autoscaler or of a claim. @public */
export interface DesiredState {
  readonly replicas?: number;
  readonly containers: readonly DesiredContainer[];
  readonly autoscaler?: DesiredAutoscaler;
  /** Of the object's own metadata. */
  readonly labels?: Readonly<Record<string, string>>;
  /** Of its pod template. */
  readonly podLabels?: Readonly<Record<string, string>>;
  /** Of a PersistentVolumeClaim. */
  readonly claim?: DesiredClaim;
}

/** Kind of the object that asks for storage of its own. */
export const CLAIM_KIND = 'PersistentVolumeClaim';

/** Kind of the object that an autoscaler's settings stand in. */
export const AUTOSCALER_KIND = 'HorizontalPodAutoscaler';

const POD_TEMPLATE_PATHS: Readonly<Record<string, readonly string[]>> = {
  CronJob: ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
  Pod: ['spec'],
};
const DEFAULT_POD_TEMPLATE_PATH = ['spec', 'template', 'spec'] as const;

const POD_MAKERS = [
  'CronJob',
  'DaemonSet',
  'Deployment',
  'Job',
  'ReplicaSet',
  'StatefulSet',
];

type Plain = { readonly [key: string]: unknown };

/** Keys that lead from an object of this kind to its pod spec. @public */
export function podSpecPath(kind: string): readonly string[] {
  return POD_TEMPLATE_PATHS[kind] ?? DEFAULT_POD_TEMPLATE_PATH;
}

/** Keys that lead to the labels of the pods of this kind; undefined = it makes none. */
export function podLabelsPath(kind: string): readonly string[] | undefined {
  return POD_MAKERS.includes(kind)
    ? [...podSpecPath(kind).slice(0, -1), 'metadata', 'labels']
    : undefined;
}

/**
 * Reads the state out of a plain object (whole or a patch); what is absent or malformed is undefined.
 *
 * @public
 */
export function readDesiredState(kind: string, object: unknown): DesiredState {
  const podSpec = at(object, podSpecPath(kind));
  return {
    replicas: integerAt(at(object, ['spec']), 'replicas'),
    containers: [
      ...listOf(at(podSpec, ['containers'])).flatMap(item =>
        readContainer(item, false),
      ),
      ...listOf(at(podSpec, ['initContainers'])).flatMap(item =>
        readContainer(item, true),
      ),
    ],
    autoscaler: kind === AUTOSCALER_KIND ? readAutoscaler(object) : undefined,
    labels: stringsAt(object, ['metadata', 'labels']),
    podLabels: stringsAt(object, podLabelsPath(kind)),
    claim:
      kind === CLAIM_KIND
        ? {
            size: scalarAt(object, [
              'spec',
              'resources',
              'requests',
              'storage',
            ]),
            storageClass: scalarAt(object, ['spec', 'storageClassName']),
          }
        : undefined,
  };
}

function readAutoscaler(object: unknown): DesiredAutoscaler {
  const spec = at(object, ['spec']);
  const [kind, name] = ['kind', 'name'].map(key =>
    at(spec, ['scaleTargetRef', key]),
  );
  return {
    minReplicas: integerAt(spec, 'minReplicas'),
    maxReplicas: integerAt(spec, 'maxReplicas'),
    follows: readFollowed(spec),
    scales:
      typeof kind === 'string' && typeof name === 'string'
        ? { kind, name }
        : undefined,
  };
}

/** `autoscaling/v1` knows only CPU; since `v2` it is one of a list of metrics. */
function readFollowed(spec: unknown): DesiredAutoscaler['follows'] {
  const alone = integerAt(spec, 'targetCPUUtilizationPercentage');
  if (alone !== undefined) {
    return {
      pointer: '/spec/targetCPUUtilizationPercentage',
      cpuUtilisationPercent: alone,
    };
  }
  const metrics = at(spec, ['metrics']);
  if (metrics === undefined) {
    return undefined;
  }
  const found = listOf(metrics).flatMap((metric, index) => {
    const percent = integerAt(
      at(metric, ['resource', 'target']),
      'averageUtilization',
    );
    return at(metric, ['resource', 'name']) === 'cpu' && percent !== undefined
      ? [
          {
            pointer: `/spec/metrics/${index}/resource/target/averageUtilization`,
            cpuUtilisationPercent: percent,
          },
        ]
      : [];
  });
  return found.length === 1 ? found[0] : {};
}

/** The state after a patch is laid over it; what the patch leaves out stays. */
export function overlayDesiredState(
  base: DesiredState,
  patch: DesiredState,
): DesiredState {
  const containers = base.containers.map(container => {
    const over = patch.containers.find(item => item.name === container.name);
    return over
      ? { ...container, ...defined(over), init: container.init }
      : container;
  });
  const added = patch.containers.filter(
    item => !base.containers.some(container => container.name === item.name),
  );
  return {
    replicas: patch.replicas ?? base.replicas,
    containers: [...containers, ...added],
    autoscaler:
      base.autoscaler || patch.autoscaler
        ? { ...base.autoscaler, ...defined(patch.autoscaler ?? {}) }
        : undefined,
    labels: joined(base.labels, patch.labels),
    podLabels: joined(base.podLabels, patch.podLabels),
    claim:
      base.claim || patch.claim
        ? { ...base.claim, ...defined(patch.claim ?? {}) }
        : undefined,
  };
}

function readContainer(item: unknown, init: boolean): DesiredContainer[] {
  const name = at(item, ['name']);
  if (typeof name !== 'string') {
    return [];
  }
  return [
    {
      name,
      init,
      cpuRequest: quantityAt(item, 'requests', 'cpu'),
      memoryRequest: quantityAt(item, 'requests', 'memory'),
      cpuLimit: quantityAt(item, 'limits', 'cpu'),
      memoryLimit: quantityAt(item, 'limits', 'memory'),
    },
  ];
}

function quantityAt(
  item: unknown,
  side: 'requests' | 'limits',
  resource: 'cpu' | 'memory',
): string | undefined {
  return scalarAt(item, ['resources', side, resource]);
}

function scalarAt(item: unknown, keys: readonly string[]): string | undefined {
  const value = at(item, keys);
  return typeof value === 'string' || typeof value === 'number'
    ? String(value)
    : undefined;
}

function stringsAt(
  object: unknown,
  keys: readonly string[] | undefined,
): Readonly<Record<string, string>> | undefined {
  const found = keys && at(object, keys);
  return typeof found === 'object' && found !== null
    ? Object.fromEntries(
        Object.entries(found).filter(([, value]) => typeof value === 'string'),
      )
    : undefined;
}

function joined(
  base: Readonly<Record<string, string>> | undefined,
  over: Readonly<Record<string, string>> | undefined,
): Readonly<Record<string, string>> | undefined {
  return base || over ? { ...base, ...over } : undefined;
}

function integerAt(value: unknown, key: string): number | undefined {
  const found = at(value, [key]);
  return typeof found === 'number' && Number.isSafeInteger(found)
    ? found
    : undefined;
}

function at(value: unknown, keys: readonly string[]): unknown {
  return keys.reduce<unknown>(
    (node, key) =>
      typeof node === 'object' && node !== null && Object.hasOwn(node, key)
        ? (node as Plain)[key]
        : undefined,
    value,
  );
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}

function defined<T extends object>(value: T): Partial<T> {
  return Object.fromEntries(
    Object.entries(value).filter(([, item]) => item !== undefined),
  ) as Partial<T>;
}
