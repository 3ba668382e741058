import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join, posix } from 'node:path';
import { promisify } from 'node:util';
import { stringify } from 'yaml';
import type { RenderResult } from '../kubernetes/render';
import type { RepositoryReader } from '../kubernetes/repositoryReader';
import type { ChartWorkload } from './findChartWorkload';
import type { LoadedChart } from './loadChart';

const RENDER_TIMEOUT_MS = 30_000;
const MAX_OUTPUT_BYTES = 64 * 1024 * 1024;
const MAX_MESSAGE_LENGTH = 500;

/** @public */
export interface HelmRenderInput {
  /** Path in the repository → content. */
  readonly files: ReadonlyMap<string, Uint8Array>;
  /** Folder of the chart, relative to the repository. */
  readonly chart: string;
  readonly name: string;
  readonly namespace: string;
  /** All values, in place of files of values. */
  readonly values: unknown;
}

/** Renders a chart to the YAML a cluster gets. @public */
export type HelmRenderer = (input: HelmRenderInput) => Promise<RenderResult>;

/**
 * A renderer over `helm template` on PATH: a process without a shell, with a time limit, in a temporary
 * folder that also is its home, so that neither configuration nor credentials reach it.
 *
 * @public
 */
export function createHelmRenderer(
  options: { readonly timeoutMs?: number; readonly command?: string } = {},
): HelmRenderer {
  const { command = 'helm' } = options;
  return async ({ files, chart, name, namespace, values }) => {
    const folder = await mkdtemp(join(tmpdir(), 'finops-helm-'));
    try {
      for (const [path, content] of files) {
        const normal = posix.normalize(path);
        if (posix.isAbsolute(normal) || normal.startsWith('..')) {
          throw new Error(`'${path}' leads out of the repository`);
        }
        const target = join(folder, 'repository', ...normal.split('/'));
        await mkdir(dirname(target), { recursive: true });
        await writeFile(target, content);
      }
      const valuesFile = join(folder, 'values.yaml');
      await writeFile(valuesFile, stringify(values));
      const { stdout } = await promisify(execFile)(
        command,
        [
          'template',
          name,
          chart === '.' ? '.' : `./${chart}`,
          '--namespace',
          namespace,
          '--values',
          valuesFile,
        ],
        {
          cwd: join(folder, 'repository'),
          env: {
            PATH: process.env.PATH,
            HOME: folder,
            TMPDIR: folder,
            HELM_CACHE_HOME: folder,
            HELM_CONFIG_HOME: folder,
            HELM_DATA_HOME: folder,
          },
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
        return { kind: 'unavailable', reason: 'helm is not on PATH' };
      }
      if (error.stderr === undefined) {
        throw cause;
      }
      const message = error.killed
        ? 'helm took too long'
        : error.stderr.replaceAll(folder, '').trim();
      return { kind: 'failed', reason: message.slice(0, MAX_MESSAGE_LENGTH) };
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  };
}

/** What `helm template` needs for a workload that a chart of the repository writes. */
export async function helmInput(
  { chart, releaseName, values }: ChartWorkload,
  namespace: string,
  reader: RepositoryReader,
): Promise<HelmRenderInput> {
  const files = new Map<string, Uint8Array>();
  for (const folder of foldersOf(chart)) {
    const prefix = folder === '.' ? '' : `${folder}/`;
    for (const path of reader.paths) {
      if (path.startsWith(prefix)) {
        files.set(path, (await reader.bytes(path))!);
      }
    }
  }
  return {
    files,
    chart: chart.directory,
    name: releaseName,
    namespace,
    values,
  };
}

function foldersOf({ directory, dependencies }: LoadedChart): string[] {
  return [directory, ...dependencies.flatMap(({ chart }) => foldersOf(chart))];
}
