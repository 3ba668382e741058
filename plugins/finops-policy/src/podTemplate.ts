type Json = Readonly<Record<string, unknown>>;

/**
 * The pod that a controller makes, as a rule about pods sees it: the template's metadata and spec, in the
 * controller's namespace and under its name where the template gives none. `undefined` for objects without
 * a template.
 */
export function podOfController(controller: unknown): Json | undefined {
  if (!isObject(controller) || !isObject(controller.spec)) {
    return undefined;
  }
  const { spec, metadata } = controller;
  const owner =
    isObject(spec.jobTemplate) && isObject(spec.jobTemplate.spec)
      ? spec.jobTemplate.spec
      : spec;
  const { template } = owner;
  if (!isObject(template) || !isObject(template.spec)) {
    return undefined;
  }
  const { name, namespace } = isObject(metadata) ? metadata : {};
  return {
    apiVersion: 'v1',
    kind: 'Pod',
    metadata: {
      name,
      namespace,
      ...(isObject(template.metadata) ? template.metadata : {}),
    },
    spec: template.spec,
  };
}

function isObject(value: unknown): value is Json {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
