import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { promisify } from 'node:util';

const RENDER_TIMEOUT_MS = 30_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
const MAX_MESSAGE_LENGTH = 500;

/** @public */
export interface RenderInput {
  /** Path in the repository → content. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Folder of the kustomization to build, relative to the repository. */
  readonly directory: string;
}

/** @public */
export type RenderResult =
  | { readonly kind: 'rendered'; readonly text: string }
  /** The tool is not there. */
  | { readonly kind: 'unavailable'; readonly reason: string }
  /** The tool ran and refused the input. */
  | { readonly kind: 'failed'; readonly reason: string };

/** Builds a kustomization to the YAML a cluster gets. @public */
export type Renderer = (input: RenderInput) => Promise<RenderResult>;

/**
 * A renderer over `kubectl kustomize` on PATH: a process without a shell, with a time limit, in a
 * temporary folder that also is its home, so that neither configuration nor credentials reach it.
 *
 * @public
 */
export function createKubectlRenderer(
  options: { readonly timeoutMs?: number } = {},
): Renderer {
  return async ({ files, directory }) => {
    const folder = await mkdtemp(join(tmpdir(), 'finops-render-'));
    try {
      for (const [path, content] of files) {
        await writeInside(join(folder, 'repository'), path, content);
      }
      const { stdout } = await promisify(execFile)(
        'kubectl',
        ['kustomize', directory],
        {
          cwd: join(folder, 'repository'),
          env: { PATH: process.env.PATH, HOME: folder, TMPDIR: folder },
          timeout: options.timeoutMs ?? RENDER_TIMEOUT_MS,
          maxBuffer: MAX_OUTPUT_BYTES,
          windowsHide: true,
        },
      );
      return { kind: 'rendered', text: stdout };
    } catch (cause) {
      const error = cause as NodeJS.ErrnoException & {
        stderr?: string;
        killed?: boolean;
      };
      if (error.code === 'ENOENT' && error.syscall?.startsWith('spawn')) {
        return { kind: 'unavailable', reason: 'kubectl is not on PATH' };
      }
      if (error.stderr === undefined) {
        throw cause;
      }
      const message = error.killed
        ? 'kubectl took too long'
        : error.stderr.replaceAll(folder, '').trim();
      return { kind: 'failed', reason: message.slice(0, MAX_MESSAGE_LENGTH) };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
}

async function writeInside(
  root: string,
  path: string,
  content: Uint8Array,
): Promise<void> {
  const normal = posix.normalize(path);
  if (posix.isAbsolute(normal) || normal === '..' || normal.startsWith('../')) {
    throw new Error(`'${path}' leads out of the repository`);
  }
  const target = join(root, ...normal.split('/'));
  await mkdir(dirname(target), { recursive: true });
  await writeFile(target, content);
}
