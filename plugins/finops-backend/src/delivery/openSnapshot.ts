import { RepositoryRef } from '@apexlogic/backstage-plugin-finops-common';
import { RepositorySnapshot } from '@apexlogic/backstage-plugin-finops-manifests';
import { Forge } from '@apexlogic/backstage-plugin-finops-node';
import { BlobCache } from './BlobCache';

/** The files of a repository at one commit; contents are fetched when read. */
export async function openSnapshot(options: {
  forge: Forge;
  repository: RepositoryRef;
  baseSha: string;
  blobs: BlobCache;
  signal?: AbortSignal;
}): Promise<RepositorySnapshot> {
  const { forge, repository, baseSha, blobs, signal } = options;
  const files = new Map(
    (await forge.listFiles(repository, baseSha, { signal })).map(file => [
      file.path,
      file.blobSha,
    ]),
  );
  return {
    repository,
    baseSha,
    paths: [...files.keys()],
    read: async path => {
      const blobSha = files.get(path);
      if (!blobSha) {
        throw new Error(`${path} is not in ${repository.url} at ${baseSha}`);
      }
      // The repository is part of the key: who may read one need not be allowed to read another.
      return await blobs.get(`${repository.url}@${blobSha}`, () =>
        forge.readBlob(repository, blobSha, { signal }),
      );
    },
  };
}
