import { AutoscalerSettings } from '@apexlogic/backstage-plugin-finops-common';
import { confidenceIn, dayInWords } from '../analysis/capacityFinding';
import { WorkloadAnalysis } from '../analysis/types';
import { StoredFinding } from '../database/FindingStore';
import { costEvidence, riskEvidence, stateEvidence } from './evidence';
import { priceSaving } from './priceSaving';
import { priorityOf } from './priorityOf';
import { reliefNeed } from './reliefNeed';
import { Decision } from './types';
import { withhold } from './withhold';
import { joinReason, number } from './words';

/** A maximum grows at most this many times at once: nodes and what lies behind have to hold it. */
const LARGEST_RAISE = 2;

/**
 * Raises the maximum of an autoscaler that its load is expected to reach, before a saving is thought of.
 * It costs nothing until the load comes. Nothing is proposed where another object writes the autoscaler,
 * or where it follows no utilisation that says how much a replica may carry.
 */
export function proposeMaximum(
  entityRef: string,
  { history, risks }: WorkloadAnalysis,
  findings: readonly StoredFinding[],
  now: string,
): Decision | undefined {
  const { workload, environment, state } = history.stored;
  const risk = risks.find(({ signal }) => signal === 'autoscaler-maximum');
  const { autoscaler } = state;
  const target = autoscaler?.targetUtilisation?.cpu;
  if (!risk || !autoscaler || !target || autoscaler.managedBy !== undefined) {
    return undefined;
  }
  const { maxReplicas, minReplicas, name } = autoscaler;
  const { saturation } = risk;
  const coresPerReplica = (risk.limit / maxReplicas) * target;
  const to = Math.min(
    Math.max(Math.ceil(reliefNeed(risk) / coresPerReplica), maxReplicas + 1),
    LARGEST_RAISE * maxReplicas,
  );
  const priced = priceSaving(
    history,
    { replicas: 'as-they-run', containers: new Map() },
    now,
  );
  if (priced.kind === 'no-price') {
    return withhold(workload, 'autoscaler', {
      code: 'no-price',
      reason: `A higher maximum is needed, but its currency is unknown. ${priced.reason}`,
      model: saturation.model,
    });
  }
  const settings = (maximum: number): AutoscalerSettings => ({
    minReplicas,
    maxReplicas: maximum,
    cpuUtilisationPercent: Math.round(target * 100),
  });
  const { expected } = saturation;
  return {
    kind: 'draft',
    content: {
      entityRef,
      workload,
      environment,
      action: {
        kind: 'tune-autoscaler',
        workload,
        autoscaler: name,
        from: settings(maxReplicas),
        to: settings(to),
        containers: [],
      },
      title: `Raise the maximum of autoscaler ${name} from ${maxReplicas} to ${to} replicas`,
      reason: joinReason([
        `CPU use peaks at ${number(saturation.upperUse)} of the ${number(
          risk.limit,
        )} cores that ${maxReplicas} replicas request, ${
          expected === undefined
            ? 'and may reach them within a day'
            : `expected to reach them on ${dayInWords(
                Date.parse(now) / 1000 + expected,
              )}`
        }`,
        'costs nothing until the load comes',
      ]),
      saving: priced.saving,
      risk: 'low',
      effort: 'low',
      priority: priorityOf({ share: 0, environment, relief: true }),
      confidence: confidenceIn(risk),
      model: saturation.model,
      evidence: [
        ...riskEvidence(findings, workload, 'autoscaler-maximum'),
        ...costEvidence(history, now),
        stateEvidence(history),
      ],
    },
  };
}
