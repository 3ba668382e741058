import {
  podSpecPath,
  SourceObject,
} from '@apexlogic/backstage-plugin-finops-manifests';
import { Suggestion } from '../database/CheckStore';

type Keys = readonly (string | number)[];

/** Capabilities that let a container out of its box. */
const BROAD_CAPABILITIES = [
  'ALL',
  'BPF',
  'DAC_READ_SEARCH',
  'NET_ADMIN',
  'NET_RAW',
  'SYS_ADMIN',
  'SYS_MODULE',
  'SYS_PTRACE',
];

/** A value that a rule objects to, where it stands. */
export interface Objection {
  readonly rule: string;
  readonly kind: Suggestion['kind'];
  readonly keys: Keys;
  readonly message: string;
  /** What should stand there, where that is known. */
  readonly instead?: string;
}

const HOST_FIELDS: Readonly<Record<string, string>> = {
  hostNetwork: 'shares the network of its node',
  hostPID: 'sees the processes of its node',
  hostIPC: 'shares the memory of processes of its node',
};

/** What an object says that lets its containers do more than they should need. Explicit values only. */
export function securityObjections({
  object,
  plain,
}: Pick<SourceObject, 'object' | 'plain'>): Objection[] {
  const pod = podSpecPath(object.kind);
  const spec = at(plain, pod);
  if (typeof spec !== 'object' || spec === null) {
    return [];
  }
  const found: Objection[] = [];
  const object_ = (
    rule: string,
    keys: Keys,
    message: string,
    instead?: string,
  ) =>
    found.push({
      rule,
      kind: 'security',
      keys: [...pod, ...keys],
      message,
      instead,
    });

  for (const [field, what] of Object.entries(HOST_FIELDS)) {
    if (at(spec, [field]) === true) {
      object_('host-namespace', [field], `A pod that ${what}.`, 'false');
    }
  }
  runAsRoot(['securityContext'], 'The pod');
  listAt(spec, ['volumes']).forEach((volume, index) => {
    if (at(volume, ['hostPath']) !== undefined) {
      object_(
        'host-path',
        ['volumes', index, 'hostPath'],
        'A volume on the disk of the node: whoever reaches the container reaches the node.',
      );
    }
  });
  for (const list of ['containers', 'initContainers']) {
    listAt(spec, [list]).forEach((container, index) => {
      const keys = [list, index];
      const name = `Container ${String(at(container, ['name']) ?? index)}`;
      const image = at(container, ['image']);
      if (typeof image === 'string' && isUnpinned(image)) {
        object_(
          'image-not-pinned',
          [...keys, 'image'],
          `${name} takes whatever the registry has under that name; name a version or a digest.`,
        );
      }
      const security = [...keys, 'securityContext'];
      const flag = (field: string, bad: boolean) =>
        at(spec, [...security, field]) === bad;
      if (flag('privileged', true)) {
        object_(
          'privileged',
          [...security, 'privileged'],
          `${name} is privileged: it may do on its node whatever root may.`,
          'false',
        );
      }
      if (flag('allowPrivilegeEscalation', true)) {
        object_(
          'privilege-escalation',
          [...security, 'allowPrivilegeEscalation'],
          `${name} may gain more rights than it starts with.`,
          'false',
        );
      }
      runAsRoot(security, name);
      listAt(spec, [...security, 'capabilities', 'add']).forEach(
        (capability, position) => {
          if (
            BROAD_CAPABILITIES.includes(
              String(capability).toUpperCase().replace(/^CAP_/, ''),
            )
          ) {
            object_(
              'broad-capability',
              [...security, 'capabilities', 'add', position],
              `${name} gets ${String(capability)}, which reaches beyond it.`,
            );
          }
        },
      );
    });
  }
  return found;

  function runAsRoot(security: Keys, who: string): void {
    if (at(spec, [...security, 'runAsUser']) === 0) {
      object_(
        'runs-as-root',
        [...security, 'runAsUser'],
        `${who} runs as root.`,
      );
    }
    if (at(spec, [...security, 'runAsNonRoot']) === false) {
      object_(
        'runs-as-root',
        [...security, 'runAsNonRoot'],
        `${who} may run as root.`,
        'true',
      );
    }
  }
}

/** Without a tag, or with one that moves by its nature. */
function isUnpinned(image: string): boolean {
  if (image.includes('@') || image.trim() === '') {
    return false;
  }
  // A colon before the last slash belongs to a port.
  const tag = /:([^:/]+)$/.exec(image)?.[1];
  return tag === undefined || tag === 'latest';
}

/** The value at keys, or undefined. */
export function at(value: unknown, keys: Keys): unknown {
  return keys.reduce<unknown>(
    (node, key) =>
      typeof node === 'object' && node !== null && Object.hasOwn(node, key)
        ? (node as Record<string | number, unknown>)[key]
        : undefined,
    value,
  );
}

/** The list at keys; empty where there is none. */
export function listAt(value: unknown, keys: Keys): readonly unknown[] {
  const found = at(value, keys);
  return Array.isArray(found) ? found : [];
}
