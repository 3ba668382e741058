import {
  createLearnedScaler,
  createReplicaScaler,
  LearnedScaling,
  mayDeployScaling,
  ReplicaScalerOptions,
  ScalingTrace,
  simulateScaling,
  trainScaling,
} from '@apexlogic/backstage-plugin-finops-analysis';
import { seededRandom } from '../../seededRandom';
import { BASELINES } from './policies';
import { runScaler } from './runScaler';

const SEED = 1;
/** The rest of what is known decides whether the policy may be deployed. */
const TRAINING_SHARE = 2 / 3;

/** Trains a policy on the older part of what is known, and tries it on the newer one. */
export function tryLearning(
  known: Float64Array,
  shape: Omit<ScalingTrace, 'demand'> & { readonly maximumReplicas: number },
  options: ReplicaScalerOptions,
): {
  readonly learned: LearnedScaling;
  readonly verdict: ReturnType<typeof mayDeployScaling>;
} {
  const split = Math.floor(TRAINING_SHARE * known.length);
  const older = known.subarray(0, split);
  const trace = { ...shape, demand: known.subarray(split) };
  const random = seededRandom(SEED);
  const learned = trainScaling([{ ...shape, demand: older }], { random });
  const baseline = (name: 'hpa-70' | 'seasonal') =>
    simulateScaling(trace, BASELINES[name](older, shape.capacityPerReplica));
  const candidate = runScaler(
    createLearnedScaler(learned, options),
    older,
    trace,
  );
  const verdict = mayDeployScaling({
    learned: candidate.run,
    rule: runScaler(createReplicaScaler(options), older, trace).run,
    hpa: baseline('hpa-70'),
    seasonal: baseline('seasonal'),
    safetyBreaches: candidate.breaches,
    random,
  });
  return { learned, verdict };
}
