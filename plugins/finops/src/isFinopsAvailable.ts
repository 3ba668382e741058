import { Entity } from '@backstage/catalog-model';
import { ANNOTATIONS } from '@apexlogic/backstage-plugin-finops-common';

/** Annotations of which any one is enough to find what an entity runs. */
export const WORKLOAD_ANNOTATIONS = [
  ANNOTATIONS.kubernetesId,
  ANNOTATIONS.kubernetesLabelSelector,
  ANNOTATIONS.argocdAppName,
  ANNOTATIONS.costSelector,
] as const;

/**
 * Whether an entity says where it runs, so that its tabs will hold figures.
 *
 * @remarks
 *
 * Tabs shown without it explain which annotation is missing; use this to hide them instead.
 *
 * @example
 * ```tsx
 * <EntityLayout.Route if={isFinopsAvailable} path="/finops-cost" title="Cost">
 *   <EntityFinopsCostContent />
 * </EntityLayout.Route>
 * ```
 * @public
 */
export function isFinopsAvailable(entity: Entity): boolean {
  const annotations = entity.metadata.annotations ?? {};
  return WORKLOAD_ANNOTATIONS.some(annotation =>
    Boolean(annotations[annotation]),
  );
}
