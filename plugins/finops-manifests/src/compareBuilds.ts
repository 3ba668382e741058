import { posix } from 'node:path';
import type { ProofCheck } from '@apexlogic/backstage-plugin-finops-common';
import { renderedObjects } from './kubernetes/built';
import { collectKustomizeInputs } from './kubernetes/kustomizeInputs';
import type { Renderer } from './kubernetes/render';
import type { RepositoryReader } from './kubernetes/repositoryReader';
import { failed, listed, passed, skipped } from './proofChecks';
import { parseQuantity } from './quantity';
import type { WantedField } from './wantedFields';
import { differingPointers, leavesOf } from './yaml/leaves';

/** What of an object of a build is to differ. */
export interface ExpectedObject {
  /** `added` may hold more than the fields: kustomizations label what they build. */
  readonly kind: 'changed' | 'added' | 'removed';
  readonly fields: readonly WantedField[];
}

const UNCHANGED: ExpectedObject = { kind: 'changed', fields: [] };

/**
 * Builds a kustomization before and after: only the expected objects differ, by the expected fields only.
 *
 * @param options - `after`: changed files, undefined = deleted; `expected`: by the key of the object
 */
export async function compareBuilds(options: {
  readonly kustomization: string;
  readonly after: ReadonlyMap<string, Uint8Array | undefined>;
  readonly expected: ReadonlyMap<string, ExpectedObject>;
  readonly reader: RepositoryReader;
  readonly render: Renderer;
}): Promise<ProofCheck> {
  const { kustomization, after, expected, reader, render } = options;
  const directory = posix.dirname(kustomization);
  const inputs = await collectKustomizeInputs(directory, reader);
  if (inputs.kind === 'incomplete') {
    return skipped('render', inputs.reason);
  }
  const before = await render({ files: inputs.files, directory });
  if (before.kind !== 'rendered') {
    const reason =
      before.kind === 'failed'
        ? `It does not build without the change either: ${before.reason}`
        : '';
    return skipped('render', reason || before.reason);
  }
  const now = await render({
    files: withChanges(inputs.files, after),
    directory,
  });
  if (now.kind !== 'rendered') {
    return failed('render', `It does not build any more: ${now.reason}`);
  }
  const [objectsBefore, objectsNow] = [
    renderedObjects(before.text),
    renderedObjects(now.text),
  ];
  for (const [key, { kind }] of expected) {
    const presence = [objectsBefore.has(key), objectsNow.has(key)];
    const wanted = [kind !== 'added', kind !== 'removed'];
    if (String(presence) !== String(wanted)) {
      return failed(
        'render',
        `The build of ${kustomization} ${
          presence[0] ? 'holds' : 'does not hold'
        } ${key}, and afterwards ${presence[1] ? 'does' : 'does not'}`,
      );
    }
  }
  for (const key of new Set([...objectsBefore.keys(), ...objectsNow.keys()])) {
    const { kind, fields } = expected.get(key) ?? UNCHANGED;
    if (kind === 'removed') {
      continue;
    }
    const leaves = {
      before: leavesOf(objectsBefore.get(key), { nameLists: true }),
      after: leavesOf(objectsNow.get(key), { nameLists: true }),
    };
    const allowed = fields.map(field => field.pointer);
    const unintended = differingPointers(leaves.before, leaves.after).filter(
      pointer => kind !== 'added' && !allowed.includes(pointer),
    );
    if (unintended.length > 0) {
      return failed(
        'render',
        `The build of ${kustomization} also changes ${key} at ${listed(
          unintended,
        )}`,
      );
    }
    const unmet = fields.filter(
      field => !says(leaves.after.get(field.pointer), field.value),
    );
    if (unmet.length > 0) {
      return failed(
        'render',
        `The change does not reach the build at ${listed(
          unmet.map(field => field.pointer),
        )}`,
      );
    }
  }
  return passed(
    'render',
    `kustomize builds ${objectsNow.size} objects; only ${[
      ...expected.keys(),
    ].join(' and ')} ${
      expected.size === 1 ? 'differs' : 'differ'
    }, as intended`,
  );
}

/** The files of a build after changes; what is deleted is left out. */
export function withChanges(
  files: ReadonlyMap<string, Uint8Array>,
  after: ReadonlyMap<string, Uint8Array | undefined>,
): ReadonlyMap<string, Uint8Array> {
  const changed = new Map(files);
  for (const [path, bytes] of after) {
    if (bytes) {
      changed.set(path, bytes);
    } else {
      changed.delete(path);
    }
  }
  return changed;
}

function says(leaf: unknown, value: string | number): boolean {
  if (leaf === value) {
    return true;
  }
  const [found, wanted] = [
    typeof leaf === 'string' || typeof leaf === 'number'
      ? parseQuantity(leaf)
      : undefined,
    parseQuantity(value),
  ];
  return (
    found !== undefined && wanted !== undefined && found.nanos === wanted.nanos
  );
}
