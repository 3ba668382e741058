import type {
  Action,
  InfrastructureAction,
  RightsizeAction,
  TuneAutoscalerAction,
} from '@apexlogic/backstage-plugin-finops-common';
import { applyPlan } from './applySplices';
import type {
  LocateTarget,
  InfrastructureTarget,
  PlanRefusal,
  PlanResult,
  Rationale,
  RepositorySnapshot,
} from './types';

/** A repository in memory: path → content. */
export function snapshotOf(
  files: Readonly<Record<string, string | Uint8Array>>,
): RepositorySnapshot {
  return {
    repository: { url: 'https://git.example.com/shop/deploy', branch: 'main' },
    baseSha: '0123456789abcdef0123456789abcdef01234567',
    paths: Object.keys(files),
    read: async path => {
      const content = files[path];
      return typeof content === 'string'
        ? new TextEncoder().encode(content)
        : content;
    },
  };
}

export const RATIONALE: Rationale = {
  prefix: 'ai.apexlogic.com',
  reason: 'CPU 30 % underused over 7 days, 12 requests/s at peak',
  model: { name: 'CostOptimizer', version: '1.2.0' },
  priority: 'medium',
};

export function targetOf(
  action: Action,
  workload: { kind?: string; namespace?: string; name?: string } = {},
  path?: string,
): LocateTarget {
  const { kind = 'Deployment', namespace = 'shop', name = 'web' } = workload;
  return { workload: { cluster: 'main', kind, namespace, name }, action, path };
}

export function scale(from: number, to: number): Action {
  return {
    kind: 'scale-replicas',
    workload: 'main/shop/Deployment/web',
    from,
    to,
  };
}

export function rightsize(
  ...containers: RightsizeAction['containers'][number][]
): Action {
  return {
    kind: 'rightsize',
    workload: 'main/shop/Deployment/web',
    containers,
  };
}

export function tune(
  change: Partial<Omit<TuneAutoscalerAction, 'kind' | 'workload'>> = {},
): TuneAutoscalerAction {
  return {
    kind: 'tune-autoscaler',
    workload: 'main/shop/Deployment/web',
    autoscaler: 'web-hpa',
    from: { minReplicas: 3, maxReplicas: 10, cpuUtilisationPercent: 60 },
    to: { minReplicas: 2, maxReplicas: 12, cpuUtilisationPercent: 75 },
    containers: [],
    ...change,
  };
}

/** Something that infrastructure code declares, to be changed. */
export function resourceTarget(
  action: DistributiveOmit<InfrastructureAction, 'workload'>,
  path?: string,
): InfrastructureTarget {
  return {
    workload: { cluster: 'aws', namespace: 'shop', kind: 'VM', name: 'orders' },
    action: { ...action, workload: 'aws/shop/VM/orders' },
    path,
  };
}

type DistributiveOmit<T, K extends PropertyKey> = T extends unknown
  ? Omit<T, K>
  : never;

/** Contents of the files after a plan, by path. */
export async function filesAfter(
  result: PlanResult,
  snapshot: RepositorySnapshot,
): Promise<Record<string, string>> {
  const applied = await applyPlan(planned(result), snapshot);
  return Object.fromEntries(
    applied.map(({ path, after }) => [
      path,
      new TextDecoder('utf-8', { ignoreBOM: true }).decode(after),
    ]),
  );
}

/** The plan of a result, or an error that shows why there is none. */
export function planned(result: PlanResult) {
  if (result.kind !== 'planned') {
    throw new Error(`refused (${result.code}): ${result.reason}`);
  }
  return result.plan;
}

export function refused(result: PlanResult): PlanRefusal {
  if (result.kind !== 'refused') {
    throw new Error(
      `planned:\n${result.plan.files.map(file => file.diff).join('\n')}`,
    );
  }
  return result;
}
