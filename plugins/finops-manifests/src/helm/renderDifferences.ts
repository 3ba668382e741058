import { differingPointers, leavesOf } from '../yaml/leaves';
import type { RenderedChart, RenderedObject } from './renderChart';

/** A leaf that two renderings of a chart write differently. */
export interface RenderDifference {
  /** Of the object among those of the first rendering; -1 = it is new. */
  readonly position: number;
  /** `Deployment web`. */
  readonly object: string;
  /** RFC 6901 pointer in the object. */
  readonly pointer: string;
  readonly before: unknown;
  readonly after: unknown;
}

/** Every leaf in which two renderings differ; a file that can be carried out only in one is one, too. */
export function objectDifferences(
  before: RenderedChart,
  now: RenderedChart,
): RenderDifference[] {
  const differences: RenderDifference[] = [];
  const [old, current] = [before, now].map(keyed);
  for (const key of new Set([...old.keys(), ...current.keys()])) {
    const [was, is] = [old.get(key), current.get(key)];
    const leaves = {
      before: was ? leavesOf(was.plain) : new Map(),
      after: is ? leavesOf(is.plain) : new Map(),
    };
    const { kind, name } = (was ?? is)!;
    for (const pointer of differingPointers(leaves.before, leaves.after)) {
      differences.push({
        position: was ? before.objects.indexOf(was) : -1,
        object: `${kind} ${name ?? '(of an unknown name)'}`,
        pointer,
        before: leaves.before.get(pointer),
        after: leaves.after.get(pointer),
      });
    }
  }
  for (const path of new Set([...before.failed.keys(), ...now.failed.keys()])) {
    if (before.failed.has(path) !== now.failed.has(path)) {
      differences.push({
        position: -1,
        object: path,
        pointer: '',
        before: before.failed.get(path),
        after: now.failed.get(path),
      });
    }
  }
  return differences;
}

function keyed({ objects }: RenderedChart): Map<string, RenderedObject> {
  const map = new Map<string, RenderedObject>();
  const seen = new Map<string, number>();
  for (const object of objects) {
    const key = JSON.stringify([
      object.file,
      object.kind,
      object.namespace,
      object.name,
    ]);
    const count = seen.get(key) ?? 0;
    seen.set(key, count + 1);
    map.set(`${key}#${count}`, object);
  }
  return map;
}
