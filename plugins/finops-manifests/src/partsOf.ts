import type {
  AutoscalerSettings,
  ChangeStorageTierAction,
  ContainerRequests,
  Workload,
} from '@apexlogic/backstage-plugin-finops-common';
import { AUTOSCALER_KIND } from './kubernetes/desiredState';
import type { FieldTarget } from './types';

/** What an action wants of one object and writes in one place. */
export type Part =
  | {
      readonly kind: 'resources';
      /** The object that is edited. */
      readonly object: Workload;
      readonly containers: readonly ContainerRequests[];
    }
  | {
      readonly kind: 'replicas';
      readonly object: Workload;
      readonly from: number;
      readonly to: number;
    }
  | {
      readonly kind: 'claim';
      readonly object: Workload;
      readonly wanted: Pick<ChangeStorageTierAction, 'size' | 'storageClass'>;
    }
  | {
      readonly kind: 'labels';
      readonly object: Workload;
      readonly labels: Readonly<Record<string, string>>;
      readonly podTemplate: boolean;
    }
  | ({ readonly kind: 'autoscaler-bounds' } & AutoscalerPart)
  | ({ readonly kind: 'autoscaler-target' } & AutoscalerPart);

/** @internal */
export interface AutoscalerPart {
  readonly object: Workload;
  readonly from: AutoscalerSettings;
  readonly to: AutoscalerSettings;
  readonly scaled: Workload;
}

/** The parts of an action in the order in which their places are told; at least one. */
export function partsOf({ action, workload }: FieldTarget): readonly Part[] {
  switch (action.kind) {
    case 'rightsize':
      return [resources(workload, action.containers)];
    case 'scale-replicas':
      return [
        {
          kind: 'replicas',
          object: workload,
          from: action.from,
          to: action.to,
        },
      ];
    case 'change-storage-tier':
      return [{ kind: 'claim', object: workload, wanted: action }];
    case 'enforce-tags':
      return [
        {
          kind: 'labels',
          object: workload,
          labels: action.labels,
          podTemplate: action.podTemplate === true,
        },
      ];
    default: {
      const { autoscaler, from, to, containers } = action;
      const part: AutoscalerPart = {
        object: { ...workload, kind: AUTOSCALER_KIND, name: autoscaler },
        from,
        to,
        scaled: workload,
      };
      const sameBounds =
        from.minReplicas === to.minReplicas &&
        from.maxReplicas === to.maxReplicas;
      const sameTarget =
        from.cpuUtilisationPercent === to.cpuUtilisationPercent;
      return [
        // An action that changes neither is told so by the part of the bounds.
        ...(sameBounds && !sameTarget
          ? []
          : [{ kind: 'autoscaler-bounds' as const, ...part }]),
        ...(sameTarget
          ? []
          : [{ kind: 'autoscaler-target' as const, ...part }]),
        ...(containers.length === 0 ? [] : [resources(workload, containers)]),
      ];
    }
  }
}

function resources(
  object: Workload,
  containers: readonly ContainerRequests[],
): Part {
  return { kind: 'resources', object, containers };
}
