import type {
  ChangePlan,
  PlannedFile,
} from '@apexlogic/backstage-plugin-finops-common';
import { sha256 } from '../applySplices';
import type { RepositoryReader } from '../kubernetes/repositoryReader';
import { plannedFile, PlanOptions } from '../plan';
import { planHash, planIdentity } from '../planHash';
import type { PlanResult, RepositorySnapshot } from '../types';
import { unifiedDiff } from '../unifiedDiff';
import type { Draft, DraftFile, ObjectAction } from './draft';
import { proveDraft } from './proveDraft';

const NOTHING = new Uint8Array();

/** The plan of a draft with its proof. Nothing is planned that could not be proven. */
export async function planDraft(
  draft: Draft,
  action: ObjectAction,
  snapshot: RepositorySnapshot,
  reader: RepositoryReader,
  options: PlanOptions,
): Promise<PlanResult> {
  const { repository, baseSha } = snapshot;
  const files = draft.files.map(plannedFileOf);
  const { path, object, changes, objects, notes } = draft;
  const plan: Omit<ChangePlan, 'proof'> = {
    hash: planHash(repository, baseSha, files),
    identity: planIdentity({ repository, path, object, action }),
    repository,
    baseSha,
    files,
    changes,
    objects,
    ...(notes.length > 0 && { notes }),
  };
  const proof = await proveDraft(plan, draft, snapshot, reader, options);
  if (!proof.proven) {
    return {
      kind: 'refused',
      code: 'proof-failed',
      reason: proof.checks
        .filter(check => check.outcome === 'failed')
        .map(check => `${check.name}: ${check.detail}`)
        .join('; '),
    };
  }
  return { kind: 'planned', plan: { ...plan, proof } };
}

function plannedFileOf(draft: DraftFile): PlannedFile {
  switch (draft.kind) {
    case 'edited':
      return plannedFile(draft.file.path, draft.file, draft.edits);
    case 'created':
      return {
        path: draft.path,
        created: true,
        beforeSha256: sha256(NOTHING),
        afterSha256: sha256(draft.text),
        splices: [{ start: 0, end: 0, text: draft.text }],
        diff: unifiedDiff(draft.path, undefined, draft.text),
      };
    default: {
      const { path, bytes, source } = draft.file;
      return {
        path,
        deleted: true,
        beforeSha256: sha256(bytes),
        afterSha256: sha256(NOTHING),
        splices: [{ start: 0, end: bytes.length, text: '' }],
        diff: unifiedDiff(path, source.wholeText, undefined),
      };
    }
  }
}
