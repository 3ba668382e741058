import { z } from 'zod';
import {
  expression,
  identifier,
  labelSelector,
  matchResources,
  metadata,
  paramKind,
  paramRef,
  resourceRule,
  validationActions,
} from './policyDocuments';

export const KYVERNO_GROUP = 'policies.kyverno.io';
export const KYVERNO_LEGACY_GROUP = 'kyverno.io';

const namedExpression = z.strictObject({ name: identifier, expression });
const condition = z.strictObject({ name: z.string().min(1), expression });
const validation = z.strictObject({
  expression,
  message: z.string().optional(),
  messageExpression: z.string().optional(),
  reason: z.string().optional(),
});

const isEnabled = z.strictObject({ enabled: z.boolean().optional() });

/** `ValidatingPolicy`, versions v1, v1beta1 and v1alpha1. Fields that Kyverno does not know are errors. */
export const validatingPolicySchema = z.object({
  metadata,
  spec: z.strictObject({
    matchConstraints: matchResources.extend({
      resourceRules: z.array(resourceRule).min(1),
    }),
    matchConditions: z.array(condition).optional(),
    variables: z.array(namedExpression).optional(),
    validations: z.array(validation).min(1),
    validationActions: validationActions.optional(),
    failurePolicy: z.enum(['Fail', 'Ignore']).optional(),
    auditAnnotations: z.array(z.unknown()).optional(),
    // Timeouts and background scans are about the cluster, not about what is right.
    webhookConfiguration: z.unknown().optional(),
    evaluation: z
      .strictObject({
        mode: z
          .literal('Kubernetes', {
            error: 'only policies about Kubernetes objects are supported',
          })
          .optional(),
        admission: isEnabled.optional(),
        background: isEnabled.optional(),
      })
      .optional(),
    autogen: z
      .strictObject({
        podControllers: z
          .strictObject({ controllers: z.array(z.string()).optional() })
          .optional(),
        validatingAdmissionPolicy: isEnabled.optional(),
      })
      .optional(),
  }),
});

const resourceFilter = z.strictObject({
  kinds: z.array(z.string().min(1)).optional(),
  name: z.string().optional(),
  names: z.array(z.string()).optional(),
  namespaces: z.array(z.string()).optional(),
  operations: z
    .array(z.enum(['CREATE', 'UPDATE', 'DELETE', 'CONNECT']))
    .optional(),
  selector: labelSelector.optional(),
  namespaceSelector: labelSelector.optional(),
  annotations: z.record(z.string(), z.string()).optional(),
});

const filter = z.strictObject({
  resources: resourceFilter.optional(),
  subjects: z.array(z.unknown()).optional(),
  roles: z.array(z.unknown()).optional(),
  clusterRoles: z.array(z.unknown()).optional(),
});

const filters = filter.extend({
  any: z.array(filter).optional(),
  all: z.array(filter).optional(),
});

const failureAction = z
  .string()
  .regex(/^(enforce|audit)$/i, "must be 'Enforce' or 'Audit'");

const celRule = z.strictObject({
  name: z.string().min(1),
  match: filters,
  exclude: filters.optional(),
  celPreconditions: z.array(condition).optional(),
  skipBackgroundRequests: z.boolean().optional(),
  reportProperties: z.unknown().optional(),
  validate: z.strictObject({
    message: z.string().optional(),
    failureAction: failureAction.optional(),
    allowExistingViolations: z.boolean().optional(),
    cel: z.strictObject({
      generate: z.boolean().optional(),
      expressions: z.array(validation).min(1),
      variables: z.array(namedExpression).optional(),
      auditAnnotations: z.array(z.unknown()).optional(),
      paramKind: paramKind.optional(),
      paramRef: paramRef.optional(),
    }),
  }),
});

/** `ClusterPolicy` of kyverno.io as far as its rules are CEL; those in Kyverno's own pattern language are refused. */
export const clusterPolicySchema = z.object({
  metadata,
  spec: z.looseObject({
    rules: z.array(celRule).min(1),
    validationFailureAction: failureAction.optional(),
    failureAction: failureAction.optional(),
    validationFailureActionOverrides: z
      .never({ error: 'other actions for some namespaces are not supported' })
      .optional(),
  }),
});

export const REASON_ANNOTATION = 'finops.apexlogic.com/reason';
export const EXPIRES_ANNOTATION = 'finops.apexlogic.com/expires';

/** Kyverno's `PolicyException`, with what ours must say besides: why, and until when. */
export const policyExceptionSchema = z.object({
  metadata: metadata.extend({
    annotations: z.looseObject({
      [REASON_ANNOTATION]: z
        .string({ error: `annotation ${REASON_ANNOTATION} must say why` })
        .trim()
        .min(1),
      [EXPIRES_ANNOTATION]: z.union(
        [z.iso.datetime({ offset: true }), z.iso.date()],
        {
          error: `annotation ${EXPIRES_ANNOTATION} must be a date or an RFC 3339 time`,
        },
      ),
    }),
  }),
  spec: z.strictObject({
    policyRefs: z
      .array(
        z.strictObject({
          name: z.string().min(1),
          kind: z.string().optional(),
        }),
      )
      .min(1),
    matchConditions: z
      .array(condition, {
        error: 'matchConditions must say for which objects it is',
      })
      .min(1),
  }),
});

export type PolicyExceptionDocument = z.output<typeof policyExceptionSchema>;
export type ValidatingPolicyDocument = z.output<typeof validatingPolicySchema>;
export type ClusterPolicyDocument = z.output<typeof clusterPolicySchema>;
export type Filters = z.output<typeof filters>;
export type Filter = z.output<typeof filter>;
export type ResourceFilter = z.output<typeof resourceFilter>;
