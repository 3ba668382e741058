import { learnOffHours } from './learnOffHours';
import { adviseAutoscaler } from './adviseAutoscaler';
import { adviseContainers } from './adviseContainers';
import { adviseReplicas } from './adviseReplicas';
import { findCapacityRisks } from './findCapacityRisks';
import { WorkloadAnalysis, WorkloadInputs } from './types';

/** Runs the models over one workload. Pure: the same inputs have the same advice. */
export function analyseWorkload(inputs: WorkloadInputs): WorkloadAnalysis {
  const { history, sketches, events, tunings, calendar, now } = inputs;
  return {
    history,
    risks: findCapacityRisks(history, events, now),
    containers: adviseContainers(history, sketches, now, { tunings }),
    replicas: adviseReplicas(history, now),
    autoscaler: adviseAutoscaler(history, sketches, now),
    offHours: learnOffHours(history, now, { calendar }),
  };
}
