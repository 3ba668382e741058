import { readdir, readFile, stat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { refSchema, shaSchema } from './schemas';
import { Upstream } from './Upstream';

const OWNER_EXECUTE_BIT = 0o100;

/** Makes the files of a folder the only commit on `main`. */
export async function seedRepository(
  upstream: Upstream,
  folder: string,
): Promise<void> {
  const files = await listFiles(folder);
  if (files.length === 0) {
    throw new Error(
      `The demo repository's folder '${folder}' is empty or missing (finops.demo.gitopsPath)`,
    );
  }
  const tree: { path: string; mode: string; type: 'blob'; sha: string }[] = [];
  for (const path of files) {
    const [content, { mode }] = await Promise.all([
      readFile(join(folder, path)),
      stat(join(folder, path)),
    ]);
    const { sha } = await upstream.send(shaSchema, 'POST', '/git/blobs', {
      content: content.toString('base64'),
      encoding: 'base64',
    });
    tree.push({
      path: path.split(sep).join('/'),
      mode: mode & OWNER_EXECUTE_BIT ? '100755' : '100644',
      type: 'blob',
      sha,
    });
  }
  const { sha: treeSha } = await upstream.send(
    shaSchema,
    'POST',
    '/git/trees',
    { tree },
  );
  const { sha: commit } = await upstream.send(
    shaSchema,
    'POST',
    '/git/commits',
    {
      message: 'Describe the estate',
      tree: treeSha,
      parents: [],
    },
  );
  await upstream.send(refSchema, 'PATCH', '/git/refs/heads/main', {
    sha: commit,
    force: true,
  });
}

async function listFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, {
    recursive: true,
    withFileTypes: true,
  }).catch(() => []);
  return entries
    .filter(entry => entry.isFile())
    .map(entry =>
      join(entry.parentPath, entry.name)
        .slice(folder.length)
        .replace(/^[\\/]+/, ''),
    )
    .filter(path => !path.split(sep).includes('.git'))
    .sort();
}
