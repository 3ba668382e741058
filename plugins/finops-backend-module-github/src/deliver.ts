import {
  ChangeRequestInput,
  DeliverOutcome,
  ForgeError,
} from '@apexlogic/backstage-plugin-finops-node';
import { addChangeTrailer, isOwnCommit } from './changeTrailer';
import { GithubRepository } from './GithubRepository';
import { GithubRequestError } from './GithubRequestError';
import { PlannedBlob, planFiles } from './planFiles';
import { readTree } from './readTree';
import { Comparison, Pull } from './schemas';
import { toChangeRequest } from './toChangeRequest';

/** Rounds of reading the state and acting on it; each lost race costs one. */
const MAX_ROUNDS = 5;
/** A comparison that lists this many files may leave out others. */
const COMPARED_FILES_LIMIT = 300;
/** GitHub's limits. */
const TITLE_CHARACTERS = 256;
const BODY_CHARACTERS = 65_536;
/** Marks a pull request closed because an older one from the same branch is open, not by a person. */
const DUPLICATE_MARK = '<!-- finops:duplicate -->';

/** What another writer can change under our feet; reading again and deciding anew is the answer. */
const LOST_RACE = /already exists|fast.?forward|does not exist/i;

/**
 * Brings branch and pull request to what the input says, from whatever state an earlier call, a crash
 * or a concurrent caller left them in.
 *
 * @remarks
 * The branch only ever moves forward. A new plan is committed on top of the old one (with the base as
 * second parent when that moved), which GitHub refuses if anybody pushed in between; so a person's
 * commit cannot be lost even in the moment between check and write.
 */
export async function deliver(
  repository: GithubRepository,
  input: ChangeRequestInput,
): Promise<DeliverOutcome> {
  for (let round = 1; ; round++) {
    try {
      return await deliverOnce(repository, input);
    } catch (error) {
      if (!isLostRace(error)) {
        throw error;
      }
      if (round === MAX_ROUNDS) {
        throw new ForgeError(
          'conflict',
          `Branch '${input.branch}' of ${input.repository.url} kept changing while it was written; try again`,
        );
      }
    }
  }
}

function isLostRace(error: unknown): boolean {
  return (
    error instanceof GithubRequestError &&
    error.status === 422 &&
    LOST_RACE.test(error.detail)
  );
}

async function deliverOnce(
  repository: GithubRepository,
  input: ChangeRequestInput,
): Promise<DeliverOutcome> {
  const pulls = (
    await repository.pullsFrom(input.branch, input.repository.branch, 'all')
  ).filter(pull => !pull.body?.includes(DUPLICATE_MARK));
  const open = pulls.find(pull => pull.state === 'open');
  const latest = pulls.at(-1);
  if (!open && latest && !latest.merged_at) {
    return { result: 'declined', changeRequest: toChangeRequest(latest) };
  }

  const base = await repository.commit(input.baseSha);
  if (!base) {
    throw new ForgeError(
      'conflict',
      `${input.repository.url} has no commit ${input.baseSha}: plan anew`,
    );
  }
  const blobs = planFiles(input, await readTree(repository, base.tree.sha));

  if (
    !open &&
    latest &&
    (await isAlreadyMerged(repository, input, latest, blobs))
  ) {
    return { result: 'unchanged', changeRequest: toChangeRequest(latest) };
  }

  const written = await writeBranch(
    repository,
    input,
    base.tree.sha,
    blobs,
    open,
  );
  if (written.result === 'taken-over') {
    return written;
  }
  return open
    ? refreshPull(repository, input, open, written)
    : openPull(repository, input, written.headSha);
}

/** True when a plan made before the merge asks for what the merge brought: a repeated call, not a new change. */
async function isAlreadyMerged(
  repository: GithubRepository,
  input: ChangeRequestInput,
  merged: Pull,
  blobs: readonly PlannedBlob[],
): Promise<boolean> {
  const sinceMerge = merged.merge_commit_sha
    ? await repository.compare(merged.merge_commit_sha, input.baseSha)
    : undefined;
  if (sinceMerge?.status === 'ahead' || sinceMerge?.status === 'identical') {
    return false;
  }
  const change = await repository.compare(input.baseSha, merged.head.sha);
  return change !== undefined && holdsExactly(change, blobs);
}

type Written =
  | { readonly result: 'written' | 'unchanged'; readonly headSha: string }
  | Extract<DeliverOutcome, { result: 'taken-over' }>;

async function writeBranch(
  repository: GithubRepository,
  input: ChangeRequestInput,
  baseTree: string,
  blobs: readonly PlannedBlob[],
  open: Pull | undefined,
): Promise<Written> {
  const headSha = await repository.branchSha(input.branch);
  const present =
    headSha === undefined
      ? undefined
      : await repository.compare(input.baseSha, headSha);
  if (headSha !== undefined && present === undefined) {
    throw new ForgeError(
      'conflict',
      `Branch '${input.branch}' of ${input.repository.url} shares no history with ${input.baseSha}`,
    );
  }
  if (headSha !== undefined && present) {
    const isOurs =
      present.commits.length === present.total_commits &&
      present.commits.every(commit => isOwnCommit(input.branch, commit));
    if (!isOurs && open) {
      return {
        result: 'taken-over',
        changeRequest: toChangeRequest(open, headSha),
      };
    }
    if (!isOurs) {
      throw new ForgeError(
        'conflict',
        `Branch '${input.branch}' of ${input.repository.url} holds commits of somebody else and has no open pull request`,
      );
    }
    if (holdsExactly(present, blobs)) {
      return { result: 'unchanged', headSha };
    }
  }

  await assertBaseStillFits(repository, input, blobs);
  const shas = await Promise.all(
    blobs.map(blob =>
      blob.content === undefined ? null : repository.createBlob(blob.content),
    ),
  );
  const altered = blobs.find((blob, index) => shas[index] !== blob.sha);
  if (altered) {
    throw new ForgeError(
      'unavailable',
      `${input.repository.url} stored other bytes than were sent for '${altered.path}'`,
    );
  }
  const tree = await repository.createTree(
    baseTree,
    blobs.map(({ path, mode, sha }) => ({ path, mode, sha })),
  );
  const parents = parentsOf(input.baseSha, headSha, present);
  const commit = await repository.createCommit({
    message: addChangeTrailer(input.commitMessage, {
      branch: input.branch,
      tree,
      parents,
    }),
    tree,
    parents,
  });
  if (headSha === undefined) {
    await repository.createBranch(input.branch, commit);
  } else {
    await repository.fastForward(input.branch, commit);
  }
  return { result: 'written', headSha: commit };
}

/** The new commit must descend from the old head (fast-forward) and from the base (so that the pull request shows only our files). */
function parentsOf(
  baseSha: string,
  headSha: string | undefined,
  present: Comparison | undefined,
): readonly string[] {
  if (
    headSha === undefined ||
    present?.status === 'behind' ||
    present?.status === 'identical'
  ) {
    return [baseSha];
  }
  return present?.status === 'ahead' ? [headSha] : [headSha, baseSha];
}

/** Whether what a branch changes is these contents and nothing else. */
function holdsExactly(
  change: Comparison,
  blobs: readonly PlannedBlob[],
): boolean {
  const wanted = new Map(blobs.map(blob => [blob.path, blob.sha]));
  return (
    change.files.length === wanted.size &&
    change.files.every(
      file =>
        file.previous_filename === undefined &&
        // Of a removed file a comparison tells the blob it was.
        wanted.get(file.filename) ===
          (file.status === 'removed' ? null : file.sha),
    )
  );
}

/** The target branch may have moved on, but not in the files of the plan. */
async function assertBaseStillFits(
  repository: GithubRepository,
  input: ChangeRequestInput,
  blobs: readonly PlannedBlob[],
): Promise<void> {
  const { url, branch } = input.repository;
  const current = await repository.branchSha(branch);
  if (current === undefined) {
    throw new ForgeError('not-found', `${url} has no branch '${branch}'`);
  }
  if (current === input.baseSha) {
    return;
  }
  const moved = await repository.compare(input.baseSha, current);
  if (!moved || moved.status !== 'ahead') {
    throw new ForgeError(
      'conflict',
      `Branch '${branch}' of ${url} no longer contains ${input.baseSha}: plan anew`,
    );
  }
  if (moved.files.length >= COMPARED_FILES_LIMIT) {
    throw new ForgeError(
      'conflict',
      `Too much of ${url} changed since ${input.baseSha} to be sure: plan anew`,
    );
  }
  const touched = new Set(
    moved.files.flatMap(file => [file.filename, file.previous_filename]),
  );
  const stale = blobs.find(blob => touched.has(blob.path));
  if (stale) {
    throw new ForgeError(
      'conflict',
      `'${stale.path}' of ${url} changed since ${input.baseSha}: plan anew`,
    );
  }
}

async function refreshPull(
  repository: GithubRepository,
  input: ChangeRequestInput,
  open: Pull,
  written: {
    readonly result: 'written' | 'unchanged';
    readonly headSha: string;
  },
): Promise<DeliverOutcome> {
  const title = clip(input.title, TITLE_CHARACTERS);
  const body = clip(input.body, BODY_CHARACTERS);
  const isStale = open.title !== title || (open.body ?? '') !== body;
  const pull = isStale
    ? await repository.updatePull(open.number, { title, body })
    : open;
  await ensureLabels(repository, input, pull);
  await closeDuplicates(repository, input, open.number);
  return {
    result: written.result === 'written' ? 'updated' : 'unchanged',
    changeRequest: toChangeRequest(pull, written.headSha),
  };
}

async function openPull(
  repository: GithubRepository,
  input: ChangeRequestInput,
  headSha: string,
): Promise<DeliverOutcome> {
  const created = await repository.createPull({
    title: clip(input.title, TITLE_CHARACTERS),
    body: clip(input.body, BODY_CHARACTERS),
    head: input.branch,
    base: input.repository.branch,
    draft: input.draft,
  });
  // GitHub refuses a second open pull request of one branch; not every server that speaks its API does.
  const kept =
    (await closeDuplicates(repository, input, created.number)) ?? created;
  await ensureLabels(repository, input, kept);
  return {
    result: kept.number === created.number ? 'opened' : 'unchanged',
    changeRequest: toChangeRequest(kept, headSha),
  };
}

/** Keeps the oldest open pull request of the branch, whoever calls; `undefined` when the listing lags behind. */
async function closeDuplicates(
  repository: GithubRepository,
  input: ChangeRequestInput,
  knownNumber: number,
): Promise<Pull | undefined> {
  const [kept, ...duplicates] = await repository.pullsFrom(
    input.branch,
    input.repository.branch,
    'open',
  );
  if (!kept || kept.number > knownNumber) {
    return undefined;
  }
  for (const duplicate of duplicates) {
    await repository.updatePull(duplicate.number, {
      state: 'closed',
      body: `Duplicate of #${kept.number}.\n\n${DUPLICATE_MARK}`,
    });
  }
  return kept;
}

async function ensureLabels(
  repository: GithubRepository,
  input: ChangeRequestInput,
  pull: Pull,
): Promise<void> {
  const present = new Set(pull.labels.map(label => label.name));
  const missing = input.labels.filter(label => !present.has(label));
  if (missing.length > 0) {
    await repository.addLabels(pull.number, missing);
  }
}

/** By code points, so that no character is cut in half. */
function clip(text: string, characters: number): string {
  const points = Array.from(text);
  return points.length <= characters
    ? text
    : `${points.slice(0, characters - 1).join('')}…`;
}
