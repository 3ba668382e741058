import {
  AuditorService,
  AuthService,
  HttpAuthService,
  UserInfoService,
} from '@backstage/backend-plugin-api';
import { createValidatedOpenApiRouter } from '@backstage/backend-openapi-utils';
import { pipeline } from 'node:stream/promises';
import { stringifyEntityRef } from '@backstage/catalog-model';
import {
  DISMISS_REASONS,
  DismissReason,
} from '@apexlogic/backstage-plugin-finops-common';
import {
  finopsCostReadPermission,
  finopsEvidenceReadPermission,
  finopsGovernanceManagePermission,
  finopsGovernanceReadPermission,
  finopsPolicyReadPermission,
  finopsRecommendationDecidePermission,
  finopsRecommendationDeliverPermission,
  finopsRecommendationReadPermission,
} from '@apexlogic/backstage-plugin-finops-common/permissions';
import express, { Request } from 'express';
import { z } from 'zod';
import { approveCheck } from '../check/approveCheck';
import { deliverRecommendation } from '../delivery/deliverRecommendation';
import { Loop } from '../delivery/Loop';
import { planRecommendation } from '../delivery/planRecommendation';
import { orderReverts } from '../delivery/undo/orderReverts';
import { resetLearner } from '../feedback/resetLearner';
import { approveRecommendation } from '../governance/approveRecommendation';
import { dismissRecommendation } from '../governance/dismissRecommendation';
import { FinopsError } from '../governance/errors';
import { readFreeze, readScope } from '../governance/freezes';
import { snoozeRecommendation } from '../governance/snoozeRecommendation';
import { budgetsOf } from '../ingestion/budgets';
import { enqueueRefresh } from '../jobs/enqueueStaleEntities';
import { JobQueue } from '../jobs/JobQueue';
import { checkList } from '../review/checkList';
import { entityAnomalies } from '../review/entityAnomalies';
import { entityCosts } from '../review/entityCosts';
import { entityOverview } from '../review/entityOverview';
import { entityRecommendations } from '../review/entityRecommendations';
import { governanceReport } from '../review/governanceReport';
import { learningExport, learningReport } from '../review/learningReport';
import { policyReport, policyTestReport } from '../review/policyReport';
import { recommendationDetail } from '../review/recommendationDetail';
import { replayReport } from '../review/replayReport';
import { readSpan } from '../review/span';
import { teamReview } from '../review/teamReview';
import { ReviewContext, Schemas } from '../review/types';
import { toWire } from '../review/wire';
import { spec } from '../schema/openapi.generated';
import { addWaveRoutes } from './addWaveRoutes';
import { Authoriser, resourceOf, UserCredentials } from './Authoriser';

/** Kinds of owned entities that a team review is about. */
const REVIEWED_KINDS = ['Component', 'Resource'];

const ENTITY = '/entities/:kind/:namespace/:name';
const RECOMMENDATION = '/recommendations/:id';

const spanQuery = z.object({
  startDay: z.string().optional(),
  endDay: z.string().optional(),
});
const costsQuery = spanQuery.extend({
  groupBy: z.enum(['category', 'workload', 'environment']).default('category'),
});
const teamQuery = z.object({
  ownerRefs: z
    .union([z.array(z.string()), z.string().transform(ref => [ref])])
    .optional(),
  month: z.string().optional(),
});
const MOST_AUDIT_ENTRIES = 200;

const MOST_REASON = 500;

const MOST_CHECKS = 100;

const pauseBody = z.object({
  reason: z.string().trim().min(1).max(MOST_REASON),
});
const freezeBody = pauseBody.extend({
  scope: z.string(),
  until: z.union([z.string(), z.date().transform(date => date.toISOString())]),
});
const resetBody = pauseBody.extend({ scope: z.string() });
const auditQuery = z.object({
  before: z.coerce.number().int().min(1).optional(),
  limit: z.coerce.number().int().min(1).max(MOST_AUDIT_ENTRIES).default(50),
});
const checksQuery = z.object({
  repository: z.string(),
  limit: z.coerce.number().int().min(1).max(MOST_CHECKS).default(50),
});
const checkBody = z.object({ hash: z.string() });
const revertBody = z.object({
  scope: z.string().min(1).max(255),
  since: z.union([
    z.iso.datetime({ offset: true }),
    z.date().transform(date => date.toISOString()),
  ]),
  reason: z.string().trim().min(1).max(MOST_REASON),
});
const planBody = z.object({ planHash: z.string() });
const snoozeBody = z.object({
  until: z.union([z.string(), z.date().transform(date => date.toISOString())]),
});
const dismissBody = z.object({
  reason: z.enum(DISMISS_REASONS),
  comment: z.string().max(1000).optional(),
});

async function* auditLines(audit: Loop['stores']['audit']) {
  for await (const entry of audit.entries()) {
    yield `${JSON.stringify(entry)}\n`;
  }
}

/** What the HTTP interface works with. */
export interface RouterOptions {
  readonly loop: Loop;
  readonly review: ReviewContext;
  readonly authoriser: Authoriser;
  readonly queue: JobQueue;
  /** Has a check looked at soon. */
  enqueueCheck(checkId: string): Promise<void>;
  readonly httpAuth: HttpAuthService;
  readonly userInfo: UserInfoService;
  readonly auth: AuthService;
  readonly auditor: AuditorService;
}

/** The HTTP interface, checked against the OpenAPI file. Every route authenticates and authorises first. */
export async function createRouter(
  options: RouterOptions,
): Promise<express.Router> {
  const { loop, review, authoriser, queue, httpAuth, userInfo, auditor } =
    options;
  // Answers are typed by the generated schemas; the router's own types would say the same more slowly.
  const router = createValidatedOpenApiRouter(
    spec as any,
  ) as unknown as express.Router;

  const userOf = (request: Request): Promise<UserCredentials> =>
    httpAuth.credentials(request, { allow: ['user'] });

  router.get(`${ENTITY}/overview`, async (request, response) => {
    const entity = await authoriser.requireEntity(
      await userOf(request),
      finopsCostReadPermission,
      entityRefOf(request),
    );
    const answer: Schemas['EntityOverview'] = await entityOverview(
      review,
      entity,
    );
    response.json(answer);
  });

  router.get(`${ENTITY}/costs`, async (request, response) => {
    const entity = await authoriser.requireEntity(
      await userOf(request),
      finopsCostReadPermission,
      entityRefOf(request),
    );
    const { groupBy, ...days } = costsQuery.parse(request.query);
    const answer: Schemas['EntityCosts'] = await entityCosts(review, entity, {
      span: readSpan(days, review.now()),
      groupBy,
    });
    response.json(answer);
  });

  router.get(`${ENTITY}/anomalies`, async (request, response) => {
    const entity = await authoriser.requireEntity(
      await userOf(request),
      finopsEvidenceReadPermission,
      entityRefOf(request),
    );
    const answer: Schemas['EntityAnomalies'] = await entityAnomalies(
      review,
      entity,
      readSpan(spanQuery.parse(request.query), review.now()),
    );
    response.json(answer);
  });

  router.get(`${ENTITY}/recommendations`, async (request, response) => {
    const credentials = await userOf(request);
    const entityRef = entityRefOf(request);
    const entity = await authoriser.requireEntity(
      credentials,
      finopsRecommendationReadPermission,
      entityRef,
    );
    const withEvidence = await authoriser.may(
      credentials,
      finopsEvidenceReadPermission,
      entityRef,
    );
    const answer: Schemas['EntityRecommendations'] =
      await entityRecommendations(review, entity, { withEvidence });
    response.json(answer);
  });

  router.post(`${ENTITY}/refresh`, async (request, response) => {
    const entity = await authoriser.requireEntity(
      await userOf(request),
      finopsRecommendationReadPermission,
      entityRefOf(request),
    );
    await enqueueRefresh(queue, [entity.entityRef]);
    response.status(202).end();
  });

  router.get(RECOMMENDATION, async (request, response) => {
    const { credentials, id } = await readable(request);
    response.json(await detail(credentials, id));
  });

  router.get(`${RECOMMENDATION}/replay`, async (request, response) => {
    const { id } = await decidable(request, finopsEvidenceReadPermission);
    const answer: Schemas['Replay'] = await replayReport(loop.stores, id);
    response.json(answer);
  });

  router.post(`${RECOMMENDATION}/plan`, async (request, response) => {
    const { id } = await readable(request);
    const { stored } = await planRecommendation(loop, id);
    const answer: Schemas['PlanResult'] = stored.plan
      ? {
          result: 'planned',
          plan: toWire(stored.plan),
          verdicts: toWire(stored.verdicts),
          impact: stored.impact && toWire(stored.impact),
        }
      : { result: 'refused', refusal: stored.refusal, verdicts: [] };
    response.json(answer);
  });

  router.post(`${RECOMMENDATION}/deliver`, async (request, response) => {
    const { credentials, id } = await decidable(
      request,
      finopsRecommendationDeliverPermission,
    );
    const { planHash } = planBody.parse(request.body);
    await audited(request, 'recommendation-deliver', { id, planHash }, () =>
      deliverRecommendation(loop, {
        id,
        planHash,
        requester: credentials.principal.userEntityRef,
      }),
    );
    response.json(await detail(credentials, id));
  });

  router.post(`${RECOMMENDATION}/approve`, async (request, response) => {
    const { credentials, id } = await decidable(
      request,
      finopsRecommendationDecidePermission,
    );
    const { planHash } = planBody.parse(request.body);
    await audited(
      request,
      'recommendation-approve',
      { id, planHash },
      async () =>
        approveRecommendation(loop, {
          id,
          planHash,
          approver: credentials.principal.userEntityRef,
          memberOf: await groupsOf(credentials),
        }),
    );
    response.json(await detail(credentials, id));
  });

  router.post(`${RECOMMENDATION}/snooze`, async (request, response) => {
    const { credentials, id } = await decidable(
      request,
      finopsRecommendationDecidePermission,
    );
    const { until } = snoozeBody.parse(request.body);
    await audited(request, 'recommendation-snooze', { id, until }, () =>
      snoozeRecommendation(loop, {
        id,
        until,
        actor: credentials.principal.userEntityRef,
      }),
    );
    response.json(await detail(credentials, id));
  });

  router.post(`${RECOMMENDATION}/dismiss`, async (request, response) => {
    const { credentials, id } = await decidable(
      request,
      finopsRecommendationDecidePermission,
    );
    const { reason, comment }: { reason: DismissReason; comment?: string } =
      dismissBody.parse(request.body);
    await audited(request, 'recommendation-dismiss', { id, reason }, () =>
      dismissRecommendation(loop, {
        id,
        reason,
        comment,
        actor: credentials.principal.userEntityRef,
      }),
    );
    response.json(await detail(credentials, id));
  });

  router.get('/team-review', async (request, response) => {
    const credentials = await userOf(request);
    const scope = await authoriser.scopeOf(
      credentials,
      finopsCostReadPermission,
    );
    const query = teamQuery.parse(request.query);
    const ownerRefs =
      query.ownerRefs ??
      (await userInfo.getUserInfo(credentials)).ownershipEntityRefs;
    const owned = await authoriser.ownedEntities(
      credentials,
      ownerRefs,
      REVIEWED_KINDS,
    );
    const environments = await loop.stores.entities.getEnvironments(
      owned.map(entity => entity.entityRef),
    );
    const entities = owned.filter(entity =>
      scope.allows(
        resourceOf(entity, environments.get(entity.entityRef) ?? []),
      ),
    );
    // Part of a team's spend against the whole of its budget would mislead.
    const owner =
      ownerRefs.length === 1 && entities.length === owned.length
        ? (await authoriser.readEntity(credentials, ownerRefs[0])) ?? {
            entityRef: ownerRefs[0],
          }
        : undefined;
    const answer: Schemas['TeamReview'] = await teamReview(review, {
      ownerRefs,
      month: query.month ?? review.now().slice(0, 7),
      entities,
      filter: scope.filter,
      budgets: owner && budgetsOf(owner, loop.config.budgets).monthly,
    });
    response.json(answer);
  });

  router.get('/policies', async (request, response) => {
    const credentials = await userOf(request);
    await authoriser.requireBasic(credentials, finopsPolicyReadPermission);
    const scope = await authoriser.scopeOf(
      credentials,
      finopsRecommendationReadPermission,
    );
    const answer: Schemas['PolicyList'] = await policyReport(
      loop,
      scope.filter,
    );
    response.json(answer);
  });

  router.post('/policies/tests', async (request, response) => {
    await authoriser.requireBasic(
      await userOf(request),
      finopsPolicyReadPermission,
    );
    const answer: Schemas['PolicyTestReport'] = await policyTestReport(loop);
    response.json(answer);
  });

  router.get('/learning', async (request, response) => {
    await authoriser.requireBasic(
      await userOf(request),
      finopsGovernanceReadPermission,
    );
    const answer: Schemas['LearningReport'] = learningReport(
      await loop.stores.learning.getState(),
      loop.config.learningEnabled(),
    );
    response.json(answer);
  });

  router.get('/learning/export', async (request, response) => {
    await authoriser.requireBasic(
      await userOf(request),
      finopsGovernanceReadPermission,
    );
    const answer: Schemas['LearningExport'] = learningExport(
      await loop.stores.learning.getState(),
    );
    response.json(answer);
  });

  router.get('/governance', async (request, response) => {
    const credentials = await userOf(request);
    await authoriser.requireBasic(credentials, finopsGovernanceReadPermission);
    const answer: Schemas['Governance'] = await governanceReport(
      loop,
      await authoriser.mayBasic(credentials, finopsGovernanceManagePermission),
    );
    response.json(answer);
  });

  router.post('/governance/pause', async (request, response) => {
    const credentials = await userOf(request);
    await authoriser.requireBasic(
      credentials,
      finopsGovernanceManagePermission,
    );
    const { reason } = pauseBody.parse(request.body);
    await audited(request, 'writing-pause', { reason }, () =>
      loop.stores.pauses.pause({
        reason,
        pausedBy: credentials.principal.userEntityRef,
        pausedAt: loop.now(),
      }),
    );
    response.status(204).end();
  });

  router.post('/governance/resume', async (request, response) => {
    const credentials = await userOf(request);
    await authoriser.requireBasic(
      credentials,
      finopsGovernanceManagePermission,
    );
    await audited(request, 'writing-resume', {}, () =>
      loop.stores.pauses.resume(
        credentials.principal.userEntityRef,
        loop.now(),
      ),
    );
    response.status(204).end();
  });

  router.post('/governance/breakers/reset', async (request, response) => {
    const credentials = await userOf(request);
    await authoriser.requireBasic(
      credentials,
      finopsGovernanceManagePermission,
    );
    const { scope, reason } = resetBody.parse(request.body);
    await audited(request, 'breaker-reset', { scope, reason }, async () => {
      await loop.stores.breakers.reset(
        scope,
        reason,
        credentials.principal.userEntityRef,
        loop.now(),
      );
    });
    response.status(204).end();
  });

  router.post('/governance/freezes', async (request, response) => {
    const credentials = await userOf(request);
    await authoriser.requireBasic(
      credentials,
      finopsGovernanceManagePermission,
    );
    const { reason, ...input } = freezeBody.parse(request.body);
    const { scope, endsAt } = readFreeze(input, loop.now());
    await audited(request, 'freeze', { scope, endsAt, reason }, () =>
      loop.stores.freezes.freeze({
        scope,
        reason,
        frozenBy: credentials.principal.userEntityRef,
        frozenAt: loop.now(),
        endsAt,
      }),
    );
    response.status(204).end();
  });

  router.post('/governance/reverts', async (request, response) => {
    const credentials = await userOf(request);
    await authoriser.requireBasic(
      credentials,
      finopsGovernanceManagePermission,
    );
    const { scope: wanted, since, reason } = revertBody.parse(request.body);
    const scope = readScope(wanted);
    let ordered = 0;
    await audited(request, 'revert', { scope, since, reason }, async () => {
      ordered = await orderReverts(loop, {
        scope,
        since: new Date(since).toISOString(),
        reason,
        orderedBy: credentials.principal.userEntityRef,
      });
    });
    const answer: Schemas['OrderedReverts'] = { ordered };
    response.status(202).json(answer);
  });

  router.post('/governance/freezes/:id/lift', async (request, response) => {
    const credentials = await userOf(request);
    await authoriser.requireBasic(
      credentials,
      finopsGovernanceManagePermission,
    );
    const id = request.params.id as string;
    await audited(request, 'freeze-lift', { id }, async () => {
      await loop.stores.freezes.lift(
        id,
        credentials.principal.userEntityRef,
        loop.now(),
      );
    });
    response.status(204).end();
  });

  router.get('/checks', async (request, response) => {
    await authoriser.requireBasic(
      await userOf(request),
      finopsGovernanceReadPermission,
    );
    const { repository, limit } = checksQuery.parse(request.query);
    const answer: Schemas['CheckList'] = await checkList(
      loop.stores,
      repository,
      limit,
    );
    response.json(answer);
  });

  router.post('/checks/:id/approve', async (request, response) => {
    const credentials = await userOf(request);
    const id = request.params.id as string;
    const approver = credentials.principal.userEntityRef;
    const { hash } = checkBody.parse(request.body);
    await requireCheckDecision(credentials, id);
    const forgeLogins = await authoriser.forgeLogins(credentials);
    await audited(request, 'check-approve', { id, hash }, () =>
      approveCheck(loop, { id, hash, approver, forgeLogins }),
    );
    await options.enqueueCheck(id);
    response.status(204).end();
  });

  router.get('/audit', async (request, response) => {
    await authoriser.requireBasic(
      await userOf(request),
      finopsGovernanceReadPermission,
    );
    const { before, limit } = auditQuery.parse(request.query);
    const entries = await loop.stores.audit.page({ before, limit });
    const last = entries.at(-1)?.position ?? 1;
    const answer: Schemas['AuditPage'] = {
      entries,
      next: entries.length === limit && last > 1 ? last : undefined,
    };
    response.json(answer);
  });

  router.get('/audit/verification', async (request, response) => {
    await authoriser.requireBasic(
      await userOf(request),
      finopsGovernanceReadPermission,
    );
    const { problems, ...rest } = await loop.stores.audit.verify();
    const answer: Schemas['AuditVerification'] = {
      ...rest,
      problems: [...problems],
    };
    response.json(answer);
  });

  router.get('/audit/export', async (request, response) => {
    await authoriser.requireBasic(
      await userOf(request),
      finopsGovernanceReadPermission,
    );
    response.attachment('finops-audit.ndjson');
    response.type('application/x-ndjson');
    await pipeline(auditLines(loop.stores.audit), response);
  });

  addWaveRoutes(router, { loop, authoriser, userOf, audited });

  router.delete('/learning', async (request, response) => {
    const credentials = await userOf(request);
    await authoriser.requireBasic(
      credentials,
      finopsGovernanceManagePermission,
    );
    await audited(request, 'learning-reset', {}, () =>
      resetLearner(
        { stores: loop.stores, now: loop.now() },
        credentials.principal.userEntityRef,
      ),
    );
    response.status(204).end();
  });

  /** A decision on each entity that the change touches; where none is known, one on everything. */
  async function requireCheckDecision(
    credentials: UserCredentials,
    id: string,
  ): Promise<void> {
    const check = await loop.stores.checks.get(id);
    const entityRefs = check?.report?.entityRefs ?? [];
    if (entityRefs.length === 0) {
      await authoriser.requireBasic(
        credentials,
        finopsGovernanceManagePermission,
      );
    }
    for (const entityRef of entityRefs) {
      await authoriser.requireEntity(
        credentials,
        finopsRecommendationDecidePermission,
        entityRef,
      );
    }
    if (!check) {
      throw new FinopsError('not-found', `There is no check with id ${id}`);
    }
  }

  /** The recommendation in the path, when the caller may read it. */
  async function readable(
    request: Request,
  ): Promise<{ credentials: UserCredentials; id: string; entityRef: string }> {
    const credentials = await userOf(request);
    const id = request.params.id as string;
    const found = await loop.stores.recommendations.get(id);
    if (!found) {
      throw new FinopsError(
        'not-found',
        `There is no recommendation with id ${id}`,
      );
    }
    const { entityRef } = found.recommendation;
    await authoriser.requireEntity(
      credentials,
      finopsRecommendationReadPermission,
      entityRef,
    );
    return { credentials, id, entityRef };
  }

  async function decidable(
    request: Request,
    permission: Parameters<Authoriser['may']>[1],
  ) {
    const found = await readable(request);
    if (
      !(await authoriser.may(found.credentials, permission, found.entityRef))
    ) {
      throw new FinopsError(
        'not-allowed',
        `You need the permission ${permission.name} for ${found.entityRef}; ask its owner or your portal's administrators.`,
      );
    }
    return found;
  }

  async function detail(
    credentials: UserCredentials,
    id: string,
  ): Promise<Schemas['RecommendationDetail']> {
    const found = await loop.stores.recommendations.get(id);
    const entityRef = found?.recommendation.entityRef ?? '';
    const [mayReadEvidence, mayDecide, mayDeliver] = await Promise.all(
      [
        finopsEvidenceReadPermission,
        finopsRecommendationDecidePermission,
        finopsRecommendationDeliverPermission,
      ].map(permission => authoriser.may(credentials, permission, entityRef)),
    );
    const userRef = credentials.principal.userEntityRef;
    return await recommendationDetail(loop, id, {
      userRef,
      memberOf: await groupsOf(credentials),
      mayReadEvidence,
      mayDecide,
      mayDeliver,
    });
  }

  /** Groups the caller stands for; asked only where a rule looks at them. */
  async function groupsOf(
    credentials: UserCredentials,
  ): Promise<readonly string[]> {
    return loop.config.approvalRules().some(rule => rule.from)
      ? (await userInfo.getUserInfo(credentials)).ownershipEntityRefs
      : [];
  }

  async function audited(
    request: Request,
    eventId: string,
    meta: Record<string, string>,
    work: () => Promise<void>,
  ): Promise<void> {
    const event = await auditor.createEvent({
      eventId,
      request,
      severityLevel: 'medium',
      meta,
    });
    try {
      await work();
      await event.success();
    } catch (error) {
      await event.fail({
        error: error instanceof Error ? error : new Error(String(error)),
      });
      throw error;
    }
  }

  return router;
}

function entityRefOf(request: Request): string {
  const { kind, namespace, name } = request.params as Record<string, string>;
  return stringifyEntityRef({ kind, namespace, name });
}
