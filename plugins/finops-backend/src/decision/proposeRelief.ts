import { RightsizeAction } from '@apexlogic/backstage-plugin-finops-common';
import { formatMemory } from '@apexlogic/backstage-plugin-finops-manifests';
import { StoredFinding } from '../database/FindingStore';
import { confidenceIn, dayInWords } from '../analysis/capacityFinding';
import { CapacityRisk } from '../analysis/findCapacityRisks';
import { WorkloadAnalysis } from '../analysis/types';
import { costEvidence, riskEvidence, stateEvidence } from './evidence';
import { priceSaving } from './priceSaving';
import { priorityOf } from './priorityOf';
import { reliefNeed } from './reliefNeed';
import { Decision } from './types';
import { withhold } from './withhold';
import { joinReason, number, percent, savingInWords } from './words';

const MEBIBYTE = 2 ** 20;

/** The new limit is a multiple of this, bytes. */
const QUANTUM = 64 * MEBIBYTE;

/**
 * A limit grows at most this many times at once: a leak has to be mended, and a node has to hold the
 * pod meanwhile.
 */
const LARGEST_RAISE = 2;

/**
 * Raises the memory limits that are expected to be reached, before a saving is thought of. Where the
 * request was the limit it stays so, otherwise it grows to what is used.
 */
export function proposeRelief(
  entityRef: string,
  { history, risks }: WorkloadAnalysis,
  findings: readonly StoredFinding[],
  now: string,
): Decision | undefined {
  const { workload, environment, state } = history.stored;
  const raises = risks.flatMap(risk => raiseOf(risk, state.containers));
  if (raises.length === 0) {
    return undefined;
  }
  const model = raises[0].risk.saturation.model;
  const priced = priceSaving(
    history,
    {
      replicas: 'as-they-run',
      containers: new Map(
        raises.map(({ container, request, limit }) => [
          container,
          // Without a request the cluster takes the limit for it.
          { memory: request ?? limit },
        ]),
      ),
    },
    now,
  );
  if (priced.kind === 'no-price') {
    return withhold(workload, 'memory limit', {
      code: 'no-price',
      reason: `A higher memory limit is needed, but its cost is unknown. ${priced.reason}`,
      model,
    });
  }
  const { saving, share } = priced;
  const action: RightsizeAction = {
    kind: 'rightsize',
    workload,
    containers: raises.map(({ container, request, before, limit }) => ({
      container,
      memoryRequest:
        request !== undefined && request !== before
          ? formatMemory(request)
          : undefined,
      memoryLimit: formatMemory(limit),
    })),
  };
  return {
    kind: 'draft',
    content: {
      entityRef,
      workload,
      environment,
      action,
      title: titleOf(raises),
      reason: joinReason([
        ...raises.map(raise => reasonOf(raise, now)),
        saving.expected.amountMicros < 0
          ? savingInWords(saving)
          : 'costs nothing more as its request stays',
      ]),
      saving,
      risk: 'low',
      effort: 'low',
      priority: priorityOf({ share, environment, relief: true }),
      confidence: Math.max(...raises.map(({ risk }) => confidenceIn(risk))),
      model,
      evidence: [
        ...riskEvidence(findings, workload, 'memory'),
        ...costEvidence(history, now),
        stateEvidence(history),
      ],
    },
  };
}

interface Raise {
  readonly risk: CapacityRisk;
  readonly container: string;
  /** Bytes; absent where none is requested, which stays so. */
  readonly before?: number;
  readonly request?: number;
  readonly limit: number;
}

function raiseOf(
  risk: CapacityRisk,
  containers: WorkloadAnalysis['history']['stored']['state']['containers'],
): Raise[] {
  const container = containers.find(({ name }) => name === risk.container);
  if (risk.signal !== 'memory' || !container) {
    return [];
  }
  const wanted = reliefNeed(risk);
  const quantised = (bytes: number) => Math.ceil(bytes / QUANTUM) * QUANTUM;
  const limit = Math.min(
    Math.max(quantised(wanted), quantised(risk.limit + QUANTUM)),
    quantised(LARGEST_RAISE * risk.limit),
  );
  const before = container.memoryRequest;
  const grown = (present: number) =>
    present >= risk.limit
      ? limit
      : Math.min(Math.max(present, quantised(risk.saturation.upperUse)), limit);
  const request = before === undefined ? undefined : grown(before);
  return [{ risk, container: container.name, before, request, limit }];
}

function titleOf(raises: readonly Raise[]): string {
  const [{ container, risk, limit }, ...more] = raises;
  return `Raise the memory limit of ${container} from ${formatMemory(
    risk.limit,
  )} to ${formatMemory(limit)}${
    more.length > 0 ? ` and ${more.length} more` : ''
  }`;
}

function reasonOf({ risk, container }: Raise, now: string): string {
  const { saturation, limit } = risk;
  const { expected } = saturation;
  const growth = saturation.growthPerDay / MEBIBYTE;
  return `${container} memory at ${percent(
    saturation.upperUse / limit,
  )} of its limit${
    growth >= 1 ? `, growing by ${number(growth)} MiB a day` : ''
  }, ${
    expected === undefined
      ? 'may reach it within a day'
      : `expected to reach it on ${dayInWords(
          Date.parse(now) / 1000 + expected,
        )}`
  }`;
}
