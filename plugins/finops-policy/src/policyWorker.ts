import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { Verdict } from '@apexlogic/backstage-plugin-finops-common';
import { loadPolicies } from './loadPolicies';
import { PolicyTestResult, runPolicyTests } from './runPolicyTests';
import { EvaluationInput, PolicyFile, PolicySet } from './types';

/** What a worker is started with; a worker of somebody else's that loads this file does nothing. */
export const WORKER_MARK = 'finops-policy';

/** The file a worker runs: this one, wherever it was built to. */
export const WORKER_FILE = __filename;

/** What a worker is asked. */
export type WorkerTask =
  | {
      readonly kind: 'evaluate';
      /** Absent where the worker has the files of its last task still. */
      readonly files?: readonly PolicyFile[];
      readonly input: EvaluationInput;
    }
  | { readonly kind: 'test'; readonly files: readonly PolicyFile[] };

/** What a worker says. */
export type WorkerAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'verdicts'; readonly verdicts: readonly Verdict[] }
  | { readonly kind: 'tests'; readonly results: readonly PolicyTestResult[] };

if (!isMainThread && workerData?.mark === WORKER_MARK) {
  let policies: PolicySet | undefined;
  const answer = (message: WorkerAnswer) => parentPort?.postMessage(message);
  parentPort?.on('message', (task: WorkerTask) => {
    if (task.kind === 'test') {
      answer({ kind: 'tests', results: runPolicyTests(task.files) });
      return;
    }
    const { files, input } = task;
    policies = files || !policies ? loadPolicies(files ?? []) : policies;
    answer({ kind: 'verdicts', verdicts: policies.evaluate(input) });
  });
  answer({ kind: 'ready' });
}
