import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { Knex } from 'knex';
import {
  Level,
  Money,
  Verdict,
} from '@apexlogic/backstage-plugin-finops-common';
import {
  ChangeRequestEvent,
  EventOrigin,
} from '@apexlogic/backstage-plugin-finops-node';

/** A remark on a line of the change. */
export interface Suggestion {
  /** Id of the rule that made it. */
  readonly rule: string;
  readonly kind: 'cost' | 'performance' | 'security';
  readonly path: string;
  /** From 1, in the file at the head. */
  readonly line: number;
  readonly message: string;
  /** The whole line, where what should stand there is known exactly. */
  readonly replacement?: { readonly before: string; readonly after: string };
}

/** What a change costs more a month; less is negative. */
export interface CostDifference {
  /** One a currency. */
  readonly monthly: readonly Money[];
  /** Changed workloads that have a price. */
  readonly priced: number;
  readonly unpriced: readonly {
    readonly subject: string;
    readonly reason: string;
  }[];
  /** Share of the spend of their namespaces that cost rows explain, the worst, 0..1; absent = not known. */
  readonly coverage?: number;
}

/** What was found of a change request at one head. */
export interface CheckReport {
  readonly headSha: string;
  readonly mergeBaseSha: string;
  readonly baseBranch: string;
  readonly url: string;
  readonly headBranch: string;
  readonly isFork: boolean;
  readonly author: { readonly login: string; readonly isBot: boolean };
  /** A change request of the loop itself, as it wrote it. */
  readonly isOwn: boolean;
  readonly changedPaths: readonly string[];
  /** Objects that differ. */
  readonly objects: number;
  /** Entities whose workloads it changes. */
  readonly entityRefs: readonly string[];
  readonly verdicts: readonly Verdict[];
  readonly policyVersion: string;
  readonly cost: CostDifference;
  readonly suggestions: readonly Suggestion[];
  readonly risk: { readonly level: Level; readonly reasons: readonly string[] };
  readonly problems: readonly {
    readonly path: string;
    readonly reason: string;
  }[];
  readonly notes: readonly string[];
  /** SHA-256 of all that an approval is about, hexadecimal. */
  readonly hash: string;
}

/** What the commit status says. */
export interface Conclusion {
  readonly state: 'pending' | 'success' | 'failure';
  readonly description: string;
}

/** The check of one change request. */
export interface Check {
  readonly id: string;
  readonly repository: string;
  readonly number: number;
  readonly marker: string;
  readonly state: 'open' | 'merged' | 'closed';
  readonly wanted: number;
  readonly done: number;
  readonly attempts: number;
  readonly report?: CheckReport;
  readonly conclusion?: Conclusion;
  readonly commentId?: number;
  readonly commentUrl?: string;
  readonly published?: string;
  readonly lastError?: string;
  readonly updatedAt: string;
}

/** A workflow started for a head. */
export interface StartedTest {
  readonly workflow: string;
  readonly required: boolean;
  /** `intended`: about to be started, or started without an answer. */
  readonly state: 'intended' | 'started' | 'success' | 'failure';
  readonly askedAt: string;
  readonly runId?: number;
  readonly runUrl?: string;
  readonly detail?: string;
}

/** What became of an event. */
export type Acceptance =
  | { readonly kind: 'accepted'; readonly checkIds: readonly string[] }
  /** The delivery, or its content, was taken before. */
  | { readonly kind: 'replayed' }
  /** It tells of a state before the one last told. */
  | { readonly kind: 'out-of-order'; readonly checkId: string };

/** Key of the check of a change request. */
export function checkIdOf(repository: string, number: number): string {
  return createHash('sha256').update(`${repository}\n${number}`).digest('hex');
}

/** Checks of change requests and what they wait for. */
export class CheckStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  /**
   * Takes an event at most once: the delivery and what follows from it are written together, so that what was
   * not taken may come again.
   */
  async accept(
    sourceId: string,
    event: ChangeRequestEvent,
    now: string,
  ): Promise<Acceptance> {
    return await this.#knex.transaction(async trx => {
      if (!(await recordDelivery(trx, sourceId, event, now))) {
        return { kind: 'replayed' };
      }
      if (event.kind === 'tests-finished') {
        const waiting = await trx('finops_checks')
          .join(
            'finops_check_tests',
            'finops_checks.id',
            'finops_check_tests.check_id',
          )
          .where({
            'finops_checks.repository': event.repositoryUrl,
            'finops_checks.state': 'open',
            'finops_check_tests.head_sha': event.headSha,
          })
          .distinct('finops_checks.id');
        const checkIds = waiting.map(row => row.id as string);
        await trx('finops_checks')
          .whereIn('id', checkIds)
          .update({ look_at: now });
        return { kind: 'accepted', checkIds };
      }
      const { repositoryUrl: repository, number, headSha, updatedAt } = event;
      const id = checkIdOf(repository, number);
      await trx('finops_checks')
        .insert({
          id,
          repository,
          number,
          marker: `<!-- finops:check ${randomBytes(16).toString('hex')} -->`,
          head_sha: headSha,
          event_at: updatedAt,
          wanted: 0,
          state: 'open',
          updated_at: now,
        })
        .onConflict('id')
        .ignore();
      const row = await trx('finops_checks').where({ id }).forUpdate().first();
      if (updatedAt < row.event_at) {
        return { kind: 'out-of-order', checkId: id };
      }
      await trx('finops_checks')
        .where({ id })
        .update({
          head_sha: headSha,
          event_at: updatedAt,
          wanted: row.wanted + 1,
          look_at: now,
          attempts: 0,
          updated_at: now,
        });
      return { kind: 'accepted', checkIds: [id] };
    });
  }

  async get(id: string): Promise<Check | undefined> {
    const row = await this.#knex('finops_checks').where({ id }).first();
    return row && checkOf(row);
  }

  /** Checks of a repository, the newest first. */
  async list(repository: string, limit: number): Promise<Check[]> {
    const rows = await this.#knex('finops_checks')
      .where({ repository })
      .orderBy([{ column: 'updated_at', order: 'desc' }, 'id'])
      .limit(limit);
    return rows.map(checkOf);
  }

  /** Checks that are to be looked at, and those whose worker is gone. */
  async listDue(now: string, limit = 200): Promise<string[]> {
    const rows = await this.#knex('finops_checks')
      .where(builder => isDue(builder, now))
      .orderBy('updated_at')
      .limit(limit)
      .select('id');
    return rows.map(row => row.id);
  }

  /** Takes the right to work on a due check until `until`; one worker at most holds it, over all replicas. */
  async claim(
    id: string,
    claim: {
      readonly token: string;
      readonly now: string;
      readonly until: string;
    },
  ): Promise<Check | undefined> {
    const { token, now, until } = claim;
    const rows = await this.#knex('finops_checks')
      .where({ id })
      .andWhere(builder => isDue(builder, now))
      // Whoever sets it again meanwhile has the check looked at once more.
      .update({ claim: token, claimed_until: until, look_at: null });
    return rows === 1 ? await this.get(id) : undefined;
  }

  /** Writes what is known and keeps the claim; `false` when it was lost meanwhile. */
  async hold(
    id: string,
    token: string,
    until: string,
    news: {
      readonly report?: CheckReport;
      readonly conclusion?: Conclusion;
      readonly comment?: { readonly id: number; readonly url: string };
      readonly published?: string;
    } = {},
  ): Promise<boolean> {
    const { report, conclusion, comment, published } = news;
    const rows = await this.#knex('finops_checks')
      .where({ id, claim: token })
      .update({
        claimed_until: until,
        ...(report && { report: JSON.stringify(report) }),
        ...(conclusion && {
          conclusion: conclusion.state,
          conclusion_text: conclusion.description,
        }),
        ...(comment && { comment_id: comment.id, comment_url: comment.url }),
        ...(published && { published }),
      });
    return rows === 1;
  }

  /** Lets go of a check. What came meanwhile has it looked at again at once. */
  async release(
    id: string,
    token: string,
    end: {
      readonly now: string;
      /** Event counter that the work answers; absent = it is not answered. */
      readonly done?: number;
      readonly lookAt?: string;
      readonly state?: Check['state'];
      readonly attempts: number;
      readonly lastError?: string;
    },
  ): Promise<void> {
    const { now, done, lookAt, state, attempts, lastError } = end;
    await this.#knex.transaction(async trx => {
      const row = await trx('finops_checks')
        .where({ id, claim: token })
        .forUpdate()
        .first();
      if (!row) {
        return;
      }
      await trx('finops_checks')
        .where({ id })
        .update({
          claim: null,
          claimed_until: null,
          ...(done !== undefined && { done }),
          ...(row.look_at === null && { look_at: lookAt ?? null, attempts }),
          last_error: lastError ?? null,
          ...(state && { state }),
          updated_at: now,
        });
    });
  }

  /** Has a check looked at now. */
  async wake(id: string, now: string): Promise<void> {
    await this.#knex('finops_checks').where({ id }).update({ look_at: now });
  }

  async listTests(id: string, headSha: string): Promise<StartedTest[]> {
    const rows = await this.#knex('finops_check_tests')
      .where({ check_id: id, head_sha: headSha })
      .orderBy('workflow');
    return rows.map(row => ({
      workflow: row.workflow,
      required: Boolean(row.required),
      state: row.state,
      askedAt: row.asked_at,
      runId: row.run_id === null ? undefined : Number(row.run_id),
      runUrl: row.run_url ?? undefined,
      detail: row.detail ?? undefined,
    }));
  }

  async saveTest(
    check: Pick<Check, 'id' | 'repository'>,
    headSha: string,
    test: StartedTest,
  ): Promise<void> {
    await this.#knex('finops_check_tests')
      .insert({
        check_id: check.id,
        repository: check.repository,
        head_sha: headSha,
        workflow: test.workflow,
        required: test.required,
        state: test.state,
        asked_at: test.askedAt,
        run_id: test.runId ?? null,
        run_url: test.runUrl ?? null,
        detail: test.detail ?? null,
      })
      .onConflict(['check_id', 'head_sha', 'workflow'])
      .merge();
  }

  /** Workflows asked for in a repository since an instant. */
  async countTests(repository: string, since: string): Promise<number> {
    const [{ n }] = await this.#knex('finops_check_tests')
      .where({ repository })
      .andWhere('asked_at', '>', since)
      .count({ n: '*' });
    return Number(n);
  }

  async listApprovers(id: string, reportHash: string): Promise<string[]> {
    const rows = await this.#knex('finops_check_approvals')
      .where({ check_id: id, report_hash: reportHash })
      .orderBy(['at', 'approver']);
    return rows.map(row => row.approver);
  }

  async approve(options: {
    readonly id: string;
    readonly reportHash: string;
    readonly approver: string;
    readonly now: string;
  }): Promise<void> {
    const { id, reportHash, approver, now } = options;
    await this.#knex('finops_check_approvals')
      .insert({ check_id: id, report_hash: reportHash, approver, at: now })
      .onConflict(['check_id', 'report_hash', 'approver'])
      .ignore();
  }

  /** Forgets deliveries before an instant, and checks that nothing happened to since another. */
  async deleteBefore(delivery: string, check: string): Promise<void> {
    await this.#knex('finops_forge_deliveries')
      .where('received_at', '<', delivery)
      .delete();
    const old = this.#knex('finops_checks')
      .whereNot({ state: 'open' })
      .andWhere('updated_at', '<', check)
      .select('id');
    for (const table of ['finops_check_tests', 'finops_check_approvals']) {
      await this.#knex(table).whereIn('check_id', old.clone()).delete();
    }
    await this.#knex('finops_checks')
      .whereNot({ state: 'open' })
      .andWhere('updated_at', '<', check)
      .delete();
  }
}

function isDue(builder: Knex.QueryBuilder, now: string): void {
  builder
    .where(free => free.whereNull('claim').andWhere('look_at', '<=', now))
    .orWhere('claimed_until', '<', now);
}

/** `false` when it is there already, under this id or with this content under another. */
async function recordDelivery(
  trx: Knex.Transaction,
  sourceId: string,
  { deliveryId, digest }: EventOrigin,
  now: string,
): Promise<boolean> {
  const id = randomUUID();
  await trx('finops_forge_deliveries')
    .insert({
      id,
      source_id: sourceId,
      delivery_id: deliveryId,
      digest,
      received_at: now,
    })
    .onConflict()
    .ignore();
  // What onConflict().ignore() returns differs between the engines; the row itself does not.
  return (
    (await trx('finops_forge_deliveries').where({ id }).first('id')) !==
    undefined
  );
}

function checkOf(row: any): Check {
  return {
    id: row.id,
    repository: row.repository,
    number: row.number,
    marker: row.marker,
    state: row.state,
    wanted: row.wanted,
    done: row.done,
    attempts: row.attempts,
    report: row.report ? JSON.parse(row.report) : undefined,
    conclusion: row.conclusion
      ? { state: row.conclusion, description: row.conclusion_text ?? '' }
      : undefined,
    commentId: row.comment_id === null ? undefined : Number(row.comment_id),
    commentUrl: row.comment_url ?? undefined,
    published: row.published ?? undefined,
    lastError: row.last_error ?? undefined,
    updatedAt: row.updated_at,
  };
}
