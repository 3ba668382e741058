import { PlannedFile } from '@apexlogic/backstage-plugin-finops-common';
import {
  PlanResult,
  Renderer,
} from '@apexlogic/backstage-plugin-finops-manifests';
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
): Promise<Judgement> {
  if (result.kind === 'refused') {
    return result;
  }
  const after = new Map(repository.files);
  for (const file of result.plan.files) {
    after.set(file.path, spliced(bytesOf(repository.files, file.path), file));
  }
  const lines = unplannedLines(result, repository, after);
  if (lines) {
    return { kind: 'wrong', reason: lines };
  }
  for (const { path } of result.plan.files) {
    const [before, now] = [repository.files, after].map(files =>
      documentsOf(bytesOf(files, path)),
    );
    const expected = repository.files.has(path) ? before?.length : 1;
    if (!now || now.length !== expected) {
      return { kind: 'wrong', reason: `${path} is not the same documents` };
    }
  }
  const { deployed } = asked;
  const differences =
    deployed.source === 'kustomize'
      ? await builtDifferences(repository, after, folders, render)
      : fileDifferences(result, repository, after);
  const planned = new Map<string, string | number>();
  for (const { kind, name, pointer, value } of asked.expected) {
    planned.set(`${deployed.path} ${kind} ${name} ${pointer}`, value);
    for (const [annotation, text] of Object.entries(ANNOTATIONS)) {
      planned.set(`${deployed.path} ${kind} ${name} ${annotation}`, text);
    }
  }
  for (const [where, value] of differences) {
    if (!planned.has(where) || !isSame(planned.get(where)!, value)) {
      return { kind: 'wrong', reason: `${where} became ${value}` };
    }
  }
  const missing = [...planned.keys()].find(where => !differences.has(where));
  return missing
    ? { kind: 'wrong', reason: `${missing} did not change` }
    : { kind: 'exact' };
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
        !/(annotations|Annotations|resources|requests|limits|spec|metadata)["']?:\s*(\{.*\}|\[\]|null|~)?\s*(#.*)?$/.test(
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
): Promise<Map<string, unknown>> {
  const differences = new Map<string, unknown>();
  for (const directory of folders) {
    const [before, now] = [
      await render({ files, directory }),
      await render({ files: after, directory }),
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
export function isSame(wanted: string | number, found: unknown): boolean {
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
