import { Series } from '@apexlogic/backstage-plugin-finops-analysis';
import {
  addDays,
  dayOf,
  Environment,
  Level,
} from '@apexlogic/backstage-plugin-finops-common';
import { dailyMean, meanOf } from '../analysis/series';
import { WorkloadAnalysis } from '../analysis/types';
import {
  costEvidence,
  requestEvidence,
  stateEvidence,
  usageEvidence,
} from './evidence';
import { priceSaving } from './priceSaving';
import { priorityOf } from './priorityOf';
import { Decision } from './types';
import { withhold } from './withhold';
import { joinReason, number, percent, savingInWords } from './words';

/** Peak utilisation after the change above which a production change counts as risky. */
const RISKY_PEAK = 0.6;

/** Days the stated mean use is taken over. */
const RECENT_DAYS = 7;

/** Turns a replica plan into a priced proposal; `undefined` for kinds without replicas. */
export function proposeReplicas(
  entityRef: string,
  analysis: WorkloadAnalysis,
  now: string,
): Decision | undefined {
  const { history, replicas } = analysis;
  const { workload, environment, state } = history.stored;
  if (!replicas) {
    return undefined;
  }
  const { plan, load } = replicas;
  const withheld = (
    code: 'change-too-small' | 'no-price',
    reason: string,
  ): Decision =>
    withhold(workload, 'replicas', { code, reason, model: plan.model });
  if (plan.kind === 'abstention') {
    return withhold(workload, 'replicas', plan);
  }
  const from = state.replicas!;
  if (plan.replicas === from || !load) {
    return withheld(
      'change-too-small',
      `${from} replicas are what its load needs.`,
    );
  }
  const priced = priceSaving(
    history,
    { replicas: plan.replicas, containers: new Map() },
    now,
  );
  if (priced.kind === 'no-price') {
    return withheld(
      'no-price',
      `Scaling from ${from} to ${plan.replicas} replicas would fit, but the saving is unknown. ${priced.reason}`,
    );
  }
  const { saving, share } = priced;
  // Logs are the plainer witness of what was served; a metric may count health checks too.
  const fromLogs = load.logRate !== undefined;
  const servedRate = load.logRate ?? load.requestRate;
  const rate = servedRate && meanOf(servedRate.values);
  const fewer = plan.replicas < from;
  const requested = load.cpuRequestPerPod * from;
  const recent = recentShare(load.cpuTotal, requested, now);
  const utilisation = `CPU underused: ${percent(
    recent.share,
  )} of requests over ${recent.days} days`;
  return {
    kind: 'draft',
    content: {
      entityRef,
      workload,
      environment,
      action: { kind: 'scale-replicas', workload, from, to: plan.replicas },
      title: `Scale from ${from} to ${plan.replicas} replicas`,
      reason: joinReason([
        `${
          fewer
            ? utilisation
            : `CPU peaks at ${percent(plan.peakUtilisation)} of requests`
        } (peak ${percent(plan.peakUtilisation)} in ${
          plan.historyDays
        }, ${percent(plan.peakUtilisationAfter)} with ${
          plan.replicas
        } replicas)`,
        rate === undefined
          ? undefined
          : `${number(rate)} requests/s${fromLogs ? ' in its logs' : ''}`,
        savingInWords(saving),
      ]),
      saving,
      risk: riskOf(environment, plan.peakUtilisationAfter),
      effort: 'low',
      priority: priorityOf({ share, environment, relief: !fewer }),
      confidence: plan.confidence,
      model: plan.model,
      evidence: [
        usageEvidence({
          history,
          id: 'cpu',
          summary: `${utilisation}, and at most ${percent(
            plan.peakUtilisation,
          )} of the ${number(requested)} cores requested in ${
            plan.historyDays
          } days.`,
          metric: 'cpu-usage-sum',
          usage: load.cpuTotal,
          unit: 'cores',
          request: requested,
          proposed: load.cpuRequestPerPod * plan.replicas,
        }),
        ...requestEvidence(history, load),
        ...costEvidence(history, now),
        stateEvidence(history),
      ],
    },
  };
}

/** Mean use of what is requested over the last complete days, at most a week of them. */
function recentShare(
  cpuTotal: Series,
  requestedCores: number,
  now: string,
): { share: number; days: number } {
  const today = dayOf(now);
  const means = Array.from({ length: RECENT_DAYS }, (_, index) =>
    dailyMean(cpuTotal, addDays(today, -1 - index)),
  ).filter(mean => mean !== undefined);
  return {
    share: (meanOf(means) ?? 0) / requestedCores,
    days: means.length,
  };
}

function riskOf(environment: Environment, peakAfter: number): Level {
  if (environment === 'development' || environment === 'staging') {
    return 'low';
  }
  return peakAfter > RISKY_PEAK ? 'medium' : 'low';
}
