import { randomUUID } from 'node:crypto';
import {
  ForgeError,
  ForgeReview,
  WorkflowRun,
} from '@apexlogic/backstage-plugin-finops-node';
import { Check, CheckReport, StartedTest } from '../database/CheckStore';
import { SYSTEM } from '../governance/transition';
import { CheckContext } from './CheckContext';
import { ChosenTest } from './chooseTests';

/** How far clocks may differ, and how long a forge may take to list a run it has started, milliseconds. */
const SETTLE_MS = 60_000;

const HOUR_MS = 3_600_000;

const TOO_LONG = 'It did not end in time.';

/** Failures of a forge that trying again does not mend. */
const FINAL_CODES: readonly string[] = [
  'not-found',
  'rejected',
  'unauthorized',
];

/** What running tests needs beside the context. */
export interface TestRun {
  readonly check: Check;
  readonly report: CheckReport;
  readonly review: ForgeReview;
  readonly signal: AbortSignal;
  /** Throws where writing is not allowed any more; called right before each start. */
  mayWrite(): Promise<void>;
}

/**
 * Starts each test once for a head and looks how those that run went. The wish is stored before the start:
 * where its answer was lost, a run that is there is taken for it, and only where none is it is started again.
 */
export async function runTests(
  context: CheckContext,
  run: TestRun,
  chosen: readonly ChosenTest[],
): Promise<StartedTest[]> {
  const { check, report } = run;
  const { checks } = context.stores;
  const known = await checks.listTests(check.id, report.headSha);
  const tests: StartedTest[] = [];
  for (const test of chosen) {
    const before = known.find(({ workflow }) => workflow === test.workflow);
    const after = before
      ? await follow(context, run, test, before)
      : await begin(context, run, test);
    if (after) {
      if (JSON.stringify(after) !== JSON.stringify(before)) {
        await checks.saveTest(check, report.headSha, after);
      }
      tests.push(after);
    }
  }
  return tests;
}

/** Nothing while the limit forbids to start another. */
async function begin(
  context: CheckContext,
  run: TestRun,
  test: ChosenTest,
): Promise<StartedTest | undefined> {
  const { stores, checks, now } = context;
  const { check, report } = run;
  const { workflow, required } = test;
  const askedAt = now();
  const intended = { workflow, required, state: 'intended', askedAt } as const;
  if (report.isFork) {
    return {
      ...intended,
      state: 'failure',
      detail: 'A workflow cannot be started on a branch of a fork.',
    };
  }
  const sinceHour = new Date(Date.parse(askedAt) - HOUR_MS).toISOString();
  if (
    (await stores.checks.countTests(check.repository, sinceHour)) >=
    checks.testsPerHour
  ) {
    return undefined;
  }
  await run.mayWrite();
  await stores.checks.saveTest(check, report.headSha, intended);
  return await start(context, run, test, intended);
}

async function start(
  { stores, now }: CheckContext,
  { check, report, review, signal }: TestRun,
  { workflow, inputs }: ChosenTest,
  intended: StartedTest,
): Promise<StartedTest> {
  try {
    await review.startWorkflow(
      check.repository,
      { workflow, branch: report.headBranch, inputs },
      { signal },
    );
  } catch (error) {
    if (isFinal(error)) {
      return { ...intended, state: 'failure', detail: error.message };
    }
    throw error;
  }
  await stores.audit.append(check.id, {
    id: randomUUID(),
    at: now(),
    event: 'check-test-started',
    actor: SYSTEM,
    detail: `Started ${workflow} on ${report.headSha} of ${report.url}.`,
  });
  return { ...intended, state: 'started' };
}

async function follow(
  context: CheckContext,
  run: TestRun,
  test: ChosenTest,
  before: StartedTest,
): Promise<StartedTest> {
  const { checks, now } = context;
  const { check, report, review, signal } = run;
  if (
    before.state === 'success' ||
    (before.state === 'failure' && !before.runId)
  ) {
    return before;
  }
  const found = ownRun(
    await review.listWorkflowRuns(
      check.repository,
      { workflow: test.workflow, headSha: report.headSha },
      { signal },
    ),
    before,
  );
  if (found) {
    // A run that was repeated after it failed may have passed since.
    return {
      ...before,
      runId: found.id,
      runUrl: found.url,
      state: found.outcome ?? timedOut() ?? 'started',
      detail: found.outcome === undefined && timedOut() ? TOO_LONG : undefined,
    };
  }
  if (timedOut()) {
    return { ...before, state: 'failure', detail: TOO_LONG };
  }
  const waited = Date.parse(now()) - Date.parse(before.askedAt);
  if (before.state === 'intended' && waited > SETTLE_MS) {
    await run.mayWrite();
    return await start(context, run, test, before);
  }
  return before;

  function timedOut(): 'failure' | undefined {
    return Date.parse(now()) - Date.parse(before.askedAt) > checks.testTimeoutMs
      ? 'failure'
      : undefined;
  }
}

/** The run that was started for this test: the one taken before, else the first since it was asked for. */
function ownRun(
  runs: readonly WorkflowRun[],
  { runId, askedAt }: StartedTest,
): WorkflowRun | undefined {
  if (runId !== undefined) {
    return runs.find(({ id }) => id === runId);
  }
  const since = Date.parse(askedAt) - SETTLE_MS;
  return [...runs]
    .filter(({ createdAt }) => Date.parse(createdAt) >= since)
    .sort((a, b) => a.id - b.id)[0];
}

function isFinal(error: unknown): error is ForgeError {
  return (
    error instanceof Error &&
    error.name === 'ForgeError' &&
    FINAL_CODES.includes((error as ForgeError).code)
  );
}
