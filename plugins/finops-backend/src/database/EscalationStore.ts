import { randomUUID } from 'node:crypto';
import { Knex } from 'knex';

/** One step of telling that something waits. */
export interface EscalationStep {
  /** `recommendation:<id>` or `breaker:<scope>`. */
  readonly subject: string;
  /** ISO instant since which it waits. */
  readonly since: string;
  /** 0: the owner, at once. */
  readonly step: number;
}

/** Which steps were told; a row is taken before telling, so that no two backends tell the same. */
export class EscalationStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  /** Takes a step; `false` where it was told or is being told. */
  async take(
    { subject, since, step }: EscalationStep,
    recipients: readonly string[],
    now: string,
  ): Promise<boolean> {
    const token = randomUUID();
    await this.#knex('finops_escalations')
      .insert({
        subject,
        since,
        step,
        token,
        recipients: JSON.stringify(recipients),
        at: now,
      })
      .onConflict(['subject', 'since', 'step'])
      .ignore();
    const row = await this.#knex('finops_escalations')
      .where({ subject, since, step, token })
      .first('step');
    return row !== undefined;
  }

  /** Gives a step back that could not be told, so that it is tried again. */
  async giveBack({ subject, since, step }: EscalationStep): Promise<void> {
    await this.#knex('finops_escalations')
      .where({ subject, since, step })
      .delete();
  }

  async deleteBefore(instant: string): Promise<void> {
    await this.#knex('finops_escalations').where('at', '<', instant).delete();
  }
}
