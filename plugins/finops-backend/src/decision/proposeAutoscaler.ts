import {
  AutoscalerBounds,
  replicasUnder,
  Series,
} from '@apexlogic/backstage-plugin-finops-analysis';
import {
  AutoscalerSettings,
  Environment,
  Evidence,
  Level,
  MonthlySaving,
} from '@apexlogic/backstage-plugin-finops-common';
import { formatCpu } from '@apexlogic/backstage-plugin-finops-manifests';
import { alignReplicas } from '../analysis/replicaLoad';
import { toEvidenceSeries } from '../analysis/series';
import {
  AutoscalerAdvice,
  WorkloadAnalysis,
  WorkloadHistory,
} from '../analysis/types';
import { costEvidence, stateEvidence, windowOf } from './evidence';
import { priceSaving } from './priceSaving';
import { priorityOf } from './priorityOf';
import { Decision } from './types';
import { withhold } from './withhold';
import { joinReason, number, percent, savingInWords } from './words';

/** Share of its cost below which new settings are not worth a review. */
const LEAST_SHARE = 0.05;

/** Target from which a production workload runs near what its pods request. */
const RISKY_TARGET = 0.7;

interface Priced {
  readonly advice: AutoscalerAdvice;
  readonly saving: MonthlySaving;
  readonly share: number;
}

/**
 * Turns the advice on an autoscaler into one priced proposal: of the sets of requests that were judged
 * the one that costs least. `undefined` where no autoscaler follows CPU.
 */
export function proposeAutoscaler(
  entityRef: string,
  { history, autoscaler }: WorkloadAnalysis,
  now: string,
): Decision | undefined {
  if (!autoscaler) {
    return undefined;
  }
  const { workload, environment, state } = history.stored;
  const { advice, cpuTotal } = autoscaler;
  if ('code' in advice || !cpuTotal) {
    return 'code' in advice
      ? withhold(workload, 'autoscaler', advice)
      : undefined;
  }
  const { model } = advice[0].plan;
  const withheld = (
    code: 'change-too-small' | 'no-price',
    reason: string,
  ): Decision => withhold(workload, 'autoscaler', { code, reason, model });
  const priced: Priced[] = [];
  for (const one of advice) {
    const price = priceSaving(history, afterOf(one), now);
    if (price.kind === 'no-price') {
      return withheld(
        'no-price',
        `Other settings of its autoscaler would fit, but the saving is unknown. ${price.reason}`,
      );
    }
    priced.push({ advice: one, saving: price.saving, share: price.share });
  }
  const [best] = priced.sort(
    (a, b) => b.saving.expected.amountMicros - a.saving.expected.amountMicros,
  );
  const { plan, current, requests } = best.advice;
  if (best.share < LEAST_SHARE) {
    return withheld(
      'change-too-small',
      `Other settings of its autoscaler would save ${percent(
        Math.max(best.share, 0),
      )} of its cost, at least ${percent(LEAST_SHARE)} are worth a review.`,
    );
  }
  const name = state.autoscaler!.name;
  const to = settingsOf(plan);
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
        from: settingsOf(current),
        to,
        containers: [...requests].map(([container, cpu]) => ({
          container,
          cpuRequest: formatCpu(cpu),
        })),
      },
      title: titleOf(best.advice, history),
      reason: joinReason([
        `${number(plan.meanReplicas)} replicas on average at ${percent(
          current.targetUtilisation,
        )} of CPU requests; ${percent(
          plan.targetUtilisation,
        )} leaves room for the ${percent(
          plan.startUpRise,
        )} that its load rises by while a replica starts`,
        `${plan.historyDays} days, peak of ${number(
          plan.peak.expected,
        )} cores expected`,
        savingInWords(best.saving),
      ]),
      saving: best.saving,
      risk: riskOf(environment, plan.targetUtilisation),
      effort: 'low',
      priority: priorityOf({
        share: best.share,
        environment,
        relief: false,
      }),
      confidence: plan.confidence,
      model,
      evidence: [
        ...loadEvidence(history, best.advice, cpuTotal),
        ...costEvidence(history, now),
        stateEvidence(history),
      ],
    },
  };
}

/** Whole percents, as an HPA is told. */
export function settingsOf({
  minimum,
  maximum,
  targetUtilisation,
}: AutoscalerBounds): AutoscalerSettings {
  return {
    minReplicas: minimum,
    maxReplicas: maximum,
    cpuUtilisationPercent: Math.round(targetUtilisation * 100),
  };
}

function afterOf({ plan, requests }: AutoscalerAdvice) {
  return {
    replicas: { times: plan.meanReplicasAfter / plan.meanReplicas },
    containers: new Map(
      [...requests].map(([container, cpu]) => [container, { cpu }] as const),
    ),
  };
}

function titleOf(
  { plan, current, requests }: AutoscalerAdvice,
  { stored }: WorkloadHistory,
): string {
  const [from, to] = [settingsOf(current), settingsOf(plan)];
  const changes = [
    from.cpuUtilisationPercent === to.cpuUtilisationPercent
      ? undefined
      : `target from ${from.cpuUtilisationPercent} % to ${to.cpuUtilisationPercent} %`,
    from.minReplicas === to.minReplicas
      ? undefined
      : `minimum from ${from.minReplicas} to ${to.minReplicas}`,
    from.maxReplicas === to.maxReplicas
      ? undefined
      : `maximum from ${from.maxReplicas} to ${to.maxReplicas}`,
    ...[...requests].map(([container, cpu]) => {
      const before = stored.state.containers.find(
        item => item.name === container,
      )?.cpuRequest;
      return `CPU of ${container} from ${formatCpu(before ?? 0)} to ${formatCpu(
        cpu,
      )}`;
    }),
  ].filter(change => change !== undefined);
  const last = changes.pop();
  return `Tune autoscaler ${stored.state.autoscaler!.name}: ${
    changes.length > 0 ? `${changes.join(', ')} and ` : ''
  }${last}`;
}

function riskOf(environment: Environment, target: number): Level {
  if (environment === 'development' || environment === 'staging') {
    return 'low';
  }
  return target > RISKY_TARGET ? 'medium' : 'low';
}

/** The load beside what was requested for it and would have been, and the replicas that did so. */
function loadEvidence(
  history: WorkloadHistory,
  { plan, requestPerPod }: AutoscalerAdvice,
  cpuTotal: Series,
): Evidence[] {
  const { stored, origins, series } = history;
  const counted = series.find(({ metric }) => metric === 'replicas');
  const ran = alignReplicas(counted, cpuTotal, stored.state.replicas ?? 1);
  const planned = replicasUnder(plan, cpuTotal, requestPerPod.after);
  const times = (replicas: Series, cores: number): Series => ({
    ...replicas,
    values: replicas.values.map(value => value * cores),
  });
  const origin = origins.find(({ metric }) => metric === 'cpu-usage-sum');
  const used = toEvidenceSeries(cpuTotal, {
    label: 'Used',
    unit: 'cores',
    role: 'usage',
  });
  return [
    {
      id: 'cpu',
      kind: 'series',
      sourceId: origin?.sourceId ?? 'unknown',
      summary: `CPU of all pods and what they requested for it: as it ran, and as the autoscaler would have had it by its rule. The settings are fit to the last ${
        plan.historyDays
      } days${
        stored.state.startUpSeconds === undefined
          ? '; how long its pods take to start is not known, and assumed'
          : ''
      }.`,
      window: windowOf(cpuTotal),
      query: origin?.query,
      series: [
        used,
        toEvidenceSeries(
          cpuTotal,
          { label: 'Peak', unit: 'cores', role: 'peak' },
          'max',
        ),
        toEvidenceSeries(times(ran, requestPerPod.before), {
          label: 'Requested as it ran',
          unit: 'cores',
          role: 'request',
        }),
        toEvidenceSeries(times(planned, requestPerPod.after), {
          label: 'Requested as proposed',
          unit: 'cores',
          role: 'proposed',
        }),
      ],
    },
    {
      id: 'replicas',
      kind: 'series',
      sourceId: origin?.sourceId ?? 'unknown',
      summary: `${number(plan.meanReplicas)} replicas ran on average, ${number(
        plan.meanReplicasAfter,
      )} would as proposed.`,
      window: windowOf(cpuTotal),
      series: [
        toEvidenceSeries(ran, {
          label: 'Ran',
          unit: 'replicas',
          role: 'observed',
        }),
        toEvidenceSeries(planned, {
          label: 'As proposed',
          unit: 'replicas',
          role: 'expected',
        }),
      ],
    },
  ];
}
