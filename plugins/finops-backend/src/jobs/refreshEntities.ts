import { AuthService, LoggerService } from '@backstage/backend-plugin-api';
import { CatalogService } from '@backstage/plugin-catalog-node';
import { analyseEntity } from '../analysis/analyseEntity';
import { WorkloadTunings } from '../analysis/types';
import { decideEntity } from '../decision/decideEntity';
import { reconcile } from '../decision/reconcile';
import { recordInputs } from '../decision/recordInputs';
import { Stores } from '../database/createStores';
import { chooseTunings } from '../feedback/chooseTunings';
import { FinopsConfig } from '../governance/config';
import { budgetsOf } from '../ingestion/budgets';
import { ingestEntities } from '../ingestion/ingestEntities';
import { getEntities } from '../ingestion/selectEntities';
import { Sources, StatusLog } from '../ingestion/sources';
import { EntityContext } from '../ingestion/types';

/** What a pass of the loop works with. */
export interface RefreshContext {
  readonly stores: Stores;
  readonly sources: Sources;
  readonly catalog: CatalogService;
  readonly auth: AuthService;
  readonly config: FinopsConfig;
  readonly logger: LoggerService;
  now(): string;
  /** Draws within [0, 1). */
  random(): number;
}

/**
 * One pass of the loop over some entities: ask the sources, run the models, decide, and bring the
 * recommendations in line. An entity that fails does not stop the others; the job then fails, so that
 * it is tried again.
 */
export async function refreshEntities(
  context: RefreshContext,
  entityRefs: readonly string[],
  signal: AbortSignal,
): Promise<void> {
  const { stores, sources, catalog, auth, config, logger } = context;
  const entities = await getEntities(catalog, auth, entityRefs);
  const now = context.now();
  const statuses = new StatusLog(now);
  await ingestEntities(
    {
      stores,
      sources,
      logger,
      statuses,
      now: new Date(now),
      historyDays: config.historyDays,
      environmentRules: config.environmentRules,
      signal,
    },
    entities,
  );
  const tunings = await tuningsFor(context, entityRefs, now);
  const failures: unknown[] = [];
  for (const entity of entities) {
    signal.throwIfAborted();
    try {
      await judge(context, entity, now, tunings);
    } catch (error) {
      failures.push(error);
      logger.error(
        `Could not analyse ${entity.entityRef}`,
        error instanceof Error ? error : { error: String(error) },
      );
    }
  }
  if (failures.length > 0) {
    throw new Error(
      `${failures.length} of ${entities.length} entities could not be analysed`,
    );
  }
}

/** Learning is no condition of advice: without it, or should it fail, the baseline stands. */
async function tuningsFor(
  { stores, config, logger, random }: RefreshContext,
  entityRefs: readonly string[],
  now: string,
): Promise<ReadonlyMap<string, WorkloadTunings>> {
  if (!config.learningEnabled()) {
    return new Map();
  }
  try {
    return await chooseTunings({ stores, now, random }, entityRefs);
  } catch (error) {
    logger.error(
      'Could not ask what was learnt; requests are those of the baseline',
      error instanceof Error ? error : { error: String(error) },
    );
    return new Map();
  }
}

async function judge(
  { stores, config, logger }: RefreshContext,
  entity: EntityContext,
  now: string,
  tunings: ReadonlyMap<string, WorkloadTunings>,
): Promise<void> {
  const { entityRef } = entity;
  const budgets = budgetsOf(entity, config.budgets);
  if (budgets.problem) {
    logger.warn(`${entityRef}: ${budgets.problem}`);
  }
  const analysis = await analyseEntity(
    stores,
    entityRef,
    new Date(now),
    config.occasions,
    budgets.monthly,
    tunings,
  );
  await stores.findings.replaceFindings(
    entityRef,
    analysis.windowStart,
    analysis.findings,
  );
  const advisers = await stores.entities.getAdvisers(entityRef);
  const decisions = decideEntity(analysis, advisers, config.offHours);
  await reconcile(stores, entityRef, decisions, now);
  await recordInputs(stores, analysis, decisions, config.offHours);
  await stores.entities.markRefreshed(entityRef, now, analysis.efficiency);
}
