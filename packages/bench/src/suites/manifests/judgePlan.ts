import { PlannedFile } from '@apexlogic/backstage-plugin-finops-common';
import {
  PlanResult,
  Renderer,
} from '@apexlogic/backstage-plugin-finops-manifests';
import { isUsed } from './isUsed';
import { documentsOf, isKustomization, Repository } from './repository';
import { Asked, Judgement } from './types';

/** What the plans of this suite say beside each change. */
export const RATIONALE = {
  prefix: 'ai.apexlogic.com',
  reason: 'CPU 30 % underused over 7 days',
  model: { name: 'CostOptimizer', version: '0.0.0' },
  priority: 'low',
} as const;

const ANNOTATIONS: Readonly<Record<string, string>> = {
  '/metadata/annotations/ai.apexlogic.com~1optimisation-reason':
    RATIONALE.reason,
  '/metadata/annotations/ai.apexlogic.com~1proposed-by-model':
    'CostOptimizer-v0.0.0',
  '/metadata/annotations/ai.apexlogic.com~1review-priority': 'low',
};

/**
 * Judges a plan without the product: every file is read by another parser, and what is deployed is built
 * by kubectl, before and after. Exactly the values asked for and the reasons beside them may differ, of
 * what is deployed from the workload's folder and from every other.
 */
export async function judgePlan(
  asked: Asked,
  result: PlanResult,
  repository: Repository,
  folders: readonly string[],
  render: Renderer,
  reach: ReadonlyMap<string, readonly string[]> = new Map(),
): Promise<Judgement> {
  if (result.kind === 'refused') {
    return result;
  }
  const user = asked.removed && isUsed(asked.deployed);
  if (user) {
    return { kind: 'wrong', reason: `${user} still needs it` };
  }
  const after = applied(result.plan.files, repository);
  const lines = asked.removed
    ? scatteredCut(result, repository, after)
    : unplannedLines(result, repository, after);
  if (lines) {
    return { kind: 'wrong', reason: lines };
  }
  for (const { path, deleted } of result.plan.files) {
    const [before, now] = [repository.files, after].map(files =>
      documentsOf(bytesOf(files, path)),
    );
    const expected = repository.files.has(path) ? before?.length : 1;
    const gone =
      asked.removed && !deleted && !isKustomization(path) && before!.length > 0;
    // Nothing is read as one empty document.
    if (!deleted && now?.length !== expected! - (gone ? 1 : 0)) {
      return { kind: 'wrong', reason: `${path} is not the same documents` };
    }
  }
  const { deployed } = asked;
  const differences =
    deployed.source === 'kustomize'
      ? await builtDifferences(
          repository,
          after,
          folders.filter(folder => reads(folder, result)),
          render,
          filesOf,
        )
      : fileDifferences(result, repository, after);
  const planned = new Map<string, string | number | boolean>();
  for (const { kind, name, pointer, value } of asked.expected) {
    planned.set(`${deployed.path} ${kind} ${name} ${pointer}`, value);
    for (const [annotation, text] of Object.entries(ANNOTATIONS)) {
      planned.set(`${deployed.path} ${kind} ${name} ${annotation}`, text);
    }
  }
  const { removed, added } = asked;
  for (const [where, value] of differences) {
    const isGone =
      removed !== undefined &&
      value === undefined &&
      where.startsWith(`${deployed.path} ${removed.kind} ${removed.name} `);
    const isMetadata =
      added !== undefined &&
      where.startsWith(
        `${deployed.path} ${added.kind} ${added.name} /metadata/`,
      );
    if (isGone || (isMetadata && !planned.has(where))) {
      continue;
    }
    if (!planned.has(where) || !isSame(planned.get(where)!, value)) {
      return { kind: 'wrong', reason: `${where} became ${value}` };
    }
  }
  if (removed) {
    const left = leftOf(removed, deployed.object, deployed.path, differences);
    if (left) {
      return { kind: 'wrong', reason: `${left} is still there` };
    }
  }
  const missing = [...planned.keys()].find(where => !differences.has(where));
  return missing
    ? { kind: 'wrong', reason: `${missing} did not change` }
    : { kind: 'exact' };

  /** Whether a plan touches what a kustomization reads. */
  function reads(folder: string, { plan }: Planned): boolean {
    return plan.files.some(({ path }) => isRead(folder, path));
  }

  function isRead(folder: string, path: string): boolean {
    const paths = reach.get(folder);
    return (
      paths === undefined ||
      paths.some(at => at === '.' || path === at || path.startsWith(`${at}/`))
    );
  }

  function filesOf(folder: string, files: Files): Files {
    return new Map([...files].filter(([path]) => isRead(folder, path)));
  }
}

type Files = ReadonlyMap<string, Uint8Array>;

type Planned = Extract<PlanResult, { kind: 'planned' }>;

/** A field of a removed object that did not go. */
function leftOf(
  { kind, name }: { readonly kind: string; readonly name: string },
  object: unknown,
  folder: string,
  differences: ReadonlyMap<string, unknown>,
): string | undefined {
  const leaves = new Map<string, unknown>();
  collectLeaves(object, `${folder} ${kind} ${name}`, '', leaves);
  return [...leaves.keys()].find(
    where => !differences.has(where) || differences.get(where) !== undefined,
  );
}

/** What goes of a file goes in one piece; nothing is written in its place. */
function scatteredCut(
  { plan }: Planned,
  { files }: Repository,
  after: ReadonlyMap<string, Uint8Array>,
): string | undefined {
  return plan.files
    .filter(({ path, splices }) => files.has(path) && splices[0]?.text === '')
    .map(({ path }) => path)
    .find(path => {
      const [old, now] = [files, after].map(list => bytesOf(list, path));
      let same = 0;
      while (same < now.length && old[same] === now[same]) {
        same += 1;
      }
      const rest = Buffer.from(now.subarray(same));
      return !rest.equals(old.subarray(old.length - rest.length));
    });
}

/** The files of a repository with the edits of a plan. */
export function applied(
  files: readonly PlannedFile[],
  repository: Repository,
): Map<string, Uint8Array> {
  const after = new Map(repository.files);
  for (const file of files) {
    const bytes = spliced(bytesOf(repository.files, file.path), file);
    if (file.deleted) {
      after.delete(file.path);
    } else {
      after.set(file.path, bytes);
    }
  }
  return after;
}

export function bytesOf(
  files: ReadonlyMap<string, Uint8Array>,
  path: string,
): Uint8Array {
  return files.get(path) ?? new Uint8Array();
}

export function spliced(
  bytes: Uint8Array,
  { splices }: PlannedFile,
): Uint8Array {
  const parts: Uint8Array[] = [];
  let at = 0;
  for (const { start, end, text } of splices) {
    parts.push(bytes.subarray(at, start), Buffer.from(text));
    at = end;
  }
  return Buffer.concat([...parts, bytes.subarray(at)]);
}

/** Lines that go away must each hold a value that was planned to change. */
export function unplannedLines(
  { plan }: Extract<PlanResult, { kind: 'planned' }>,
  { files }: Repository,
  after: ReadonlyMap<string, Uint8Array>,
): string | undefined {
  // A file that is created loses nothing.
  for (const { path } of plan.files.filter(file => files.has(file.path))) {
    const [old, now] = [files, after].map(list =>
      new TextDecoder().decode(list.get(path)).split('\n'),
    );
    const replaced = plan.changes.filter(
      change => change.path === path && change.before !== undefined,
    );
    const gone = goneLines(old, now);
    // An empty `annotations: {}` is filled, too.
    const stray = gone.find(
      line =>
        !replaced.some(({ before }) => line.includes(String(before))) &&
        !/(annotations|Annotations|labels|resources|requests|limits|spec|metadata)["']?:\s*(\{.*\}|\[\]|null|~)?\s*(#.*)?$/.test(
          line.trimEnd(),
        ),
    );
    if (stray !== undefined) {
      return `${path} loses the line: ${stray.trim()}`;
    }
  }
  return undefined;
}

/** Lines that a shortest edit takes away: those of a longest common sequence stay. */
function goneLines(old: readonly string[], now: readonly string[]): string[] {
  let start = 0;
  while (start < old.length && old[start] === now[start]) {
    start += 1;
  }
  let same = 0;
  while (
    same < Math.min(old.length, now.length) - start &&
    old.at(-1 - same) === now.at(-1 - same)
  ) {
    same += 1;
  }
  const [from, to] = [old, now].map(lines =>
    lines.slice(start, lines.length - same),
  );
  const length = from.map(() => new Uint32Array(to.length + 1));
  length.push(new Uint32Array(to.length + 1));
  for (let i = from.length - 1; i >= 0; i -= 1) {
    for (let j = to.length - 1; j >= 0; j -= 1) {
      length[i][j] =
        from[i] === to[j]
          ? length[i + 1][j + 1] + 1
          : Math.max(length[i + 1][j], length[i][j + 1]);
    }
  }
  const gone: string[] = [];
  for (let i = 0, j = 0; i < from.length; ) {
    if (j < to.length && from[i] === to[j]) {
      i += 1;
      j += 1;
    } else if (j < to.length && length[i][j + 1] >= length[i + 1][j]) {
      j += 1;
    } else {
      gone.push(from[i]);
      i += 1;
    }
  }
  return gone;
}

/** Leaves that differ of every object deployed from any folder: `folder kind name pointer` → new value. */
async function builtDifferences(
  { files }: Repository,
  after: ReadonlyMap<string, Uint8Array>,
  folders: readonly string[],
  render: Renderer,
  filesOf: (folder: string, files: Files) => Files,
): Promise<Map<string, unknown>> {
  const differences = new Map<string, unknown>();
  for (const directory of folders) {
    const [before, now] = [
      await render({ files, directory }),
      await render({ files: filesOf(directory, after), directory }),
    ].map(built =>
      built.kind === 'rendered'
        ? documentsOf(new TextEncoder().encode(built.text)) ?? []
        : [],
    );
    for (const [key, value] of objectDifferences(before, now)) {
      differences.set(`${directory} ${key}`, value);
    }
  }
  return differences;
}

function fileDifferences(
  { plan }: Extract<PlanResult, { kind: 'planned' }>,
  { files }: Repository,
  after: ReadonlyMap<string, Uint8Array>,
): Map<string, unknown> {
  const differences = new Map<string, unknown>();
  for (const { path } of plan.files.filter(
    file => !isKustomization(file.path),
  )) {
    const folder = path.includes('/') ? path.replace(/\/[^/]*$/, '') : '.';
    const [before, now] = [files, after].map(
      list => documentsOf(bytesOf(list, path)) ?? [],
    );
    for (const [key, value] of objectDifferences(before, now)) {
      differences.set(`${folder} ${key}`, value);
    }
  }
  return differences;
}

function objectDifferences(
  before: readonly unknown[],
  now: readonly unknown[],
): Map<string, unknown> {
  const differences = new Map<string, unknown>();
  const [old, current] = [before, now].map(documents => {
    const leaves = new Map<string, unknown>();
    documents.forEach((document, index) => {
      const list = document as { kind?: string; items?: unknown[] } | null;
      const objects = list?.kind === 'List' ? list.items ?? [] : [document];
      for (const object of objects) {
        const { kind, metadata } = (object ?? {}) as {
          kind?: string;
          metadata?: { name?: string };
        };
        const key = kind ? `${kind} ${metadata?.name}` : `document ${index}`;
        collectLeaves(object, key, '', leaves);
      }
    });
    return leaves;
  });
  for (const key of new Set([...old.keys(), ...current.keys()])) {
    if (old.get(key) !== current.get(key)) {
      differences.set(key, current.get(key));
    }
  }
  return differences;
}

export function collectLeaves(
  value: unknown,
  key: string,
  pointer: string,
  leaves: Map<string, unknown>,
): void {
  if (Array.isArray(value)) {
    const named = value.every(
      item => typeof (item as { name?: unknown } | null)?.name === 'string',
    );
    value.forEach((item, index) =>
      collectLeaves(
        item,
        key,
        `${pointer}/${named ? `[${item.name}]` : index}`,
        leaves,
      ),
    );
    return;
  }
  if (typeof value === 'object' && value !== null && !(value instanceof Date)) {
    for (const [name, item] of Object.entries(value)) {
      const step = name.replaceAll('~', '~0').replaceAll('/', '~1');
      collectLeaves(item, key, `${pointer}/${step}`, leaves);
    }
    return;
  }
  if (value !== null && value !== undefined) {
    leaves.set(`${key} ${pointer}`, value);
  }
}

/** Quantities may be written in another unit: `0.013` for `13m`. */
export function isSame(
  wanted: string | number | boolean,
  found: unknown,
): boolean {
  return (
    wanted === found || (amountOf(wanted) ?? NaN) === (amountOf(found) ?? -1)
  );
}

const UNITS: Readonly<Record<string, number>> = {
  '': 1e6,
  m: 1e3,
  k: 1e9,
  M: 1e12,
  Ki: 1024 * 1e6,
  Mi: 1024 ** 2 * 1e6,
  Gi: 1024 ** 3 * 1e6,
};

function amountOf(value: unknown): number | undefined {
  const [, amount, unit] = /^([\d.]+)(\D*)$/.exec(String(value)) ?? [];
  return amount === undefined || UNITS[unit] === undefined
    ? undefined
    : Math.round(Number(amount) * UNITS[unit]);
}
