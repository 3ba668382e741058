import type {
  FieldChange,
  PlannedObject,
} from '@apexlogic/backstage-plugin-finops-common';
import type { ExpectedObject } from '../compareBuilds';
import { parsePlain } from '../kubernetes/built';
import { BuiltWorkload, buildWorkloads } from '../kubernetes/buildWorkloads';
import { buildKustomizeGraph } from '../kubernetes/kustomizeGraph';
import type { RepositoryReader } from '../kubernetes/repositoryReader';
import { plannedFile } from '../plan';
import { spliceBytes } from '../applySplices';
import { wantedRationale } from '../rationale';
import type { PlanRefusal, Rationale } from '../types';
import { differingPointers, leavesOf, pointerKeys } from '../yaml/leaves';
import type { Wanted, WantedMap } from '../yaml/mergeEdits';
import type { Deployer } from './controllers';
import type { DraftFile } from './draft';
import { editObject, refOf } from './editObject';

const RESPECT = 'RespectIgnoreDifferences=true';

/** @internal */
export type LeftAlone =
  | {
      readonly kind: 'part';
      readonly files: readonly DraftFile[];
      readonly changes: readonly FieldChange[];
      readonly object: PlannedObject;
      readonly expected: ExpectedObject;
    }
  /** It leaves the field alone already. */
  | { readonly kind: 'nothing' }
  | PlanRefusal;

/**
 * Has an Argo CD Application leave one field of a workload as it is in the cluster: neither a difference nor
 * written when it syncs (https://argo-cd.readthedocs.io/en/stable/user-guide/sync-options/#respect-ignore-difference-configs).
 */
export async function leaveAlone(
  { file, object }: Deployer,
  workload: BuiltWorkload,
  field: string,
  rationale: Rationale,
  reader: RepositoryReader,
): Promise<LeftAlone> {
  const spec = (object.plain.spec ?? {}) as {
    syncPolicy?: { syncOptions?: readonly unknown[] };
    ignoreDifferences?: readonly Readonly<Record<string, unknown>>[];
  };
  const respects = spec.syncPolicy?.syncOptions?.includes(RESPECT) === true;
  const ignores = spec.ignoreDifferences?.some(ignored =>
    covers(ignored, workload, field),
  );
  if (respects && ignores) {
    return { kind: 'nothing' };
  }
  const graph = await buildKustomizeGraph(reader);
  const built: BuiltWorkload[] = [];
  for (const leaf of graph.leaves) {
    const objects = await buildWorkloads(leaf, object.kind, reader);
    built.push(
      ...objects.filter(
        ({ layers: [layer] }) =>
          layer.path === file.path &&
          layer.documentIndex === object.documentIndex &&
          layer.pointer === object.pointer,
      ),
    );
  }
  if (built.length > 1) {
    return {
      kind: 'refused',
      code: 'shared-base',
      reason: `${file.path} holds Application ${object.name}, which starts ${workload.kind} ${workload.name} again, and ${built.length} kustomizations share it. Have it ignore ${field} first`,
    };
  }
  const edited = editObject(file, object, [
    {
      under: '',
      wanted: map([
        ['metadata', wantedRationale(rationale)],
        [
          'spec',
          map([
            ...(respects
              ? []
              : [
                  [
                    'syncPolicy',
                    map([
                      [
                        'syncOptions',
                        { kind: 'last', item: scalar(RESPECT) } as const,
                      ],
                    ]),
                  ] as const,
                ]),
            ...(ignores
              ? []
              : [
                  [
                    'ignoreDifferences',
                    { kind: 'last', item: rule(workload, field) },
                  ] as const,
                ]),
          ]),
        ],
      ]),
    },
  ]);
  if (edited.kind === 'refused') {
    return edited;
  }
  const [deployed] = built;
  return {
    kind: 'part',
    files: [{ kind: 'edited', file, edits: edited.edits }],
    changes: edited.changes,
    object: {
      object: refOf(deployed ?? object),
      kustomization: deployed?.root?.path,
    },
    expected: { kind: 'changed', fields: differences() },
  };

  /** As a build shows them, where list items go by their names. */
  function differences(): ExpectedObject['fields'] {
    const { splices } = plannedFile(
      file.path,
      file,
      edited.kind === 'edited' ? edited.edits : [],
    );
    const after = parsePlain(spliceBytes(file.bytes, splices)!)!;
    const leaves = [
      object.plain,
      pointerKeys(object.pointer).reduce<any>(
        (node, key) => node[key],
        after[object.documentIndex],
      ),
    ].map(plain => leavesOf(plain, { nameLists: true }));
    return differingPointers(leaves[0], leaves[1]).map(pointer => ({
      pointer,
      value: leaves[1].get(pointer) as string | number,
    }));
  }
}

function covers(
  ignored: Readonly<Record<string, unknown>>,
  { apiVersion, kind, name }: BuiltWorkload,
  field: string,
): boolean {
  const [group] = apiVersion.split('/');
  return (
    ['*', group].includes(String(ignored.group ?? '')) &&
    ['*', kind].includes(String(ignored.kind)) &&
    (ignored.name === undefined || ignored.name === name) &&
    Array.isArray(ignored.jsonPointers) &&
    ignored.jsonPointers.includes(field)
  );
}

function rule(
  { apiVersion, kind, name }: BuiltWorkload,
  field: string,
): WantedMap {
  return map([
    ['group', scalar(apiVersion.split('/')[0])],
    ['kind', scalar(kind)],
    ['name', scalar(name)],
    ['jsonPointers', { kind: 'last', item: scalar(field) }],
  ]);
}

function map(entries: readonly (readonly [string, Wanted])[]): WantedMap {
  return { kind: 'map', entries };
}

function scalar(value: string) {
  return { kind: 'scalar' as const, value };
}
