import { Level } from '@apexlogic/backstage-plugin-finops-common';
import { parseQuantity } from '@apexlogic/backstage-plugin-finops-manifests';
import { CheckReport, Suggestion } from '../database/CheckStore';
import { nameOf } from './costDifference';
import { ChangedWorkload } from './matchWorkloads';
import { ReadChange } from './readChange';

/** Workloads of one change from which it reaches widely. */
const MANY_WORKLOADS = 5;

/** Reasons that are named. */
const MOST_REASONS = 6;

const WORDS = {
  cpuRequest: 'CPU request',
  memoryRequest: 'memory request',
  cpuLimit: 'CPU limit',
  memoryLimit: 'memory limit',
} as const;

/** How much a change may break, from facts alone, the strongest first. */
export function riskOf(
  { comparison }: Pick<ReadChange, 'comparison'>,
  workloads: readonly ChangedWorkload[],
  suggestions: readonly Suggestion[],
): CheckReport['risk'] {
  const found: { readonly level: Level; readonly reason: string }[] = [];
  const note = (level: Level, reason: string) => found.push({ level, reason });
  for (const workload of workloads) {
    const name = nameOf(workload.compared);
    // Where nobody knows, it counts as production.
    const environment =
      workload.match.kind === 'known'
        ? workload.match.stored.environment
        : 'unknown';
    const matters = environment === 'production' || environment === 'unknown';
    const level: Level = matters ? 'medium' : 'low';
    if (!workload.after) {
      note(matters ? 'high' : 'medium', `${name} is removed`);
      continue;
    }
    if (workload.before) {
      const less = lowered(workload);
      if (less.length > 0) {
        const stateful = workload.compared.object.kind === 'StatefulSet';
        note(
          matters && stateful ? 'high' : level,
          `${name} gets less: ${less.join(', ')}`,
        );
      }
    }
    if (matters) {
      note('medium', `${name} runs in ${environment}`);
    }
  }
  if (workloads.length >= MANY_WORKLOADS) {
    note('high', `${workloads.length} workloads change at once`);
  }
  for (const { compared } of workloads) {
    if (compared.before === undefined) {
      note('low', `${nameOf(compared)} is new`);
    }
  }
  const grave = suggestions.filter(({ kind }) => kind === 'security');
  if (grave.length > 0) {
    note('high', `${grave.length} security remarks on its lines`);
  }
  if (comparison.problems.length > 0) {
    note('high', `${comparison.problems.length} files could not be judged`);
  }
  const order: readonly Level[] = ['high', 'medium', 'low'];
  const reasons = order.flatMap(level =>
    found.filter(one => one.level === level).map(({ reason }) => reason),
  );
  return {
    level: order.find(level => found.some(one => one.level === level)) ?? 'low',
    reasons: [...new Set(reasons)].slice(0, MOST_REASONS),
  };
}

/** What a workload has less of after the change. */
function lowered({ before, after }: ChangedWorkload): string[] {
  const less: string[] = [];
  if (
    before?.replicas !== undefined &&
    after?.replicas !== undefined &&
    after.replicas < before.replicas
  ) {
    less.push(`replicas ${before.replicas} to ${after.replicas}`);
  }
  for (const container of after?.containers ?? []) {
    const earlier = before?.containers.find(
      ({ name }) => name === container.name,
    );
    for (const field of [
      'cpuRequest',
      'memoryRequest',
      'cpuLimit',
      'memoryLimit',
    ] as const) {
      const [from, to] = [earlier?.[field], container[field]];
      if (from !== undefined && to !== undefined) {
        const [was, is] = [from, to].map(text => parseQuantity(text)?.amount);
        if (was !== undefined && is !== undefined && is < was) {
          less.push(`${WORDS[field]} of ${container.name} ${from} to ${to}`);
        }
      }
    }
  }
  return less;
}
