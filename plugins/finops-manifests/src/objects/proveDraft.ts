import type {
  ChangePlan,
  Proof,
  ProofCheck,
} from '@apexlogic/backstage-plugin-finops-common';
import { applyPlan } from '../applySplices';
import { compareBuilds } from '../compareBuilds';
import { parsePlain } from '../kubernetes/built';
import { parseManifestFile } from '../kubernetes/manifestFile';
import { createKubectlRenderer, Renderer } from '../kubernetes/render';
import {
  createRepositoryReader,
  RepositoryReader,
} from '../kubernetes/repositoryReader';
import {
  createObjectValidator,
  ObjectValidator,
} from '../kubernetes/validateObject';
import { failed, listed, passed, skipped } from '../proofChecks';
import { compareDocument, documentPointer, ProveOptions } from '../prove';
import type { RepositorySnapshot } from '../types';
import type { Draft } from './draft';

interface Applied {
  readonly path: string;
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  readonly deleted: boolean;
}

/**
 * Proves a draft on the files it was made for: documents that stay differ by the intended fields only, those
 * that go are the ones that were meant, no schema is newly violated, looking again finds what was wanted,
 * and the built manifests differ by nothing else.
 */
export async function proveDraft(
  plan: Omit<ChangePlan, 'proof'>,
  draft: Draft,
  snapshot: RepositorySnapshot,
  reader: RepositoryReader,
  options: ProveOptions,
): Promise<Proof> {
  const applied = await applyPlan(plan, snapshot);
  const { validator = createObjectValidator() } = options;
  const checks = [
    checkDocuments(plan, draft, applied),
    checkSchemas(applied, validator),
    await checkAgain(draft, applied, snapshot),
  ];
  if (checks.every(check => check.outcome !== 'failed')) {
    checks.push(
      await checkBuilds(
        draft,
        applied,
        reader,
        options.renderer ?? createKubectlRenderer(),
      ),
    );
  }
  return { proven: checks.every(check => check.outcome !== 'failed'), checks };
}

function checkDocuments(
  plan: Omit<ChangePlan, 'proof'>,
  draft: Draft,
  applied: readonly Applied[],
): ProofCheck {
  let kept = 0;
  let removed = 0;
  for (const { path, before, after, deleted } of applied) {
    const old = parsePlain(before);
    const now = deleted ? [] : parsePlain(after);
    if (!old || !now) {
      return failed('reparse', `${path} is not YAML any more`);
    }
    const gone = removedDocuments(draft, path, old);
    const stayed = old.flatMap((document, index) =>
      gone.includes(index) ? [] : [{ document, index }],
    );
    const isNew = plan.files.some(file => file.path === path && file.created);
    const pairs = isNew
      ? now.map((_, index) => ({ document: undefined, index }))
      : stayed;
    if (pairs.length !== now.length) {
      return failed(
        'reparse',
        `${path} would hold ${now.length} documents, not ${pairs.length}`,
      );
    }
    const file = parseManifestFile(path, isNew ? after : before);
    const changesOf = (index: number) =>
      plan.changes.filter(
        change => change.path === path && change.documentIndex === index,
      );
    for (const [position, { document, index }] of pairs.entries()) {
      const problem = compareDocument(
        path,
        document,
        now[position],
        new Map(
          changesOf(index).map(change => [
            documentPointer(change, file),
            change,
          ]),
        ),
      );
      if (problem) {
        return problem;
      }
    }
    // An empty document says nothing that could be lost.
    for (const index of gone.filter(at => old[at] !== null)) {
      const problem = compareDocument(
        path,
        old[index],
        undefined,
        new Map(
          changesOf(index).map(change => [
            documentPointer(change, file),
            change,
          ]),
        ),
      );
      if (problem) {
        return problem;
      }
    }
    kept += now.length;
    removed += gone.length;
  }
  return passed(
    'reparse',
    `${kept} documents read again${
      removed > 0 ? ` and ${removed} gone` : ''
    }: ${plan.changes.length} intended fields differ, nothing else`,
  );
}

/** Indexes of the documents of a file that the draft takes out. */
function removedDocuments(
  { files }: Draft,
  path: string,
  documents: readonly unknown[],
): number[] {
  for (const file of files) {
    if (file.kind === 'deleted' && file.file.path === path) {
      return documents.map((_, index) => index);
    }
    if (
      file.kind === 'edited' &&
      file.file.path === path &&
      file.removedDocument !== undefined
    ) {
      return [file.removedDocument];
    }
  }
  return [];
}

function checkSchemas(
  applied: readonly Applied[],
  validate: ObjectValidator,
): ProofCheck {
  const unknown = new Set<string>();
  for (const { path, before, after, deleted } of applied) {
    const [old, now] = [before, deleted ? new Uint8Array() : after].map(bytes =>
      parseManifestFile(path, bytes),
    );
    const known = new Set(
      (old.kind === 'manifest' ? old.objects : []).flatMap(
        ({ plain }) => validate(plain) ?? [],
      ),
    );
    for (const { apiVersion, kind, plain } of now.kind === 'manifest'
      ? now.objects
      : []) {
      // A patch that deletes is no object.
      if (plain.$patch === 'delete') {
        continue;
      }
      const errors = validate(plain);
      if (!errors) {
        unknown.add(`${apiVersion} ${kind}`);
      }
      const added = (errors ?? []).filter(error => !known.has(error));
      if (added.length > 0) {
        return failed('schema', `${path}: ${listed(added)}`);
      }
    }
  }
  return unknown.size === 0
    ? passed('schema', 'No new violation of the strict schemas')
    : skipped('schema', `No schema for ${[...unknown].join(', ')}`);
}

async function checkAgain(
  draft: Draft,
  applied: readonly Applied[],
  snapshot: RepositorySnapshot,
): Promise<ProofCheck> {
  const after = new Map(
    applied.flatMap(file =>
      file.deleted ? [] : [[file.path, file.after] as const],
    ),
  );
  const gone = new Set(
    applied.filter(file => file.deleted).map(({ path }) => path),
  );
  const problem = await draft.lookAgain(
    createRepositoryReader({
      ...snapshot,
      paths: [...new Set([...snapshot.paths, ...after.keys()])].filter(
        path => !gone.has(path),
      ),
      read: async path => after.get(path) ?? snapshot.read(path),
    }),
  );
  return problem === undefined
    ? passed('re-extract', 'Looked up again, the files say what was wanted')
    : failed('re-extract', problem);
}

async function checkBuilds(
  { builds }: Draft,
  applied: readonly Applied[],
  reader: RepositoryReader,
  render: Renderer,
): Promise<ProofCheck> {
  if (builds.size === 0) {
    return skipped('render', 'No kustomization builds these files');
  }
  const after = new Map(
    applied.map(file => [file.path, file.deleted ? undefined : file.after]),
  );
  const checks: ProofCheck[] = [];
  for (const [kustomization, expected] of builds) {
    checks.push(
      await compareBuilds({ kustomization, after, expected, reader, render }),
    );
  }
  return worstOf(checks);
}

/** The worst outcome speaks for all. */
function worstOf(checks: readonly ProofCheck[]): ProofCheck {
  const outcome = (['failed', 'skipped', 'passed'] as const).find(one =>
    checks.some(check => check.outcome === one),
  )!;
  return {
    name: 'render',
    outcome,
    detail: checks
      .filter(check => check.outcome === outcome)
      .map(check => check.detail)
      .join('; '),
  };
}
