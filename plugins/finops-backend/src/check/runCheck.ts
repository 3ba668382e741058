import { randomUUID } from 'node:crypto';
import { Forge, ForgeReview } from '@apexlogic/backstage-plugin-finops-node';
import { Check, CheckReport, Conclusion } from '../database/CheckStore';
import { FinopsError } from '../governance/errors';
import { writingNow } from '../governance/mayWrite';
import { SYSTEM } from '../governance/transition';
import { CheckContext } from './CheckContext';
import { checkText } from './checkText';
import { ChosenTest, chooseTests } from './chooseTests';
import { conclude } from './conclude';
import { examine } from './examine';
import { isChecked } from './isChecked';
import { runTests } from './runTests';

/** Name of the commit status. */
export const CHECK_CONTEXT = 'finops/check';

/** How long a worker holds a check; it is renewed with each step, and while a step takes long. */
const CLAIM_MS = 300_000;
const HEARTBEAT_MS = 60_000;

/** Longest one pass may take to read and write. */
const PASS_TIMEOUT_MS = 600_000;

/** How often tests that run are looked at when no event tells of them. */
const POLL_MS = 60_000;

/** Waits after failures double from here. */
const RETRY_MS = 60_000;
const MAX_ATTEMPTS = 7;

const MAX_DESCRIPTION = 140;

/** Somebody else holds the check now: whatever is left is theirs. */
class ClaimLost extends Error {}

interface PassEnd {
  readonly lookAt?: string;
  readonly state?: Check['state'];
}

class Pass {
  #headSha?: string;
  #published: string | undefined;

  constructor(
    private readonly context: CheckContext,
    private readonly check: Check,
    private readonly token: string,
    private readonly signal: AbortSignal,
  ) {
    this.#published = check.published;
  }

  async run(): Promise<PassEnd> {
    const { context, check, signal } = this;
    const { stores, checks } = context;
    const { forge, review } = this.#forge();
    const { repository, number } = check;
    if (!(await isChecked(checks, stores.entities, repository))) {
      return {};
    }
    const change = await review.readChangeRequest(repository, number, {
      signal,
    });
    if (change.state !== 'open') {
      return { state: change.state };
    }
    this.#headSha = change.head.sha;
    let report = check.report;
    if (
      check.wanted !== check.done ||
      report?.headSha !== change.head.sha ||
      report.mergeBaseSha !== change.mergeBaseSha
    ) {
      if (report?.headSha !== change.head.sha) {
        await this.#publish({ state: 'pending', description: 'Checking' });
      }
      report = await examine(context, forge, repository, change, signal);
      await this.#hold({ report });
    }

    const chosen = chooseTests(checks.tests, repository, report);
    const isDenied = conclude(report, [], [], ['-']).state === 'failure';
    // What is denied anyway need not be tested.
    const tests = isDenied
      ? await stores.checks.listTests(check.id, report.headSha)
      : await runTests(
          context,
          {
            check,
            report,
            review,
            signal,
            mayWrite: () => this.#mayWrite(),
          },
          chosen,
        );
    const approvers = await stores.checks.listApprovers(check.id, report.hash);
    const conclusion = conclude(report, chosen, tests, approvers);
    await this.#hold({ conclusion });
    await this.#comment(review, report, conclusion, chosen, tests);
    await this.#publish(conclusion);
    const isWaiting = chosen.some(({ workflow }) => {
      const state = tests.find(test => test.workflow === workflow)?.state;
      return state !== 'success' && state !== 'failure';
    });
    return {
      state: 'open',
      lookAt: isWaiting && !isDenied ? later(context, POLL_MS) : undefined,
    };
  }

  /** Says on the change request that it could not be checked; what cannot be said is left to the next pass. */
  async reportFailure(message: string): Promise<void> {
    if (this.#headSha === undefined) {
      return;
    }
    const conclusion: Conclusion = {
      state: 'failure',
      description: `Could not be checked: ${message}`,
    };
    try {
      await this.#hold({ conclusion });
      await this.#publish(conclusion);
    } catch (error) {
      this.context.logger.warn('A failed check could not be told', {
        error: error instanceof Error ? error.message : String(error),
      });
    }
  }

  /** Keeps the claim while a step takes long; should it be lost, the next step sees it. */
  async keep(): Promise<void> {
    await this.#hold().catch(() => {});
  }

  #forge(): { forge: Forge; review: ForgeReview } {
    const { repository } = this.check;
    const forge = this.context.forges.find(candidate =>
      candidate.handles(repository),
    );
    if (!forge?.review) {
      throw new Error(`No installed forge module can check ${repository}`);
    }
    return { forge, review: forge.review };
  }

  async #comment(
    review: ForgeReview,
    report: CheckReport,
    conclusion: Conclusion,
    chosen: readonly ChosenTest[],
    tests: Awaited<ReturnType<typeof runTests>>,
  ): Promise<void> {
    const { context, check, signal } = this;
    // The body of our own change request says it already.
    if (report.isOwn && check.commentId === undefined) {
      return;
    }
    const body = checkText({
      marker: check.marker,
      report,
      conclusion,
      chosen,
      tests,
      portalUrl: context.config.portalUrl,
    });
    await this.#mayWrite();
    const { id, url, result } = await review.upsertComment(
      check.repository,
      check.number,
      { marker: check.marker, body, id: check.commentId },
      { signal },
    );
    await this.#hold({ comment: { id, url } });
    if (result !== 'unchanged') {
      await this.#audit(`check-comment-${result}`, `The comment ${url}.`);
    }
  }

  async #publish({ state, description }: Conclusion): Promise<void> {
    const { context, check, signal } = this;
    const sha = this.#headSha!;
    const text = Array.from(description).slice(0, MAX_DESCRIPTION).join('');
    const wanted = `${sha} ${state} ${text}`;
    if (this.#published === wanted) {
      return;
    }
    await this.#mayWrite();
    await this.#forge().forge.setStatus(
      { url: check.repository, branch: '' },
      sha,
      {
        context: CHECK_CONTEXT,
        state,
        description: text,
        targetUrl: check.commentUrl ?? context.config.portalUrl,
      },
      { signal },
    );
    this.#published = wanted;
    await this.#hold({ published: wanted });
    await this.#audit(
      `check-${state}`,
      `${check.repository} #${check.number} at ${sha}: ${text}`,
    );
  }

  /** Looked at last before each write. */
  async #mayWrite(): Promise<void> {
    await this.#hold();
    const writing = await writingNow(this.context);
    if (writing.kind !== 'allowed') {
      throw new FinopsError(
        'paused',
        'Writing is paused; nothing was written.',
      );
    }
  }

  async #hold(
    news?: Parameters<CheckContext['stores']['checks']['hold']>[3],
  ): Promise<void> {
    const { context, check, token } = this;
    const until = later(context, CLAIM_MS);
    if (!(await context.stores.checks.hold(check.id, token, until, news))) {
      throw new ClaimLost();
    }
  }

  async #audit(event: string, detail: string): Promise<void> {
    const { stores, now } = this.context;
    await stores.audit.append(this.check.id, {
      id: randomUUID(),
      at: now(),
      event,
      actor: SYSTEM,
      detail,
    });
  }
}

/**
 * One pass over a check: looks at the change request as it is now, examines a head that is new, starts and
 * follows tests, and brings comment and status in line. Every step is stored before the next, so that a pass
 * which ends anywhere is finished by another.
 */
export async function runCheck(
  context: CheckContext,
  id: string,
  signal: AbortSignal,
): Promise<void> {
  const { stores, logger } = context;
  const token = randomUUID();
  const check = await stores.checks.claim(id, {
    token,
    now: context.now(),
    until: later(context, CLAIM_MS),
  });
  if (!check) {
    return;
  }
  const pass = new Pass(
    context,
    check,
    token,
    AbortSignal.any([signal, AbortSignal.timeout(PASS_TIMEOUT_MS)]),
  );
  const heartbeat = setInterval(() => void pass.keep(), HEARTBEAT_MS);
  try {
    const { lookAt, state } = await pass.run();
    await stores.checks.release(id, token, {
      now: context.now(),
      done: check.wanted,
      lookAt,
      state,
      attempts: 0,
    });
  } catch (error) {
    if (error instanceof ClaimLost) {
      return;
    }
    const message = error instanceof Error ? error.message : String(error);
    if (signal.aborted) {
      // The process ends; whoever comes next goes on at once.
      await stores.checks.release(id, token, {
        now: context.now(),
        lookAt: context.now(),
        attempts: check.attempts,
        lastError: message,
      });
      return;
    }
    const isPaused = error instanceof FinopsError && error.code === 'paused';
    const attempts = isPaused ? check.attempts : check.attempts + 1;
    logger.warn(
      'A change request could not be checked; it will be tried again',
      {
        repository: check.repository,
        number: check.number,
        attempts,
        error: message,
      },
    );
    if (!isPaused) {
      await pass.reportFailure(
        // Words of a forge are for people; those of a defect may tell of the inside.
        error instanceof Error &&
          (error instanceof FinopsError || error.name === 'ForgeError')
          ? message
          : 'an error in the portal, which its log tells of',
      );
    }
    await stores.checks.release(id, token, {
      now: context.now(),
      lookAt:
        attempts > MAX_ATTEMPTS
          ? undefined
          : later(
              context,
              isPaused ? RETRY_MS : RETRY_MS * 2 ** (attempts - 1),
            ),
      attempts,
      lastError: message,
    });
  } finally {
    clearInterval(heartbeat);
  }
}

function later(
  { now }: Pick<CheckContext, 'now'>,
  milliseconds: number,
): string {
  return new Date(Date.parse(now()) + milliseconds).toISOString();
}
