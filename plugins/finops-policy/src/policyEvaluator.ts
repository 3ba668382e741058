import { Worker } from 'node:worker_threads';
import { Verdict } from '@apexlogic/backstage-plugin-finops-common';
import {
  WORKER_FILE,
  WORKER_MARK,
  WorkerAnswer,
  WorkerTask,
} from './policyWorker';
import { PolicyTestResult } from './runPolicyTests';
import { EvaluationInput, PolicyFile } from './types';

const DEADLINE_MS = 5_000;
const MEMORY_MIB = 256;
/** Loading the modules is not the policies' time, but it must end as well. */
const START_MS = 30_000;

/** Limits of a {@link PolicyEvaluator}. @public */
export interface PolicyEvaluatorOptions {
  /** Milliseconds for loading the policies and evaluating one change; 5,000 unless given. */
  readonly deadlineMs?: number;
  /** MiB of heap the worker may have; 256 unless given. */
  readonly memoryMib?: number;
}

/**
 * Evaluates policies in a worker thread: the event loop stays free, and what does not end in time or needs
 * too much memory is ended.
 *
 * @remarks
 * It fails closed and never rejects: a worker that is late, dies or cannot be given the change denies with
 * the cause `policy-error`. The next change gets a new worker. Changes are evaluated one after the other.
 *
 * @example
 * ```ts
 * const evaluator = new PolicyEvaluator({ deadlineMs: 2_000 });
 * const verdicts = await evaluator.evaluatePolicies(files, { objects, context });
 * await evaluator.close();
 * ```
 * @public
 */
export class PolicyEvaluator {
  readonly #options: PolicyEvaluatorOptions;
  #worker: Worker | undefined;
  #files: readonly PolicyFile[] | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: PolicyEvaluatorOptions = {}) {
    this.#options = options;
  }

  /** The verdicts of the policies in `files` on one change; the same as those of `loadPolicies(files)`. */
  evaluatePolicies(
    files: readonly PolicyFile[],
    input: EvaluationInput,
  ): Promise<readonly Verdict[]> {
    return this.#inTurn(() => this.#evaluate(files, input));
  }

  /** What `runPolicyTests(files)` gives. Rejects when the tests do not end in time or their worker dies. */
  runTests(files: readonly PolicyFile[]): Promise<readonly PolicyTestResult[]> {
    return this.#inTurn(async () => {
      try {
        const answer = await this.#ask({ kind: 'test', files });
        if (answer.kind !== 'tests') {
          throw new Error('the worker did not answer with results');
        }
        return answer.results;
      } catch (error) {
        await this.#discard();
        throw error;
      }
    });
  }

  /** Ends the worker. A later evaluation starts another. */
  async close(): Promise<void> {
    await this.#last;
    await this.#discard();
  }

  async #evaluate(
    files: readonly PolicyFile[],
    input: EvaluationInput,
  ): Promise<readonly Verdict[]> {
    try {
      const known = this.#worker && haveSameTexts(files, this.#files);
      // Until the answer is there, nobody knows what the worker has.
      this.#files = undefined;
      const answer = await this.#ask(
        known
          ? { kind: 'evaluate', input }
          : { kind: 'evaluate', files, input },
      );
      if (answer.kind !== 'verdicts') {
        throw new Error('the worker did not answer with verdicts');
      }
      this.#files = files;
      return answer.verdicts;
    } catch (error) {
      await this.#discard();
      return [denial(error instanceof Error ? error.message : String(error))];
    }
  }

  /** One after the other, whether those before worked or not. */
  #inTurn<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#last.then(work);
    this.#last = result.catch(() => {});
    return result;
  }

  async #ask(task: WorkerTask): Promise<WorkerAnswer> {
    const { deadlineMs = DEADLINE_MS } = this.#options;
    const worker = this.#worker ?? (await this.#start());
    return await answerOf(worker, deadlineMs, () => worker.postMessage(task));
  }

  async #start(): Promise<Worker> {
    const { memoryMib = MEMORY_MIB } = this.#options;
    const execArgv = sourceArguments();
    const worker = new Worker(WORKER_FILE, {
      workerData: { mark: WORKER_MARK },
      resourceLimits: { maxOldGenerationSizeMb: memoryMib },
      ...(execArgv && { execArgv }),
    });
    // A worker without work must not keep the process alive.
    worker.unref();
    this.#worker = worker;
    await answerOf(worker, START_MS, () => {});
    return worker;
  }

  async #discard(): Promise<void> {
    const worker = this.#worker;
    this.#worker = undefined;
    this.#files = undefined;
    await worker?.terminate();
  }
}

/**
 * Run from its sources, as in development and in tests, a worker reads TypeScript by the hook of Backstage's
 * own commands; a built package needs nothing.
 */
function sourceArguments(): string[] | undefined {
  const isSource = WORKER_FILE.endsWith('.ts');
  return isSource
    ? ['--require', require.resolve('@backstage/cli/config/nodeTransform.cjs')]
    : undefined;
}

/** The worker's next message. Rejects when it takes longer, fails or ends before. */
function answerOf(
  worker: Worker,
  milliseconds: number,
  ask: () => void,
): Promise<WorkerAnswer> {
  return new Promise((resolve, reject) => {
    const listeners = {
      message: (answer: WorkerAnswer) => settle(() => resolve(answer)),
      error: (error: Error) =>
        settle(() => reject(new Error(`they failed: ${error.message}`))),
      exit: () => settle(() => reject(new Error('their worker ended'))),
    };
    const timer = setTimeout(
      () =>
        settle(() =>
          reject(new Error(`they did not end within ${milliseconds} ms`)),
        ),
      milliseconds,
    );
    function settle(act: () => void) {
      clearTimeout(timer);
      for (const [event, listener] of Object.entries(listeners)) {
        worker.off(event, listener as () => void);
      }
      act();
    }
    for (const [event, listener] of Object.entries(listeners)) {
      worker.on(event, listener as () => void);
    }
    try {
      ask();
    } catch (error) {
      settle(() => reject(new Error(`the change cannot be shown: ${error}`)));
    }
  });
}

function haveSameTexts(
  files: readonly PolicyFile[],
  others: readonly PolicyFile[] | undefined,
): boolean {
  return (
    others !== undefined &&
    files.length === others.length &&
    files.every(
      ({ path, text }, index) =>
        path === others[index].path && text === others[index].text,
    )
  );
}

function denial(reason: string): Verdict {
  return {
    policy: 'policies',
    outcome: 'deny',
    cause: 'policy-error',
    message: `the policies gave no verdict: ${reason}`,
  };
}
