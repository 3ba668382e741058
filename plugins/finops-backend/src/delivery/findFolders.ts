import {
  ANNOTATIONS,
  parseWorkloadKey,
  WorkloadKey,
} from '@apexlogic/backstage-plugin-finops-common';
import {
  DeliveryApplication,
  DeliverySource,
  Forge,
  repositoryWebUrl,
} from '@apexlogic/backstage-plugin-finops-node';
import { EntityContext } from '../ingestion/types';
import { Loop } from './Loop';
import { parseRepositoryUrl, RepositoryFolder } from './parseRepositoryUrl';

/** Folders that may define a workload, with who says so. */
export type FoundFolders =
  | {
      readonly kind: 'folders';
      /** Never empty. */
      readonly folders: readonly RepositoryFolder[];
      /** In words, such as `Application argocd/web`. */
      readonly saidBy: string;
    }
  | {
      readonly kind: 'not-managed';
      readonly code: 'not-managed' | 'no-forge';
      readonly reason: string;
    };

/** Longest a controller or a forge may take to answer, milliseconds. */
const TIMEOUT_MS = 20_000;

/**
 * Where a workload's desired state may lie: in the folder that the catalog names, else where Argo CD or
 * Flux deploys it from, else where the entity's code lies. The first of them that knows anything decides.
 */
export async function findFolders(
  loop: Loop,
  workload: WorkloadKey,
  entity: EntityContext | undefined,
): Promise<FoundFolders> {
  if (entity?.gitopsUrl) {
    return fromUrl(entity.gitopsUrl);
  }
  const { applications, gaps } = await applicationsOf(loop, workload);
  if (applications.length > 0) {
    return fromApplications(loop, applications);
  }
  if (entity?.sourceUrl) {
    return fromUrl(entity.sourceUrl);
  }
  return refused(
    [
      `Neither Argo CD nor Flux is known to deploy ${workload}, and ${
        entity?.entityRef ?? 'its entity'
      } does not say where its desired state lies: annotate it with ${
        ANNOTATIONS.gitopsPath
      }.`,
      ...gaps,
    ].join(' '),
  );
}

function fromUrl(url: string): FoundFolders {
  const folder = parseRepositoryUrl(url);
  return folder
    ? { kind: 'folders', folders: [folder], saidBy: url }
    : refused(
        `${url} names no branch and folder; write ${ANNOTATIONS.gitopsPath} as https://host/org/repository/tree/branch/folder.`,
      );
}

async function applicationsOf(
  { controllers }: Loop,
  workload: WorkloadKey,
): Promise<{
  readonly applications: readonly DeliveryApplication[];
  /** Why some controller could not be asked. */
  readonly gaps: readonly string[];
}> {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const answers = await Promise.all(
    controllers.map(async controller => ({
      controller,
      answer: await controller.findApplications(parseWorkloadKey(workload), {
        signal,
      }),
    })),
  );
  return {
    applications: answers.flatMap(({ answer }) =>
      answer.status === 'ok' ? answer.data : [],
    ),
    gaps: answers.flatMap(({ controller, answer }) =>
      'reason' in answer ? [`${controller.id}: ${answer.reason}.`] : [],
    ),
  };
}

async function fromApplications(
  { forges }: Loop,
  applications: readonly DeliveryApplication[],
): Promise<FoundFolders> {
  const saidBy = applications
    .map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`)
    .join(', ');
  if (applications.length > 1) {
    return refused(
      `${saidBy} all say that they deploy it; which one is meant is not guessed.`,
    );
  }
  const [{ sources }] = applications;
  if (sources.length === 0) {
    return refused(
      `${saidBy} deploys it from no git repository that can be edited.`,
    );
  }
  const folders: RepositoryFolder[] = [];
  for (const source of sources) {
    const folder = await folderOf(source, saidBy, forges);
    if (folder.kind === 'not-managed') {
      return folder;
    }
    folders.push(folder.folder);
  }
  return { kind: 'folders', folders, saidBy };
}

async function folderOf(
  { repositoryUrl, revision, path }: DeliverySource,
  saidBy: string,
  forges: readonly Forge[],
): Promise<
  | { readonly kind: 'folder'; readonly folder: RepositoryFolder }
  | Extract<FoundFolders, { kind: 'not-managed' }>
> {
  const url = repositoryWebUrl(repositoryUrl);
  const forge = url && forges.find(candidate => candidate.handles(url));
  if (!url || !forge) {
    return refused(
      `${saidBy} deploys from ${
        url ?? 'a repository whose URL cannot be read'
      }, which no installed forge module handles.`,
      'no-forge',
    );
  }
  if (revision.kind === 'pinned') {
    return refused(
      `${saidBy} is pinned to ${revision.to} of ${url}; a change of a branch would not be deployed.`,
    );
  }
  const branch =
    revision.kind === 'named'
      ? revision.name
      : await forge.defaultBranch(url, {
          signal: AbortSignal.timeout(TIMEOUT_MS),
        });
  return { kind: 'folder', folder: { repository: { url, branch }, path } };
}

function refused(
  reason: string,
  code: 'not-managed' | 'no-forge' = 'not-managed',
): Extract<FoundFolders, { kind: 'not-managed' }> {
  return { kind: 'not-managed', code, reason };
}
