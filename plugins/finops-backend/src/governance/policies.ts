import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { LoggerService } from '@backstage/backend-plugin-api';
import {
  FailedPolicy,
  loadPolicies,
  PolicyFile,
  PolicySet,
} from '@apexlogic/backstage-plugin-finops-policy';

/** Largest policy file read, bytes; larger ones are refused, which denies. */
const MAX_FILE_BYTES = 1024 * 1024;

/** Policies of the configured folders, loaded again when a file changed. */
export class PolicyGate {
  readonly #folders: readonly string[];
  readonly #logger: LoggerService;
  #loaded?: { readonly stamp: string; readonly set: PolicySet };

  private constructor(folders: readonly string[], logger: LoggerService) {
    this.#folders = folders;
    this.#logger = logger;
  }

  /** Loads the policies once, so that mistakes show at start-up. */
  static async create(options: {
    folders: readonly string[];
    logger: LoggerService;
  }): Promise<PolicyGate> {
    const gate = new PolicyGate(options.folders, options.logger);
    await gate.current();
    return gate;
  }

  /** The policies as the files are now. A folder or file that cannot be read denies every plan. */
  async current(): Promise<PolicySet> {
    const failed: FailedPolicy[] = [];
    const paths: string[] = [];
    const stamps: string[] = [];
    for (const folder of this.#folders) {
      try {
        for (const file of await policyFiles(folder)) {
          const { mtimeMs, size, ino } = await stat(file);
          paths.push(file);
          stamps.push(`${file} ${mtimeMs} ${size} ${ino}`);
        }
      } catch (error) {
        failed.push({
          path: folder,
          error: `cannot be read: ${messageOf(error)}`,
        });
        stamps.push(`${folder} ${messageOf(error)}`);
      }
    }
    const stamp = stamps.join('\n');
    if (this.#loaded?.stamp === stamp) {
      return this.#loaded.set;
    }
    const set = withFailures(
      loadPolicies(await this.#read(paths, failed)),
      failed,
    );
    this.#loaded = { stamp, set };
    this.#logger.info('Loaded policies', {
      policies: set.policies.length,
      failed: set.failed.length,
    });
    for (const { path: file, error } of set.failed) {
      this.#logger.error(
        'A policy could not be loaded; every plan is denied until it is mended',
        { file, error },
      );
    }
    return set;
  }

  async #read(
    paths: readonly string[],
    failed: FailedPolicy[],
  ): Promise<PolicyFile[]> {
    const files: PolicyFile[] = [];
    for (const file of paths) {
      try {
        const { size } = await stat(file);
        if (size > MAX_FILE_BYTES) {
          failed.push({
            path: file,
            error: `is larger than ${MAX_FILE_BYTES} bytes`,
          });
        } else {
          files.push({ path: file, text: await readFile(file, 'utf8') });
        }
      } catch (error) {
        failed.push({
          path: file,
          error: `cannot be read: ${messageOf(error)}`,
        });
      }
    }
    return files;
  }
}

function withFailures(
  set: PolicySet,
  failed: readonly FailedPolicy[],
): PolicySet {
  if (failed.length === 0) {
    return set;
  }
  return {
    policies: set.policies,
    failed: [...set.failed, ...failed],
    version: createHash('sha256')
      .update(JSON.stringify([set.version, failed]))
      .digest('hex'),
    evaluate: input => [
      ...set.evaluate(input),
      ...failed.map(({ path: file, error }) => ({
        policy: path.basename(file),
        outcome: 'deny' as const,
        message: `${file} ${error}`,
        cause: 'policy-error' as const,
        path: file,
      })),
    ],
  };
}

async function policyFiles(folder: string): Promise<string[]> {
  const entries = await readdir(folder, {
    recursive: true,
    withFileTypes: true,
  });
  return entries
    .filter(entry => entry.isFile() && /\.ya?ml$/.test(entry.name))
    .map(entry => path.join(entry.parentPath, entry.name))
    .sort();
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
