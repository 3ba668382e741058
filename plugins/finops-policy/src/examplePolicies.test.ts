import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { loadPolicies } from './loadPolicies';
import { runPolicyTests } from './runPolicyTests';
import {
  testChange,
  testContext,
  testDeployment,
  testInput,
} from './testInput';
import { EvaluationInput } from './types';

const FOLDER = join(__dirname, '../../../examples/policies');

const rationale = {
  annotations: {
    'ai.apexlogic.com/optimisation-reason': 'CPU 30 % underused over 7 days',
    'ai.apexlogic.com/proposed-by-model': 'CostOptimizer-v1.0.0',
    'ai.apexlogic.com/review-priority': 'medium',
  },
};

const files = readdirSync(FOLDER).map(path => ({
  path,
  text: readFileSync(join(FOLDER, path), 'utf8'),
}));

const policies = loadPolicies(files);

it('pass the tests beside them', () => {
  expect(policies.failed).toEqual([]);
  const results = runPolicyTests(files);
  expect(results.filter(({ kind }) => kind === 'failed')).toEqual([]);
  expect(results.length).toBeGreaterThanOrEqual(4);
});

function objections(overrides: Partial<EvaluationInput>) {
  return policies
    .evaluate(testInput(overrides))
    .filter(verdict => verdict.outcome !== 'allow')
    .map(({ policy, outcome, message }) => `${policy}: ${outcome}: ${message}`);
}

function change(object: object, oldObject: object = testDeployment(3)) {
  return testChange({ object, oldObject });
}

/** A resource of infrastructure code, as the plan shows it. */
function database(instanceClass: string, labels: object = {}) {
  return {
    apiVersion: 'terraform/v1',
    kind: 'aws_db_instance',
    metadata: { name: 'aws_db_instance.orders', labels },
    spec: { instance_class: instanceClass, password: '${var.password}' },
  };
}

function autoscaler(minReplicas: number, metadata: object = {}) {
  return {
    apiVersion: 'autoscaling/v2',
    kind: 'HorizontalPodAutoscaler',
    metadata: { name: 'shop', namespace: 'retail', ...metadata },
    spec: { minReplicas, maxReplicas: 10 },
  };
}

function autoscalerChange(minReplicas: number, metadata?: object) {
  const base = testChange();
  return {
    ...base,
    object: autoscaler(minReplicas, metadata),
    oldObject: autoscaler(3),
    changes: [
      {
        ...base.changes[0],
        pointer: '/spec/minReplicas',
        before: 3,
        after: minReplicas,
      },
    ],
  };
}

function resources(requests: object, limits?: object) {
  return {
    template: {
      spec: { containers: [{ name: 'app', resources: { requests, limits } }] },
    },
  };
}

function resourceChange(requests: object, limits?: object) {
  const base = testChange();
  const pointer = '/spec/template/spec/containers/0/resources/requests/cpu';
  return {
    ...base,
    object: testDeployment(3, rationale, resources(requests, limits)),
    changes: [{ ...base.changes[0], pointer, before: '500m', after: '250m' }],
  };
}

describe('examples/policies', () => {
  it('load, each with a description', () => {
    expect(policies.failed).toEqual([]);
    expect(policies.policies).toHaveLength(7);
    expect(policies.policies.filter(({ description }) => !description)).toEqual(
      [],
    );
  });

  it('let a production workload go from 3 to 2 replicas, whether or not its namespace is described', () => {
    const objects = [change(testDeployment(2, rationale))];
    expect(objections({ objects })).toEqual([]);
    const namespace = {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'retail' },
    };
    expect(objections({ objects, namespaces: [namespace] })).toEqual([]);
  });

  it('let the minimum of an autoscaler fall to two', () => {
    expect(objections({ objects: [autoscalerChange(2, rationale)] })).toEqual(
      [],
    );
  });

  it('ask of a database in infrastructure code what they ask of any change, and nothing that only workloads have', () => {
    const downgraded = (labels?: object) => [
      change(
        database('db.r6g.large', labels),
        database('db.r6g.xlarge', labels),
      ),
    ];
    expect(objections({ objects: downgraded() })).toEqual([]);
    expect(
      objections({
        objects: downgraded({
          'finops.apexlogic.com/workload-class': 'latency-critical',
        }),
        context: testContext({ confidence: 0.5, action: 'downgrade-database' }),
      }),
    ).toEqual([
      'latency-critical: require-approval: aws_db_instance aws_db_instance.orders: a latency-critical workload: downgrade-database needs approval',
      'minimum-confidence: require-approval: aws_db_instance aws_db_instance.orders: CostOptimizer-v1.0.0 has a confidence of 0.5, 0.7 is needed',
    ]);
  });

  it.each<[string, Partial<EvaluationInput>, string[]]>([
    [
      'an autoscaler that may leave one replica, and does not say why',
      { objects: [autoscalerChange(1)] },
      [
        'rationale-annotations: deny: HorizontalPodAutoscaler retail/shop: the annotations optimisation-reason, proposed-by-model and review-priority must say why',
        'replica-floor: deny: HorizontalPodAutoscaler retail/shop: production keeps at least 2 replicas, the change leaves 1',
      ],
    ],
    [
      'one replica left in production',
      { objects: [change(testDeployment(1, rationale), testDeployment(2))] },
      [
        'replica-floor: deny: Deployment retail/shop: production keeps at least 2 replicas, the change leaves 1',
      ],
    ],
    [
      'the replicas of a manifest without the field',
      {
        objects: [
          change(
            testDeployment(undefined as never, rationale),
            testDeployment(2),
          ),
        ],
      },
      [
        'replica-floor: deny: Deployment retail/shop: production keeps at least 2 replicas, the change leaves 1',
      ],
    ],
    [
      'more than half of the replicas at once',
      { objects: [change(testDeployment(2, rationale), testDeployment(5))] },
      [
        'maximum-reduction: deny: Deployment retail/shop: replicas fall from 5 to 2, more than half',
      ],
    ],
    [
      'more than half of the CPU request, across spellings',
      {
        objects: [
          resourceChange({ cpu: 0.2, memory: '0.5Gi' }, { memory: '1Gi' }),
        ],
      },
      [
        'maximum-reduction: deny: Deployment retail/shop: the CPU request of a container falls by more than half',
      ],
    ],
    [
      'a memory request that disappears',
      { objects: [resourceChange({ cpu: '250m' }, { memory: '1Gi' })] },
      [
        'maximum-reduction: deny: Deployment retail/shop: the memory request of a container falls by more than half',
      ],
    ],
    [
      'no memory limit',
      { objects: [resourceChange({ cpu: '250m', memory: '512Mi' })] },
      [
        'memory-limit: deny: Deployment retail/shop: every container needs a memory limit',
      ],
    ],
    [
      'a memory limit below the request',
      {
        objects: [
          resourceChange({ cpu: '250m', memory: '512Mi' }, { memory: '500M' }),
        ],
      },
      [
        'memory-limit: deny: Deployment retail/shop: a memory limit is below its request',
      ],
    ],
    [
      'a latency-critical workload',
      {
        objects: [
          change(
            testDeployment(2, rationale),
            testDeployment(3, {
              labels: {
                'finops.apexlogic.com/workload-class': 'latency-critical',
              },
            }),
          ),
        ],
      },
      [
        'latency-critical: require-approval: Deployment retail/shop: a latency-critical workload: scale-replicas needs approval',
      ],
    ],
    [
      'a frozen workload',
      {
        objects: [
          change(
            testDeployment(2, rationale),
            testDeployment(3, {
              labels: { 'finops.apexlogic.com/frozen': 'true' },
            }),
          ),
        ],
      },
      [
        'frozen-namespaces: deny: Deployment retail/shop: this workload is frozen',
      ],
    ],
    [
      'a frozen namespace',
      {
        objects: [change(testDeployment(2, rationale))],
        namespaces: [
          {
            kind: 'Namespace',
            metadata: {
              name: 'retail',
              labels: { 'finops.apexlogic.com/frozen': 'true' },
            },
          },
        ],
      },
      [
        'frozen-namespaces: deny: Deployment retail/shop: namespace retail is frozen',
      ],
    ],
    [
      'a model that is unsure',
      {
        objects: [change(testDeployment(2, rationale))],
        context: testContext({ confidence: 0.69 }),
      },
      [
        'minimum-confidence: require-approval: Deployment retail/shop: CostOptimizer-v1.0.0 has a confidence of 0.69, 0.7 is needed',
      ],
    ],
    [
      'no reason given',
      { objects: [change(testDeployment(2))] },
      [
        'rationale-annotations: deny: Deployment retail/shop: the annotations optimisation-reason, proposed-by-model and review-priority must say why',
      ],
    ],
    [
      'a priority nobody knows',
      {
        objects: [
          change(
            testDeployment(2, {
              annotations: {
                ...rationale.annotations,
                'ai.apexlogic.com/review-priority': 'urgent',
              },
            }),
          ),
        ],
      },
      [
        'rationale-annotations: deny: Deployment retail/shop: review-priority must be low, medium or high',
      ],
    ],
  ])('object to %s', (_, overrides, expected) => {
    expect(objections(overrides)).toEqual(expected);
  });

  it('ask less outside production', () => {
    const context = testContext({ environment: 'staging', confidence: 0.5 });
    expect(
      objections({
        context,
        objects: [change(testDeployment(1, rationale), testDeployment(2))],
      }),
    ).toEqual([]);
  });

  it('let a halved CPU request pass', () => {
    expect(
      objections({
        objects: [
          resourceChange({ cpu: '250m', memory: '512Mi' }, { memory: '1Gi' }),
        ],
      }),
    ).toEqual([]);
  });
});
