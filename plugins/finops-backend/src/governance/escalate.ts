import { randomUUID } from 'node:crypto';
import { AuthService, LoggerService } from '@backstage/backend-plugin-api';
import { RELATION_CHILD_OF } from '@backstage/catalog-model';
import { CatalogService } from '@backstage/plugin-catalog-node';
import { NotificationService } from '@backstage/plugin-notifications-node';
import { Stores } from '../database/createStores';
import { GOVERNANCE_AUDIT_SUBJECT } from '../database/PauseStore';
import { GOVERNANCE_PATH, recommendationPath } from '../delivery/portalPath';
import { FinopsConfig } from './config';
import { dueSteps, EscalationConfig, WaitingKind } from './escalationConfig';
import { SYSTEM } from './transition';

/** What telling people works with. */
export interface EscalationContext {
  readonly stores: Stores;
  readonly config: Pick<FinopsConfig, 'escalation'>;
  readonly catalog: CatalogService;
  readonly auth: AuthService;
  readonly notifications: NotificationService;
  readonly logger: LoggerService;
  now(): string;
}

/** Something that waits for somebody. */
interface Waiting {
  readonly kind: WaitingKind;
  readonly subject: string;
  /** Subject of its audit entries. */
  readonly auditSubject: string;
  readonly since: string;
  readonly owners: readonly string[];
  /** People who cannot do anything about it. */
  readonly except: readonly string[];
  readonly title: string;
  readonly description: string;
  readonly link: string;
}

/**
 * Tells the owner what waits, and others when it waits too long: the parent group after the first of the
 * configured times, the platform group after each later one. Each step is told once: a backend that dies
 * while telling has told, so that nobody is told twice.
 */
export async function escalate(
  context: EscalationContext,
  signal: AbortSignal,
): Promise<void> {
  const { stores, config, logger } = context;
  const escalation = config.escalation();
  if (!escalation) {
    return;
  }
  const now = context.now();
  for (const waiting of await whatWaits(stores)) {
    signal.throwIfAborted();
    for (const step of dueSteps(
      waiting.since,
      escalation.afterMs[waiting.kind],
      now,
    )) {
      try {
        await tell(context, escalation, waiting, step);
      } catch (error) {
        logger.warn('Could not tell that something waits; it is tried again', {
          subject: waiting.subject,
          error: error instanceof Error ? error.message : String(error),
        });
      }
    }
  }
}

async function tell(
  context: EscalationContext,
  escalation: EscalationConfig,
  waiting: Waiting,
  step: number,
): Promise<void> {
  const { stores, notifications } = context;
  const { subject, since, title, description, link, except } = waiting;
  const recipients = await recipientsOf(
    context,
    escalation,
    waiting.owners,
    step,
  );
  const now = context.now();
  const row = { subject, since, step };
  if (
    recipients.length === 0 ||
    !(await stores.escalations.take(row, recipients, now))
  ) {
    return;
  }
  try {
    await notifications.send({
      recipients: {
        type: 'entity',
        entityRef: recipients,
        ...(except.length > 0 && { excludeEntityRef: [...except] }),
      },
      payload: {
        title,
        description,
        link,
        severity: step === 0 ? 'normal' : 'high',
        topic: 'finops',
        scope: `${subject} ${since}`,
      },
    });
  } catch (error) {
    await stores.escalations.giveBack(row);
    throw error;
  }
  await stores.audit.append(waiting.auditSubject, {
    id: randomUUID(),
    at: now,
    event: 'escalated',
    actor: SYSTEM,
    detail: `Told ${recipients.join(', ')}: ${title}`,
  });
}

/** Whom a step tells; where nobody stands above the owner, the next who would be told. */
async function recipientsOf(
  { catalog, auth }: EscalationContext,
  { platform }: EscalationConfig,
  owners: readonly string[],
  step: number,
): Promise<string[]> {
  const last = platform === undefined ? [...owners] : [platform];
  if (step === 0) {
    return owners.length > 0 ? [...owners] : last;
  }
  if (step > 1 || owners.length === 0) {
    return last;
  }
  const { items } = await catalog.getEntitiesByRefs(
    { entityRefs: [...owners], fields: ['kind', 'metadata', 'relations'] },
    { credentials: await auth.getOwnServiceCredentials() },
  );
  const parents = items.flatMap(entity =>
    (entity?.relations ?? [])
      .filter(({ type }) => type === RELATION_CHILD_OF)
      .map(({ targetRef }) => targetRef),
  );
  return parents.length > 0 ? [...new Set(parents)] : last;
}

async function whatWaits(stores: Stores): Promise<Waiting[]> {
  const waiting: Waiting[] = [];
  for (const {
    recommendation,
    since,
  } of await stores.recommendations.listWaitingForPeople()) {
    const { id, state, title, workload, entityRef } = recommendation;
    const entity = await stores.entities.getEntity(entityRef);
    const delivery = await stores.deliveries.get(id);
    const name = workload.split('/')[3];
    const asksApproval = state === 'awaiting-approval';
    waiting.push({
      kind: asksApproval ? 'approval' : 'needsInput',
      subject: `recommendation:${id}`,
      auditSubject: id,
      since,
      owners: entity?.context.ownerRefs ?? [],
      except: asksApproval ? delivery?.requesters ?? [] : [],
      title: asksApproval
        ? `A change of ${name} waits for approval`
        : `Advice on ${name} waits for an answer`,
      description: asksApproval
        ? `${title}. Its change request is open since ${since}; somebody who did not ask for it must approve it.`
        : `${title}. It cannot be planned until its owner mends what is missing; the recommendation says what.`,
      link: recommendationPath(recommendation),
    });
  }
  for (const { scope, state, reason, since } of await stores.breakers.list()) {
    if (state === 'open') {
      waiting.push({
        kind: 'breaker',
        subject: `breaker:${scope}`,
        auditSubject: GOVERNANCE_AUDIT_SUBJECT,
        since,
        owners: scope.startsWith('owner:')
          ? [scope.slice('owner:'.length)]
          : [],
        except: [],
        title: 'FinOps changes are stopped by a breaker',
        description: `${scope}: ${reason}`,
        link: GOVERNANCE_PATH,
      });
    }
  }
  return waiting;
}
