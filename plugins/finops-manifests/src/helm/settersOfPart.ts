import type { Part } from '../partsOf';
import type { DesiredState } from '../kubernetes/desiredState';
import { podSpecPath } from '../kubernetes/desiredState';
import type { Ambiguous, FieldSite, NotManaged } from '../types';
import type { Setter, SetterField } from './findSetters';

/** The fields of a part that setter comments name, with what they say at present. */
export interface NamedFields {
  readonly kind: 'named';
  readonly desired: DesiredState;
  readonly sites: readonly FieldSite[];
}

const CONTAINER_FIELDS = [
  ['cpuRequest', 'cpu-request', 'requests/cpu'],
  ['memoryRequest', 'memory-request', 'requests/memory'],
  ['memoryLimit', 'memory-limit', 'limits/memory'],
  ['cpuLimit', 'cpu-limit', 'limits/cpu'],
] as const;

/**
 * Places that setter comments name for a part. They win over everything else, so they must name all that is
 * wanted or none of it; undefined when they name nothing of it.
 */
export function settersOfPart(
  part: Part,
  setters: readonly Setter[],
): NamedFields | Ambiguous | NotManaged | undefined {
  const workload = isAutoscaler(part) ? part.scaled.name : part.object.name;
  const sites: FieldSite[] = [];
  const problems: (Ambiguous | NotManaged)[] = [];
  const missing: string[] = [];
  const named = (
    field: SetterField,
    container: string | undefined,
    pointer: string,
    isWanted: boolean,
  ): unknown => {
    const fitting = setters.filter(
      setter =>
        setter.field === field &&
        (setter.workload === undefined || setter.workload === workload) &&
        (container === undefined ||
          setter.container === undefined ||
          setter.container === container),
    );
    const exact = fitting.filter(setter => setter.workload === workload);
    const narrowed = exact.length > 0 ? exact : fitting;
    if (narrowed.length > 1 && isWanted) {
      problems.push({
        kind: 'ambiguous',
        candidates: narrowed.map(({ place: { path, documentIndex } }) => ({
          path,
          documentIndex,
        })),
        reason: `${
          narrowed.length
        } setter comments name the ${field} of ${workload}: ${narrowed
          .map(({ place: { path } }) => path)
          .join(', ')}`,
      });
    }
    const [only] = narrowed;
    if (narrowed.length !== 1) {
      if (isWanted && narrowed.length === 0) {
        missing.push(field);
      }
      return undefined;
    }
    sites.push({ ...only.place, pointer });
    return only.value;
  };
  let desired: DesiredState = { containers: [] };
  switch (part.kind) {
    case 'resources':
      desired = {
        containers: part.containers.map(wanted => ({
          name: wanted.container,
          init: false,
          ...Object.fromEntries(
            CONTAINER_FIELDS.flatMap(([key, field, at]) => {
              const value = named(
                field,
                wanted.container,
                `/${podSpecPath(part.object.kind).join('/')}/containers/[${
                  wanted.container
                }]/resources/${at}`,
                wanted[key] !== undefined,
              );
              return value === undefined || value === null
                ? []
                : [[key, String(value)]];
            }),
          ),
        })),
      };
      break;
    case 'replicas': {
      const value = named('replicas', undefined, '/spec/replicas', true);
      desired = { ...desired, replicas: whole(value) };
      break;
    }
    case 'autoscaler-bounds':
      desired = {
        ...desired,
        autoscaler: {
          minReplicas: whole(
            named(
              'min-replicas',
              undefined,
              '/spec/minReplicas',
              part.from.minReplicas !== part.to.minReplicas,
            ),
          ),
          maxReplicas: whole(
            named(
              'max-replicas',
              undefined,
              '/spec/maxReplicas',
              part.from.maxReplicas !== part.to.maxReplicas,
            ),
          ),
          scales: { kind: part.scaled.kind, name: part.scaled.name },
        },
      };
      break;
    default:
      return undefined;
  }
  if (sites.length === 0 && problems.length === 0) {
    return undefined;
  }
  if (problems.length > 0) {
    return problems[0];
  }
  return missing.length > 0
    ? {
        kind: 'not-managed',
        code: 'value-not-found',
        reason: `Setter comments name other fields of ${workload}, but not its ${missing.join(
          ' and ',
        )}`,
      }
    : { kind: 'named', desired, sites };
}

function isAutoscaler(
  part: Part,
): part is Extract<Part, { kind: 'autoscaler-bounds' | 'autoscaler-target' }> {
  return part.kind === 'autoscaler-bounds' || part.kind === 'autoscaler-target';
}

function whole(value: unknown): number | undefined {
  const amount = typeof value === 'string' ? Number(value) : value;
  return Number.isSafeInteger(amount) ? (amount as number) : undefined;
}
