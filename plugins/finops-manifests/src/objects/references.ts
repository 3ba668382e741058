import { pointerStep } from '../yaml/leaves';

/** What may be referred to. */
export interface Referred {
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace: string;
}

/** Keys whose value may be the bare name of a host. */
const HOST_KEYS = [
  'address',
  'externalName',
  'host',
  'hosts',
  'hostname',
  'serviceName',
  'url',
  'value',
];
/** Lists of `{name}` that mean Secrets. */
const SECRET_LISTS = ['imagePullSecrets', 'secrets'];
const MAX_DEPTH = 100;

/**
 * Pointers at which plain data names an object: by `kind` and `name` together, by a key that says the kind
 * (`configMapRef`, `secretName`, `claimName`, …), or, of a Service, as a host. It rather finds one too many.
 */
export function referencesIn(data: unknown, wanted: Referred): string[] {
  const pointers: string[] = [];
  const kind = wanted.kind.toLowerCase();
  const isHost = hostPattern(wanted);
  collect(data, '', '', '', 0);
  return pointers;

  function collect(
    node: unknown,
    pointer: string,
    key: string,
    parent: string,
    depth: number,
  ): void {
    if (depth > MAX_DEPTH) {
      return;
    }
    if (Array.isArray(node)) {
      node.forEach((item, index) =>
        collect(item, pointer + pointerStep(index), key, parent, depth + 1),
      );
      return;
    }
    if (typeof node !== 'object' || node === null) {
      if (typeof node === 'string' && namesIt(node, key, parent)) {
        pointers.push(pointer);
      }
      return;
    }
    const map = node as Readonly<Record<string, unknown>>;
    if (map.name === wanted.name && refersByKind(map, key)) {
      pointers.push(pointer);
      return;
    }
    for (const [name, value] of Object.entries(map)) {
      collect(value, pointer + pointerStep(name), name, key, depth + 1);
    }
  }

  function refersByKind(
    map: Readonly<Record<string, unknown>>,
    key: string,
  ): boolean {
    const version = map.apiVersion ?? map.apiGroup ?? map.group;
    const isElsewhere =
      typeof map.namespace === 'string' && map.namespace !== wanted.namespace;
    if (isElsewhere) {
      return false;
    }
    if (typeof map.kind === 'string') {
      return (
        map.kind === wanted.kind &&
        (typeof version !== 'string' ||
          groupOf(version) === groupOf(wanted.apiVersion) ||
          version === groupOf(wanted.apiVersion))
      );
    }
    const at = key.toLowerCase();
    return (
      at === kind ||
      at.endsWith(`${kind}ref`) ||
      at.endsWith(`${kind}keyref`) ||
      (wanted.kind === 'Secret' && SECRET_LISTS.includes(key)) ||
      (wanted.kind === 'Service' && key === 'backendRefs') ||
      // What scales takes a Deployment unless told.
      (wanted.kind === 'Deployment' && key === 'scaleTargetRef')
    );
  }

  function namesIt(value: string, key: string, parent: string): boolean {
    const at = key.toLowerCase();
    if (value === wanted.name) {
      return (
        at === `${kind}name` ||
        at === kind ||
        (wanted.kind === 'PersistentVolumeClaim' && key === 'claimName') ||
        (wanted.kind === 'Service' &&
          HOST_KEYS.includes(key) &&
          parent !== 'labels')
      );
    }
    return wanted.kind === 'Service' && isHost.test(value);
  }
}

/** The name with a port, after `//`, or with its namespace. */
function hostPattern({ name, namespace }: Referred): RegExp {
  const [host, space] = [name, namespace].map(text =>
    text.replace(/[^\w-]/g, match => `\\${match}`),
  );
  const start = String.raw`(?:^|[^\w.-])`;
  return new RegExp(
    `${start}${host}(?:\\.${space}(?:\\.svc[\\w.-]*)?)?:\\d|` +
      `//(?:[^/@\\s]*@)?${host}(?:[./:]|$)|` +
      `${start}${host}\\.${space}(?:[^\\w-]|$)`,
    'm',
  );
}

function groupOf(apiVersion: string): string {
  return apiVersion.includes('/') ? apiVersion.split('/')[0] : '';
}
