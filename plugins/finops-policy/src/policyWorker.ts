import { isMainThread, parentPort, workerData } from 'node:worker_threads';
import { loadPolicies } from './loadPolicies';
import { EvaluationInput, PolicyFile, PolicySet } from './types';

/** What a worker is started with; a worker of somebody else's that loads this file does nothing. */
export const WORKER_MARK = 'finops-policy';

/** The file a worker runs: this one, wherever it was built to. */
export const WORKER_FILE = __filename;

export interface EvaluationTask {
  /** Absent where the worker has the files of its last task still. */
  readonly files?: readonly PolicyFile[];
  readonly input: EvaluationInput;
}

if (!isMainThread && workerData?.mark === WORKER_MARK) {
  let policies: PolicySet | undefined;
  parentPort?.on('message', ({ files, input }: EvaluationTask) => {
    policies = files || !policies ? loadPolicies(files ?? []) : policies;
    parentPort?.postMessage({
      kind: 'verdicts',
      verdicts: policies.evaluate(input),
    });
  });
  parentPort?.postMessage({ kind: 'ready' });
}
