import type {
  PolicyValueChange,
  UpdatePolicyAction,
} from '@apexlogic/backstage-plugin-finops-common';
import { applySplices } from '../applySplices';
import { planChange } from '../planChange';
import {
  planned,
  RATIONALE,
  refused,
  snapshotOf,
  targetOf,
} from '../testUtils';
import { hasKubectl } from './testUtils';

const POLICY = `# Rules of the house
kind: ConfigMap
apiVersion: v1
metadata: {name: other}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: replicas
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules:
    - apiGroups: [apps]
      apiVersions: [v1]
      operations: [CREATE, UPDATE]
      resources: [deployments]
  validations:
  - expression: object.spec.replicas <= 5 # at most
    message: 'five at most'
  variables: []
`;

function update(
  changes: readonly Omit<PolicyValueChange, 'documentIndex'>[],
  rest: Partial<UpdatePolicyAction> = {},
): UpdatePolicyAction {
  return {
    kind: 'update-policy',
    path: 'policies/replicas.yaml',
    changes: changes.map(change => ({ documentIndex: 1, ...change })),
    ...rest,
  };
}

function plan(action: UpdatePolicyAction, files: Record<string, string> = {}) {
  return planChange(
    targetOf(action),
    RATIONALE,
    snapshotOf({ 'policies/replicas.yaml': POLICY, ...files }),
  );
}

describe('update-policy', () => {
  it('writes other values in the style of the old ones', async () => {
    const made = planned(
      await plan(
        update([
          {
            pointer: '/spec/validations/0/expression',
            from: 'object.spec.replicas <= 5',
            to: 'object.spec.replicas <= 8',
          },
          {
            pointer: '/spec/validations/0/message',
            from: 'five at most',
            to: "eight's the most",
          },
        ]),
      ),
    );
    const text = Buffer.from(
      applySplices(new TextEncoder().encode(POLICY), made.files[0]),
    ).toString();
    expect(text).toBe(
      POLICY.replace('<= 5', '<= 8')
        .replace("'five at most'", "'eight''s the most'")
        .replace(
          '  name: replicas\n',
          `  name: replicas
  annotations:
    ai.apexlogic.com/optimisation-reason: "CPU 30 % underused over 7 days, 12 requests/s at peak"
    ai.apexlogic.com/proposed-by-model: CostOptimizer-v1.2.0
    ai.apexlogic.com/review-priority: medium
`,
        ),
    );
    expect(made.proof.checks.map(({ outcome }) => outcome)).toEqual([
      'passed',
      // The other document is of a kind without a schema here.
      'skipped',
      'passed',
      'skipped',
    ]);
  });

  it('quotes what would not stay a text, and proves the build', async () => {
    const made = planned(
      await plan(
        update([
          { pointer: '/spec/failurePolicy', from: 'Fail', to: 'Ignore' },
          {
            pointer: '/spec/validations/0/expression',
            from: 'object.spec.replicas <= 5',
            to: 'true',
          },
        ]),
        { 'policies/kustomization.yaml': 'resources: [replicas.yaml]\n' },
      ),
    );
    expect(made.files[0].diff).toContain('+  - expression: "true" # at most');
    expect(made.proof.checks.at(-1)).toMatchObject({
      outcome: hasKubectl ? 'passed' : 'skipped',
    });
  });

  it('keeps the scope unless it is let', async () => {
    const scope = [
      {
        pointer: '/spec/matchConstraints/resourceRules/0/resources/0',
        from: 'deployments',
        to: 'statefulsets',
      },
    ];
    expect(refused(await plan(update(scope)))).toMatchObject({
      code: 'not-supported',
      reason: expect.stringContaining('matchConstraints'),
    });
    const made = planned(await plan(update(scope, { allowScope: true })));
    expect(made.notes).toHaveLength(1);
  });

  it('refuses what the file does not say, or is no policy', async () => {
    const change = {
      pointer: '/spec/failurePolicy',
      from: 'Ignore',
      to: 'Fail',
    };
    for (const [action, code] of [
      [update([change]), 'value-changed'],
      [update([{ ...change, from: 'Fail' }]), 'already-done'],
      [update([{ ...change, pointer: '/spec/none' }]), 'value-not-found'],
      [update([{ ...change, pointer: '/metadata/name' }]), 'not-supported'],
      [update([{ ...change, from: 'Fail', to: 1 }]), 'not-supported'],
      [update([]), 'not-supported'],
      [update([change], { path: 'nowhere.yaml' }), 'value-not-found'],
      [
        {
          ...update([]),
          changes: [{ documentIndex: 0, ...change }],
        },
        'not-supported',
      ],
    ] as const) {
      expect(refused(await plan(action))).toMatchObject({ code });
    }
  });
});
