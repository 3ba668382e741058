import {
  Arm,
  createLearner,
  exportLearner,
  importLearner,
  Learner,
  OffPolicyEvaluation,
} from '@apexlogic/backstage-plugin-finops-analysis';
import { Knex } from 'knex';
import { appendAuditEvent, AuditEvent } from './AuditStore';
import { chunksOf } from './rows';
import { SketchedResource } from './UsageStore';

/** The only learner there is. */
const LEARNER_ID = 'rightsizing';

/** Rows in one insert: below the 999 bound variables of the smallest engine. */
const ROWS_PER_INSERT = 60;

/** Whether the learner may act in one context, and what says so. */
export interface ContextVerdict {
  /** Workload class and resource, e.g. `standard/cpu`. */
  readonly context: string;
  readonly acts: boolean;
  readonly evaluation: OffPolicyEvaluation;
  /** Replayed windows it was judged on. */
  readonly windows: number;
  readonly evaluatedAt: string;
}

/** All that was learnt. */
export interface LearnerState {
  readonly learner: Learner;
  readonly verdicts: readonly ContextVerdict[];
  /** When stored use was last replayed; absent before the first time and after a reset. */
  readonly taughtAt?: string;
}

/** The state as it was read. */
export interface StoredLearner extends LearnerState {
  /** 0: nothing is stored. */
  readonly version: number;
  readonly updatedAt?: string;
  /** Why what is stored was not used and the learner is an empty one. */
  readonly problem?: string;
}

/** What was chosen for one resource of one container. */
export interface NewChoice {
  readonly id: string;
  readonly workload: string;
  readonly container: string;
  readonly resource: SketchedResource;
  readonly context: string;
  readonly arm: Arm;
  /** Probability with which it was chosen, 0..1. */
  readonly propensity: number;
  /** Whether the budget or the gate forbade an arm. */
  readonly guarded: boolean;
  readonly chosenAt: string;
  /** What the arm and the baseline advised then, cores or bytes. */
  readonly request: number;
  readonly baselineRequest: number;
}

/** What came of a choice. */
export type Settlement =
  | {
      readonly kind: 'learnt';
      /** Share of time above the request, 0..1. */
      readonly timeOver: number;
      readonly baselineTimeOver: number;
    }
  | { readonly kind: 'withdrawn'; readonly reason: string };

/** A choice and, once its time is over, what came of it. */
export interface StoredChoice extends NewChoice {
  readonly settled?: Settlement & { readonly at: string };
}

/** Writes that stand or fall together. */
export interface LearningChange {
  readonly state: LearnerState;
  readonly chosen?: readonly NewChoice[];
  readonly settled?: readonly {
    readonly id: string;
    readonly settlement: Settlement;
  }[];
  /** Withdraws every choice that is still awaited, for this reason. */
  readonly withdrawAll?: string;
  /** Told to the audit trail. */
  readonly audit?: Omit<AuditEvent, 'from' | 'to'>;
}

/** Under this name the audit trail tells of the learner, in place of a recommendation's id. */
export const LEARNER_AUDIT_SUBJECT = 'learning';

/** What was learnt of rightsizing risk, and the log of choices. */
export class LearningStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  /** What was learnt; an empty learner when there is nothing, or nothing this version can read. */
  async getState(): Promise<StoredLearner> {
    const row = await this.#knex('finops_learner')
      .where({ id: LEARNER_ID })
      .first();
    if (!row) {
      return { version: 0, learner: createLearner(), verdicts: [] };
    }
    const { version, updated_at: updatedAt } = row;
    try {
      return {
        version,
        updatedAt,
        learner: importLearner(row.learner),
        verdicts: JSON.parse(row.verdicts),
        taughtAt: row.taught_at ?? undefined,
      };
    } catch (error) {
      if (!(error instanceof RangeError)) {
        throw error;
      }
      return {
        version,
        updatedAt,
        learner: createLearner(),
        verdicts: [],
        problem: error.message,
      };
    }
  }

  /**
   * Replaces the state and writes the choices that belong to it, if the state is still the one that was
   * read.
   *
   * @param version - of the state that was read
   * @returns `stale` when somebody else was faster; nothing was written then
   */
  async replace(
    version: number,
    { state, chosen = [], settled = [], withdrawAll, audit }: LearningChange,
    now: string,
  ): Promise<'replaced' | 'stale'> {
    return await this.#knex.transaction(async trx => {
      if (!(await replaceState(trx, version, state, now))) {
        return 'stale';
      }
      // Settled first: the same container may choose anew in the same step.
      const awaited = () =>
        trx('finops_learning_choices').whereNull('settled_at');
      for (const { id, settlement } of settled) {
        await awaited().where({ id }).update(settledColumns(settlement, now));
      }
      if (withdrawAll !== undefined) {
        await awaited().update(
          settledColumns({ kind: 'withdrawn', reason: withdrawAll }, now),
        );
      }
      for (const chunk of chunksOf(chosen, ROWS_PER_INSERT)) {
        await trx('finops_learning_choices').insert(chunk.map(rowOf));
      }
      if (audit) {
        await appendAuditEvent(trx, LEARNER_AUDIT_SUBJECT, audit);
      }
      return 'replaced';
    });
  }

  /** The state without what was learnt, which grows with the estate. */
  async getGate(): Promise<Pick<LearnerState, 'verdicts' | 'taughtAt'>> {
    const row = await this.#knex('finops_learner')
      .where({ id: LEARNER_ID })
      .first('verdicts', 'taught_at');
    return row
      ? {
          verdicts: JSON.parse(row.verdicts),
          taughtAt: row.taught_at ?? undefined,
        }
      : { verdicts: [] };
  }

  /** Choices of some workloads whose outcome is awaited. */
  async getAwaited(workloads: readonly string[]): Promise<StoredChoice[]> {
    const found: StoredChoice[] = [];
    for (const chunk of chunksOf(workloads)) {
      const rows = await this.#knex('finops_learning_choices')
        .whereIn('workload', chunk)
        .whereNull('settled_at')
        .orderBy(['workload', 'container', 'resource']);
      found.push(...rows.map(choiceOf));
    }
    return found;
  }

  /** Up to so many awaited choices made before an instant, oldest first. */
  async listDue(chosenBefore: string, limit: number): Promise<StoredChoice[]> {
    const rows = await this.#knex('finops_learning_choices')
      .whereNull('settled_at')
      .andWhere('chosen_at', '<', chosenBefore)
      .orderBy(['chosen_at', 'id'])
      .limit(limit);
    return rows.map(choiceOf);
  }

  /** Ids of all awaited choices. */
  async listAwaitedIds(): Promise<string[]> {
    const rows = await this.#knex('finops_learning_choices')
      .whereNull('settled_at')
      .select('id');
    return rows.map(row => row.id);
  }

  /** The whole log, oldest first. */
  async listChoices(): Promise<StoredChoice[]> {
    const rows = await this.#knex('finops_learning_choices').orderBy([
      'chosen_at',
      'workload',
      'container',
      'resource',
    ]);
    return rows.map(choiceOf);
  }

  /** Drops choices made before an instant. */
  async deleteBefore(instant: string): Promise<void> {
    await this.#knex('finops_learning_choices')
      .where('chosen_at', '<', instant)
      .delete();
  }
}

async function replaceState(
  trx: Knex.Transaction,
  version: number,
  { learner, verdicts, taughtAt }: LearnerState,
  now: string,
): Promise<boolean> {
  const row = {
    version: version + 1,
    learner: exportLearner(learner),
    verdicts: JSON.stringify(verdicts),
    taught_at: taughtAt ?? null,
    updated_at: now,
  };
  if (version > 0) {
    const updated = await trx('finops_learner')
      .where({ id: LEARNER_ID, version })
      .update(row);
    return updated === 1;
  }
  const inserted = await trx('finops_learner')
    .insert({ id: LEARNER_ID, ...row })
    .onConflict('id')
    .ignore()
    .returning('id');
  return inserted.length === 1;
}

function rowOf(choice: NewChoice) {
  return {
    id: choice.id,
    workload: choice.workload,
    container: choice.container,
    resource: choice.resource,
    context: choice.context,
    arm: choice.arm,
    propensity: choice.propensity,
    guarded: choice.guarded,
    chosen_at: choice.chosenAt,
    request: choice.request,
    baseline_request: choice.baselineRequest,
  };
}

function settledColumns(settlement: Settlement, now: string) {
  return {
    settled_at: now,
    settled_as: settlement.kind,
    ...(settlement.kind === 'learnt'
      ? {
          time_over: settlement.timeOver,
          baseline_time_over: settlement.baselineTimeOver,
        }
      : { reason: settlement.reason }),
  };
}

function choiceOf(row: any): StoredChoice {
  return {
    id: row.id,
    workload: row.workload,
    container: row.container,
    resource: row.resource,
    context: row.context,
    arm: row.arm,
    propensity: row.propensity,
    guarded: Boolean(row.guarded),
    chosenAt: row.chosen_at,
    request: row.request,
    baselineRequest: row.baseline_request,
    ...(row.settled_at === null
      ? {}
      : { settled: { ...settlementOf(row), at: row.settled_at } }),
  };
}

function settlementOf(row: any): Settlement {
  return row.settled_as === 'learnt'
    ? {
        kind: 'learnt',
        timeOver: row.time_over,
        baselineTimeOver: row.baseline_time_over,
      }
    : { kind: 'withdrawn', reason: row.reason };
}
