import { z } from 'zod';

/** What a failed rule leads to instead of a denial, as an annotation on the policy or its binding. */
export const OUTCOME_ANNOTATION = 'finops.apexlogic.com/outcome';

export const POLICY_GROUP = 'admissionregistration.k8s.io';

const annotations = z.record(z.string(), z.string()).optional();

export const metadata = z.looseObject({
  name: z.string().min(1),
  annotations,
});

export const labelSelector = z.strictObject({
  matchLabels: z.record(z.string(), z.string()).optional(),
  matchExpressions: z
    .array(
      z.strictObject({
        key: z.string().min(1),
        operator: z.enum(['In', 'NotIn', 'Exists', 'DoesNotExist']),
        values: z.array(z.string()).optional(),
      }),
    )
    .optional(),
});

export const resourceRule = z.strictObject({
  apiGroups: z.array(z.string()).min(1),
  apiVersions: z.array(z.string().min(1)).min(1),
  operations: z
    .array(z.enum(['*', 'CREATE', 'UPDATE', 'DELETE', 'CONNECT']))
    .min(1),
  resources: z.array(z.string().min(1)).min(1),
  resourceNames: z.array(z.string()).optional(),
  scope: z.enum(['*', 'Namespaced', 'Cluster']).optional(),
});

export const matchResources = z.strictObject({
  resourceRules: z.array(resourceRule).optional(),
  excludeResourceRules: z.array(resourceRule).optional(),
  namespaceSelector: labelSelector.optional(),
  objectSelector: labelSelector.optional(),
  matchPolicy: z.enum(['Exact', 'Equivalent']).optional(),
});

export const identifier = z
  .string()
  .regex(/^[A-Za-z_][A-Za-z0-9_]*$/, 'must be a CEL identifier');

export const expression = z.string().trim().min(1);

export const paramKind = z.strictObject({
  apiVersion: z.string().min(1),
  kind: z.string().min(1),
});

export const paramRef = z
  .strictObject({
    name: z.string().min(1).optional(),
    namespace: z.string().min(1).optional(),
    selector: labelSelector.optional(),
    parameterNotFoundAction: z.enum(['Allow', 'Deny']).optional(),
  })
  .refine(
    ({ name, selector }) => (name === undefined) === (selector !== undefined),
    {
      error: 'either name or selector says which parameters are meant',
    },
  );

export const validationActions = z
  .array(z.enum(['Deny', 'Warn', 'Audit']))
  .min(1)
  .refine(actions => !(actions.includes('Deny') && actions.includes('Warn')), {
    error: 'Deny and Warn exclude each other',
  });

/** Fields that are none of Kubernetes' are errors: a misspelt rule must not be a rule less. */
export const policySchema = z.object({
  metadata,
  spec: z.strictObject({
    matchConstraints: matchResources.extend({
      resourceRules: z.array(resourceRule).min(1),
    }),
    matchConditions: z
      .array(z.strictObject({ name: z.string().min(1), expression }))
      .optional(),
    variables: z
      .array(z.strictObject({ name: identifier, expression }))
      .optional(),
    validations: z
      .array(
        z.strictObject({
          expression,
          message: z.string().optional(),
          messageExpression: z.string().optional(),
          reason: z.string().optional(),
        }),
      )
      .min(1),
    failurePolicy: z.enum(['Fail', 'Ignore']).optional(),
    auditAnnotations: z.array(z.unknown()).optional(),
    paramKind: paramKind.optional(),
  }),
});

export const bindingSchema = z.object({
  metadata,
  spec: z.strictObject({
    policyName: z.string().min(1),
    validationActions,
    matchResources: matchResources.optional(),
    paramRef: paramRef.optional(),
  }),
});

export type LabelSelector = z.output<typeof labelSelector>;
export type ResourceRule = z.output<typeof resourceRule>;
export type MatchResources = z.output<typeof matchResources>;
export type PolicyDocument = z.output<typeof policySchema>;
export type BindingDocument = z.output<typeof bindingSchema>;
