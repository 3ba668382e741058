/**
 * Strict JSON schemas (draft 7) of the custom resources that are written here, by `apiVersion/kind`.
 *
 * SleepInfo: kube-green `api/v1alpha1/sleepinfo_types.go` (0.7). ScaledObject: KEDA
 * `apis/keda/v1alpha1/scaledobject_types.go` and `scaletriggers_types.go` (2.17); `advanced` and `fallback` are
 * not looked into. No maintained package has both without a second set of Kubernetes schemas.
 */
export const CUSTOM_DEFINITIONS: Readonly<Record<string, object>> = {
  'kube-green.com/v1alpha1/SleepInfo': resource(
    'kube-green.com/v1alpha1',
    'SleepInfo',
    {
      weekdays: { type: 'string', minLength: 1 },
      sleepAt: clock(),
      wakeUpAt: clock(),
      timeZone: { type: 'string' },
      suspendDeployments: { type: 'boolean' },
      suspendStatefulSets: { type: 'boolean' },
      suspendCronJobs: { type: 'boolean' },
      includeRef: { type: 'array', maxItems: 100, items: filterRef() },
      excludeRef: { type: 'array', maxItems: 100, items: filterRef() },
      patches: { type: 'array', items: { type: 'object' } },
    },
    ['weekdays', 'sleepAt'],
  ),
  'keda.sh/v1alpha1/ScaledObject': resource(
    'keda.sh/v1alpha1',
    'ScaledObject',
    {
      scaleTargetRef: object(
        {
          apiVersion: { type: 'string' },
          kind: { type: 'string' },
          name: { type: 'string' },
          envSourceContainerName: { type: 'string' },
        },
        ['name'],
      ),
      pollingInterval: { type: 'integer' },
      initialCooldownPeriod: { type: 'integer' },
      cooldownPeriod: { type: 'integer' },
      idleReplicaCount: { type: 'integer' },
      minReplicaCount: { type: 'integer' },
      maxReplicaCount: { type: 'integer' },
      advanced: { type: 'object' },
      fallback: { type: 'object' },
      triggers: {
        type: 'array',
        minItems: 1,
        items: object(
          {
            type: { type: 'string' },
            name: { type: 'string' },
            useCachedMetrics: { type: 'boolean' },
            metricType: { type: 'string' },
            metadata: {
              type: 'object',
              additionalProperties: { type: 'string' },
            },
            authenticationRef: object(
              { name: { type: 'string' }, kind: { type: 'string' } },
              ['name'],
            ),
          },
          ['type', 'metadata'],
        ),
      },
    },
    ['scaleTargetRef', 'triggers'],
  ),
};

function resource(
  apiVersion: string,
  kind: string,
  spec: Readonly<Record<string, object>>,
  required: readonly string[],
): object {
  return object(
    {
      apiVersion: { const: apiVersion },
      kind: { const: kind },
      metadata: { $ref: '#/definitions/V1ObjectMeta' },
      spec: object(spec, required),
      status: { type: 'object' },
    },
    ['apiVersion', 'kind', 'spec'],
  );
}

function object(
  properties: Readonly<Record<string, object>>,
  required: readonly string[],
): object {
  return { type: 'object', additionalProperties: false, properties, required };
}

function clock(): object {
  return { type: 'string', pattern: '^[0-9*,/-]+:[0-9*,/-]+$' };
}

/** Either labels, or all of version, kind and name. */
function filterRef(): object {
  return {
    oneOf: [
      object(
        {
          matchLabels: {
            type: 'object',
            additionalProperties: { type: 'string' },
          },
        },
        ['matchLabels'],
      ),
      object(
        {
          apiVersion: { type: 'string' },
          kind: { type: 'string' },
          name: { type: 'string' },
        },
        ['apiVersion', 'kind', 'name'],
      ),
    ],
  };
}
