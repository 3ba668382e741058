import { ChangeContext, ChangedObject, EvaluationInput } from './types';

/** A change of a Deployment's replicas in production, for tests. */
export function testContext(
  overrides: Partial<ChangeContext> = {},
): ChangeContext {
  return {
    action: 'scale-replicas',
    environment: 'production',
    entityRef: 'component:default/shop',
    monthlySaving: { amountMicros: 23_500_000, currency: 'EUR' },
    confidence: 0.9,
    risk: 'low',
    model: 'CostOptimizer-v1.0.0',
    ...overrides,
  };
}

export function testDeployment(
  replicas: number,
  metadata: object = {},
  spec: object = {},
) {
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'shop', namespace: 'retail', ...metadata },
    spec: {
      replicas,
      template: {
        spec: {
          containers: [
            {
              name: 'app',
              resources: {
                requests: { cpu: '500m', memory: '512Mi' },
                limits: { memory: '1Gi' },
              },
            },
          ],
        },
      },
      ...spec,
    },
  };
}

export function testChange(
  overrides: Partial<ChangedObject> = {},
): ChangedObject {
  const object = {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    namespace: 'retail',
    name: 'shop',
  };
  return {
    path: 'apps/shop.yaml',
    oldObject: testDeployment(3),
    object: testDeployment(2),
    changes: [
      {
        path: 'apps/shop.yaml',
        documentIndex: 0,
        object,
        pointer: '/spec/replicas',
        before: 3,
        after: 2,
      },
    ],
    ...overrides,
  };
}

export function testInput(
  overrides: Partial<EvaluationInput> = {},
): EvaluationInput {
  return { objects: [testChange()], context: testContext(), ...overrides };
}
