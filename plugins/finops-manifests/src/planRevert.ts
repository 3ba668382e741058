import type {
  ChangePlan,
  FieldChange,
  PlannedFile,
  PlannedObject,
  ProofCheck,
  Splice,
} from '@apexlogic/backstage-plugin-finops-common';
import { applyPatch, diffLines, parsePatch, reversePatch } from 'diff';
import { applyPlan, sha256 } from './applySplices';
import { parsePlain } from './kubernetes/built';
import { ManifestObject, parseManifestFile } from './kubernetes/manifestFile';
import { planHash } from './planHash';
import { failed, listed, passed } from './proofChecks';
import type { PlanRefusal, PlanResult, RepositorySnapshot } from './types';
import { unifiedDiff } from './unifiedDiff';
import { differingPointers, Leaf, leavesOf } from './yaml/leaves';

/** Lines around a hunk that others may have changed; the fields are compared besides. */
const FOREIGN_LINES = 2;

const YAML_FILE = /\.(ya?ml|json)$/i;

/** What is written back to one file, and the fields that it changes. */
interface RevertedFile {
  readonly file: PlannedFile;
  readonly changes: readonly FieldChange[];
  /** Nobody has changed the file since, so that its bytes are those before the plan. */
  readonly exact: boolean;
}

/**
 * The plan that takes back exactly what an earlier plan wrote, and nothing that others wrote since: its hunks
 * are reversed where they stand now, by the lines around them, and the fields compared.
 * Where later edits overlap them it is refused, with what a person must do.
 *
 * @param plan - as it was delivered
 * @param snapshot - of the same repository, now
 * @public
 */
export async function planRevert(
  plan: ChangePlan,
  snapshot: RepositorySnapshot,
): Promise<PlanResult> {
  const reverted: RevertedFile[] = [];
  for (const file of plan.files) {
    const changes = plan.changes.filter(({ path }) => path === file.path);
    const result = await revertFile(file, changes, snapshot);
    if ('kind' in result) {
      return result;
    }
    reverted.push(result);
  }
  const files = reverted.map(({ file }) => file);
  const changes = reverted.flatMap(one => one.changes);
  const { repository, baseSha } = snapshot;
  const check = await checkWritten(reverted, plan, snapshot);
  return check.outcome === 'failed'
    ? refuse('proof-failed', check.detail)
    : {
        kind: 'planned',
        plan: {
          hash: planHash(repository, baseSha, files),
          identity: sha256(
            JSON.stringify(['revert', plan.identity, plan.hash]),
          ),
          repository,
          baseSha,
          files,
          changes,
          objects: plan.objects?.map(invertObject),
          proof: { proven: true, checks: [check] },
        },
      };
}

/** Writes it for a try: files that nobody else changed must get the very bytes from before the change. */
async function checkWritten(
  reverted: readonly RevertedFile[],
  { files: originals }: ChangePlan,
  snapshot: RepositorySnapshot,
): Promise<ProofCheck> {
  const written = await applyPlan(
    { files: reverted.map(({ file }) => file) },
    snapshot,
  );
  const exact = reverted.filter(one => one.exact);
  const altered = exact.find(({ file: { path } }) => {
    const [now, then] = [
      written.find(file => file.path === path),
      originals.find(file => file.path === path),
    ];
    return !now || !then || sha256(now.after) !== then.beforeSha256;
  });
  if (altered) {
    return failed('reparse', `The diff of ${altered.file.path} was altered`);
  }
  const others = reverted.length - exact.length;
  return passed(
    'reparse',
    others === 0
      ? `${exact.length} files have the bytes they had before the change`
      : `Others changed ${others} of the files since; read again, the fields of the change differ, nothing else`,
  );
}

async function revertFile(
  planned: PlannedFile,
  changes: readonly FieldChange[],
  snapshot: RepositorySnapshot,
): Promise<RevertedFile | PlanRefusal> {
  const { path } = planned;
  const isThere = snapshot.paths.includes(path);
  if (planned.deleted) {
    return isThere
      ? refuse(
          'value-changed',
          `${path} was deleted by the change and somebody has written it again; look at it by hand`,
        )
      : restored(planned, changes);
  }
  if (!isThere) {
    return planned.created
      ? refuse('already-done', `${path} is gone already`)
      : refuse(
          'value-changed',
          `${path} is gone, so that nothing can be written back to it`,
        );
  }
  const bytes = await snapshot.read(path);
  const exact = sha256(bytes) === planned.afterSha256;
  if (planned.created) {
    return exact
      ? removed(planned, changes, bytes)
      : refuse(
          'value-changed',
          `${path} was written by the change and others have changed it since; delete it by hand if it is not needed`,
        );
  }
  const text = textOf(bytes);
  const before = text === undefined ? undefined : unpatch(planned, text);
  if (text === undefined || before === undefined) {
    return refuse(
      'value-changed',
      `Later edits of ${path} overlap what the change wrote; take back by hand: ${listed(
        changes.map(
          ({ pointer, before: old }) => `${pointer} → ${old ?? 'nothing'}`,
        ),
      )}`,
    );
  }
  const found = exact
    ? changes.map(invertChange)
    : fieldsTakenBack(path, text, before, changes);
  if ('kind' in found) {
    return found;
  }
  return {
    exact,
    changes: found,
    file: {
      path,
      beforeSha256: sha256(bytes),
      afterSha256: sha256(before),
      splices: splicesBetween(text, before),
      diff: unifiedDiff(path, text, before),
    },
  };
}

/** The text before a change; undefined where later edits are in the way. */
function unpatch({ diff }: PlannedFile, text: string): string | undefined {
  const [patch] = parsePatch(diff);
  const before =
    patch &&
    applyPatch(text, reversePatch(patch), {
      fuzzFactor: FOREIGN_LINES,
      autoConvertLineEndings: false,
    });
  return before === false || before === undefined ? undefined : before;
}

/**
 * In a file that others changed too, the fields that would be taken back must be those of the change with
 * their very values: lines that look alike elsewhere are not.
 */
function fieldsTakenBack(
  path: string,
  text: string,
  before: string,
  changes: readonly FieldChange[],
): readonly FieldChange[] | PlanRefusal {
  const [now, then] = [text, before].map(content =>
    YAML_FILE.test(path) ? parsePlain(Buffer.from(content)) : undefined,
  );
  const isPlain = changes.every(({ embedded }) => embedded === undefined);
  if (!now || !then || now.length !== then.length || !isPlain) {
    return refuse(
      'not-supported',
      `Others changed ${path} since, and what taking the change back does to it cannot be proven; do it by hand`,
    );
  }
  const objects = objectsOf(path, text);
  const missing = [...changes];
  const found: FieldChange[] = [];
  const surplus: string[] = [];
  for (const [documentIndex, document] of now.entries()) {
    const [is, was] = [document, then[documentIndex]].map(value =>
      leavesOf(value),
    );
    for (const pointer of differingPointers(is, was)) {
      const index = missing.findIndex(
        change =>
          isOwn(change, objects, documentIndex, pointer) &&
          shapeOf(change.pointer) === shapeOf(pointer) &&
          isSame(change.after, is.get(pointer)) &&
          isSame(change.before, was.get(pointer)),
      );
      if (index < 0) {
        surplus.push(pointer);
      } else {
        const [change] = missing.splice(index, 1);
        found.push({ ...invertChange(change), documentIndex });
      }
    }
  }
  const check =
    surplus.length > 0
      ? failed('reparse', `${path} would also change ${listed(surplus)}`)
      : missing.length > 0 &&
        failed(
          'reparse',
          `${path} does not say any more what the change wrote at ${listed(
            missing.map(({ pointer }) => pointer),
          )}`,
        );
  return check ? refuse('value-changed', check.detail) : found;
}

function objectsOf(path: string, text: string): readonly ManifestObject[] {
  const file = parseManifestFile(path, Buffer.from(text));
  return file.kind === 'manifest' ? file.objects : [];
}

/** Whether a place lies in the object of a change, and in none of another name. */
function isOwn(
  { object }: FieldChange,
  objects: readonly ManifestObject[],
  documentIndex: number,
  pointer: string,
): boolean {
  const holder = objects.find(
    one =>
      one.documentIndex === documentIndex &&
      (one.pointer === '' || pointer.startsWith(`${one.pointer}/`)),
  );
  return (
    holder === undefined ||
    (holder.kind === object.kind && holder.name === object.name)
  );
}

/** Places in lists may have moved; what they hold is compared besides. */
function shapeOf(pointer: string): string {
  return pointer
    .replace(/^\/items\/\d+(?=\/)/, '')
    .replace(/\/\d+(?=\/|$)/g, '/*');
}

function isSame(wanted: FieldChange['before'], leaf: Leaf): boolean {
  return Object.is(wanted, leaf);
}

function restored(
  planned: PlannedFile,
  changes: readonly FieldChange[],
): RevertedFile | PlanRefusal {
  const { path, beforeSha256 } = planned;
  const text = unpatch(planned, '');
  return text === undefined || sha256(text) !== beforeSha256
    ? refuse('proof-failed', `The diff of ${path} was altered`)
    : {
        exact: true,
        changes: changes.map(invertChange),
        file: {
          path,
          created: true,
          beforeSha256: sha256(''),
          afterSha256: beforeSha256,
          splices: [{ start: 0, end: 0, text }],
          diff: unifiedDiff(path, undefined, text),
        },
      };
}

function removed(
  { path, afterSha256 }: PlannedFile,
  changes: readonly FieldChange[],
  bytes: Uint8Array,
): RevertedFile | PlanRefusal {
  const text = textOf(bytes);
  return text === undefined
    ? refuse('unsupported-encoding', `${path} is not UTF-8`)
    : {
        exact: true,
        changes: changes.map(invertChange),
        file: {
          path,
          deleted: true,
          beforeSha256: afterSha256,
          afterSha256: sha256(''),
          splices: [{ start: 0, end: bytes.length, text: '' }],
          diff: unifiedDiff(path, text, undefined),
        },
      };
}

/** Byte splices that make one text the other, line by line. */
function splicesBetween(from: string, to: string): Splice[] {
  const splices: Splice[] = [];
  let at = 0;
  for (const { value, added, removed: gone } of diffLines(from, to)) {
    const last = splices.at(-1);
    const length = Buffer.byteLength(value);
    if (added) {
      if (last?.end === at && last.text === '') {
        splices[splices.length - 1] = { ...last, text: value };
      } else {
        splices.push({ start: at, end: at, text: value });
      }
    } else {
      if (gone) {
        splices.push({ start: at, end: at + length, text: '' });
      }
      at += length;
    }
  }
  return splices;
}

function invertChange(change: FieldChange): FieldChange {
  return { ...change, before: change.after, after: change.before };
}

function invertObject(planned: PlannedObject): PlannedObject {
  const { presence, synthesised } = planned;
  return {
    ...planned,
    ...(presence && { presence: presence === 'added' ? 'removed' : 'added' }),
    ...(synthesised && {
      synthesised: { before: synthesised.after, after: synthesised.before },
    }),
  };
}

/** With its byte order mark, which is a part of the first line; undefined where it is not UTF-8. */
function textOf(bytes: Uint8Array): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(
      bytes,
    );
  } catch {
    return undefined;
  }
}

function refuse(code: PlanRefusal['code'], reason: string): PlanRefusal {
  return { kind: 'refused', code, reason };
}
