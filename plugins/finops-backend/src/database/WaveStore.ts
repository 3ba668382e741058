import { randomUUID } from 'node:crypto';
import { Knex } from 'knex';
import { appendAuditEvent } from './AuditStore';
import { GOVERNANCE_AUDIT_SUBJECT } from './PauseStore';

/** Where a set of waves stands; `halted` waits for a person. */
export type WavePlanState = 'running' | 'halted' | 'done' | 'stopped';

/** How a change of a wave ended. */
export type WaveOutcome = 'healthy' | 'unhealthy' | 'left-out';

/** One recommendation of a wave. */
export interface WaveItem {
  readonly recommendationId: string;
  /** From 0. */
  readonly wave: number;
  /** First seen to run as recommended. */
  readonly liveSince?: string;
  /** Absent while it is under way or has not begun. */
  readonly outcome?: WaveOutcome;
  /** What was last said of it, in words. */
  readonly note?: string;
}

/** A set of recommendations that goes out in waves. */
export interface WavePlan {
  readonly id: string;
  readonly title: string;
  readonly state: WavePlanState;
  readonly haltedBecause?: string;
  /** The wave it halted in, from 0. */
  readonly haltedWave?: number;
  /** Last wave that a person let pass as it is; halting again in it would ask the same twice. */
  readonly acceptedThrough?: number;
  /** User ref; the one who asked for every change of it. */
  readonly startedBy: string;
  readonly startedAt: string;
  /** How long each change is watched before the next wave, minutes. */
  readonly observeMinutes: number;
  readonly revision: number;
  /** By wave. */
  readonly items: readonly WaveItem[];
}

/** What {@link WaveStore.start} came to. */
export type StartedWaves =
  | { readonly kind: 'started' }
  /** Recommendations that another set under way holds already. */
  | { readonly kind: 'taken'; readonly recommendationIds: readonly string[] };

/** Sets of changes that go out in waves. */
export class WaveStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  async get(id: string): Promise<WavePlan | undefined> {
    const [plan] = await this.#plans(
      await this.#knex('finops_wave_plans').where({ id }),
    );
    return plan;
  }

  /** Newest first. */
  async list(limit = 50): Promise<WavePlan[]> {
    return this.#plans(
      await this.#knex('finops_wave_plans')
        .orderBy([{ column: 'started_at', order: 'desc' }, 'id'])
        .limit(limit),
    );
  }

  async listRunning(): Promise<WavePlan[]> {
    return this.#plans(
      await this.#knex('finops_wave_plans')
        .where({ state: 'running' })
        .orderBy(['started_at', 'id']),
    );
  }

  /** Recommendations that sets under way hold. */
  async listHeld(): Promise<ReadonlySet<string>> {
    return new Set(
      await this.#knex('finops_wave_items')
        .whereNotNull('open_key')
        .pluck('open_key'),
    );
  }

  /** Writes a new set with its audit event, unless another set under way holds one of its recommendations. */
  async start(
    plan: Omit<WavePlan, 'state' | 'revision'>,
    now: string,
  ): Promise<StartedWaves> {
    const ids = plan.items.map(({ recommendationId }) => recommendationId);
    return await this.#knex.transaction(async trx => {
      await trx('finops_wave_plans').insert({
        id: plan.id,
        title: plan.title,
        state: 'running',
        started_by: plan.startedBy,
        started_at: plan.startedAt,
        observe_minutes: plan.observeMinutes,
        revision: 1,
        updated_at: now,
      });
      // The unique key decides between two that start at once; the second sees what the first holds.
      await trx('finops_wave_items')
        .insert(
          plan.items.map(({ recommendationId, wave }) => ({
            plan_id: plan.id,
            recommendation_id: recommendationId,
            wave,
            open_key: recommendationId,
          })),
        )
        .onConflict('open_key')
        .ignore();
      const held: string[] = await trx('finops_wave_items')
        .where({ plan_id: plan.id })
        .pluck('recommendation_id');
      const taken = ids.filter(id => !held.includes(id));
      if (taken.length > 0) {
        await trx('finops_wave_items').where({ plan_id: plan.id }).delete();
        await trx('finops_wave_plans').where({ id: plan.id }).delete();
        return { kind: 'taken', recommendationIds: taken };
      }
      await appendAuditEvent(trx, GOVERNANCE_AUDIT_SUBJECT, {
        id: randomUUID(),
        at: now,
        event: 'waves-started',
        actor: plan.startedBy,
        detail: `${plan.title}: ${ids.length} changes in ${
          new Set(plan.items.map(({ wave }) => wave)).size
        } waves.`,
      });
      return { kind: 'started' };
    });
  }

  /** Moves a set on from the state the caller saw; false when somebody was faster. */
  async move(step: {
    readonly plan: Pick<
      WavePlan,
      'id' | 'title' | 'state' | 'haltedWave' | 'revision'
    >;
    readonly to: WavePlanState;
    readonly event: string;
    readonly actor: string;
    readonly because?: string;
    /** Of a halt: the wave it is in. */
    readonly wave?: number;
    readonly now: string;
  }): Promise<boolean> {
    const { plan, to, event, actor, because, wave, now } = step;
    return await this.#knex.transaction(async trx => {
      const rows = await trx('finops_wave_plans')
        .where({ id: plan.id, state: plan.state, revision: plan.revision })
        .update({
          state: to,
          halted_because: to === 'halted' ? because ?? null : null,
          halted_wave: to === 'halted' ? wave ?? null : null,
          // Whoever lets halted waves go on has seen why they halted.
          ...(plan.state === 'halted' && to === 'running'
            ? { accepted_through: plan.haltedWave ?? null }
            : {}),
          revision: plan.revision + 1,
          updated_at: now,
        });
      if (rows !== 1) {
        return false;
      }
      if (to === 'done' || to === 'stopped') {
        await trx('finops_wave_items')
          .where({ plan_id: plan.id })
          .update({ open_key: null });
      }
      await appendAuditEvent(trx, GOVERNANCE_AUDIT_SUBJECT, {
        id: randomUUID(),
        at: now,
        event,
        actor,
        detail: because ? `${plan.title}: ${because}` : plan.title,
      });
      return true;
    });
  }

  /** Records what is known of a change. */
  async record(planId: string, item: WaveItem): Promise<void> {
    await this.#knex('finops_wave_items')
      .where({ plan_id: planId, recommendation_id: item.recommendationId })
      .update({
        live_since: item.liveSince ?? null,
        outcome: item.outcome ?? null,
        note: item.note ?? null,
      });
  }

  /** Moves a change of a later wave into an earlier one. */
  async pullForward(
    planId: string,
    recommendationId: string,
    wave: number,
  ): Promise<void> {
    await this.#knex('finops_wave_items')
      .where({ plan_id: planId, recommendation_id: recommendationId })
      .update({ wave });
  }

  async #plans(rows: readonly any[]): Promise<WavePlan[]> {
    const items = await this.#knex('finops_wave_items')
      .whereIn(
        'plan_id',
        rows.map(({ id }) => id),
      )
      .orderBy(['wave', 'recommendation_id']);
    return rows.map(row => ({
      id: row.id,
      title: row.title,
      state: row.state,
      haltedBecause: row.halted_because ?? undefined,
      haltedWave: row.halted_wave ?? undefined,
      acceptedThrough: row.accepted_through ?? undefined,
      startedBy: row.started_by,
      startedAt: row.started_at,
      observeMinutes: row.observe_minutes,
      revision: row.revision,
      items: items
        .filter(item => item.plan_id === row.id)
        .map(item => ({
          recommendationId: item.recommendation_id,
          wave: item.wave,
          liveSince: item.live_since ?? undefined,
          outcome: item.outcome ?? undefined,
          note: item.note ?? undefined,
        })),
    }));
  }
}
