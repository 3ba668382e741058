import { DeployedWorkload } from './types';

/**
 * What deployed beside an object needs it, found without the product: by words of the written-out object, and
 * by labels for what selects. Undefined when nothing does.
 */
export function isUsed({
  workload: { kind, name },
  object,
  beside,
}: DeployedWorkload): string | undefined {
  const user = beside.find(other => {
    const written = JSON.stringify({ ...(other as object), metadata: {} });
    return (
      patternsOf(kind, name).some(pattern => pattern.test(written)) ||
      (kind === 'Deployment' && selects(other, object))
    );
  }) as { kind: string; metadata: { name: string } } | undefined;
  return user && `${user.kind} ${user.metadata.name}`;
}

function patternsOf(kind: string, name: string): RegExp[] {
  const value = `"${name}"`;
  const byKind = [
    new RegExp(`"kind":"${kind}","name":${value}`),
    new RegExp(`"name":${value},"kind":"${kind}"`),
  ];
  switch (kind) {
    case 'Service':
      return [
        ...byKind,
        new RegExp(`["/,= ]${name}:\\d`),
        new RegExp(`"service":\\{"name":${value}`),
        new RegExp(`"(serviceName|host)":${value}`),
      ];
    case 'ServiceAccount':
      return [...byKind, new RegExp(`"serviceAccount(Name)?":${value}`)];
    case 'ConfigMap':
      return [
        ...byKind,
        new RegExp(`"configMap(Ref|KeyRef)?":\\{[^}]*"name":${value}`),
      ];
    case 'Secret':
      return [
        ...byKind,
        new RegExp(`"secretName":${value}`),
        new RegExp(`"secret(Ref|KeyRef)?":\\{[^}]*"name":${value}`),
      ];
    case 'PersistentVolumeClaim':
      return [...byKind, new RegExp(`"claimName":${value}`)];
    default:
      return byKind;
  }
}

/** A Service without pods. */
function selects(service: unknown, deployment: unknown): boolean {
  const { kind, spec } = service as {
    kind?: string;
    spec?: { selector?: Readonly<Record<string, string>> };
  };
  const labels = (deployment as any).spec?.template?.metadata?.labels ?? {};
  const asked = Object.entries(spec?.selector ?? {});
  return (
    kind === 'Service' &&
    asked.length > 0 &&
    asked.every(([key, value]) => labels[key] === value)
  );
}
