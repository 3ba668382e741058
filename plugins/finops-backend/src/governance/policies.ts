import { createHash } from 'node:crypto';
import { readdir, readFile, stat } from 'node:fs/promises';
import path from 'node:path';
import { LoggerService } from '@backstage/backend-plugin-api';
import { Verdict } from '@apexlogic/backstage-plugin-finops-common';
import {
  EvaluationInput,
  FailedPolicy,
  loadPolicies,
  PolicyEvaluator,
  PolicyFile,
  PolicySet,
  PolicyTestResult,
} from '@apexlogic/backstage-plugin-finops-policy';

/** Largest policy file read, bytes; larger ones are refused, which denies. */
const MAX_FILE_BYTES = 1024 * 1024;

/** The policies there are, and those that could not be loaded. */
export type LoadedPolicies = Omit<PolicySet, 'evaluate'>;

interface Loaded {
  /** Of the files as they were read. */
  readonly stamp: string;
  readonly files: readonly PolicyFile[];
  /** What could not even be read. */
  readonly unread: readonly FailedPolicy[];
  readonly policies: LoadedPolicies;
}

/** What the tests beside the policies say. */
export type PolicyTests =
  | { readonly kind: 'ran'; readonly results: readonly PolicyTestResult[] }
  /** They did not end, or their worker died. */
  | { readonly kind: 'failed'; readonly reason: string };

/** Tests of a whole folder may take longer than one verdict, milliseconds. */
const TESTS_DEADLINE_MS = 60_000;

/** Policies of the configured folders, loaded again when a file changed. */
export class PolicyGate {
  readonly #folders: readonly string[];
  readonly #logger: LoggerService;
  readonly #evaluator: PolicyEvaluator;
  /** Of its own, so that nobody's tests keep a verdict waiting. */
  readonly #tester = new PolicyEvaluator({ deadlineMs: TESTS_DEADLINE_MS });
  #loaded?: Loaded;
  #tested?: { readonly stamp: string; readonly tests: Promise<PolicyTests> };

  private constructor(
    folders: readonly string[],
    logger: LoggerService,
    evaluator: PolicyEvaluator,
  ) {
    this.#folders = folders;
    this.#logger = logger;
    this.#evaluator = evaluator;
  }

  /** Loads the policies once, so that mistakes show at start-up. */
  static async create(options: {
    folders: readonly string[];
    logger: LoggerService;
    evaluator?: PolicyEvaluator;
  }): Promise<PolicyGate> {
    const { folders, logger, evaluator = new PolicyEvaluator() } = options;
    const gate = new PolicyGate(folders, logger, evaluator);
    await gate.current();
    return gate;
  }

  /** The policies as the files are now. */
  async current(): Promise<LoadedPolicies> {
    return (await this.#load()).policies;
  }

  /**
   * What the policies say of a change, and which version of them. They run in a worker with a deadline; a
   * folder or file that cannot be read denies every plan, as do policies that do not end in time.
   */
  async judge(
    input: EvaluationInput,
  ): Promise<{ verdicts: readonly Verdict[]; version: string }> {
    const { files, unread, policies } = await this.#load();
    const verdicts =
      files.length > 0
        ? await this.#evaluator.evaluatePolicies(files, input)
        : [];
    return {
      verdicts: [...verdicts, ...unread.map(denial)],
      version: policies.version,
    };
  }

  /** Runs the tests beside the policies; the same files are tested once. */
  async test(): Promise<PolicyTests> {
    const { stamp, files } = await this.#load();
    if (this.#tested?.stamp !== stamp) {
      const tests = this.#tester.runTests(files).then(
        (results): PolicyTests => ({ kind: 'ran', results }),
        (error): PolicyTests => {
          this.#tested = undefined;
          return { kind: 'failed', reason: messageOf(error) };
        },
      );
      this.#tested = { stamp, tests };
    }
    return await this.#tested.tests;
  }

  /** A path as people know it: from the configured folder on. */
  shortPath(file: string): string {
    const folder = this.#folders.find(one => file.startsWith(one + path.sep));
    return folder
      ? path.relative(path.dirname(folder), file).split(path.sep).join('/')
      : path.basename(file);
  }

  async #load(): Promise<Loaded> {
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
      return this.#loaded;
    }
    const files = await this.#read(paths, failed);
    const policies = withFailures(loadPolicies(files), failed);
    const loaded = { stamp, files, unread: failed, policies };
    this.#loaded = loaded;
    this.#logger.info('Loaded policies', {
      policies: policies.policies.length,
      failed: policies.failed.length,
    });
    for (const { path: file, error } of policies.failed) {
      this.#logger.error(
        'A policy could not be loaded; every plan is denied until it is mended',
        { file, error },
      );
    }
    return loaded;
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
  { evaluate: _, ...policies }: PolicySet,
  failed: readonly FailedPolicy[],
): LoadedPolicies {
  return failed.length === 0
    ? policies
    : {
        ...policies,
        failed: [...policies.failed, ...failed],
        version: createHash('sha256')
          .update(JSON.stringify([policies.version, failed]))
          .digest('hex'),
      };
}

function denial({ path: file, error }: FailedPolicy): Verdict {
  return {
    policy: path.basename(file),
    outcome: 'deny',
    message: `${file} ${error}`,
    cause: 'policy-error',
    path: file,
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
