import {
  ReplicaScaler,
  ScalingDecision,
  ScalingRun,
  ScalingTrace,
  simulateScaling,
} from '@apexlogic/backstage-plugin-finops-analysis';
import { safetyBreaches } from './safetyBreaches';

/** Lets a scaler see what is known, replays the trace against it and counts where it was unsafe. */
export function runScaler(
  scaler: ReplicaScaler,
  known: Float64Array,
  trace: ScalingTrace & { readonly maximumReplicas: number },
): { readonly run: ScalingRun; readonly breaches: number } {
  known.forEach(value => scaler.observe(value));
  const decisions: ScalingDecision[] = [];
  const run = simulateScaling(trace, value => {
    const decision = scaler.observe(value);
    decisions.push(decision);
    return decision.replicas;
  });
  return {
    run,
    breaches: safetyBreaches(
      trace.demand,
      decisions,
      trace.capacityPerReplica,
      trace.startUpSteps,
      trace.maximumReplicas,
    ),
  };
}
