import { CheckReport, Conclusion, StartedTest } from '../database/CheckStore';
import { ChosenTest } from './chooseTests';

/** What the commit status says of all that is known; the gravest counts. */
export function conclude(
  report: CheckReport,
  chosen: readonly ChosenTest[],
  tests: readonly StartedTest[],
  approvers: readonly string[],
): Conclusion {
  const { verdicts, problems } = report;
  const denied = new Set(
    verdicts
      .filter(({ outcome }) => outcome === 'deny')
      .map(({ policy }) => policy),
  );
  if (denied.size > 0) {
    return failure(`Denied by ${[...denied].join(', ')}`);
  }
  if (problems.length > 0) {
    return failure(
      `Could not be judged: ${problems[0].path}, ${problems[0].reason}`,
    );
  }
  const required = chosen
    .filter(test => test.required)
    .map(({ workflow }) => ({
      workflow,
      state: tests.find(test => test.workflow === workflow)?.state,
    }));
  const failed = required.filter(({ state }) => state === 'failure');
  if (failed.length > 0) {
    return failure(`Tests failed: ${names(failed)}`);
  }
  if (needsApproval(report) && approvers.length === 0) {
    return pending('Waiting for approval in the portal');
  }
  const running = required.filter(({ state }) => state !== 'success');
  if (running.length > 0) {
    return pending(`Waiting for tests: ${names(running)}`);
  }
  const passed = new Set(verdicts.map(({ policy }) => policy)).size;
  const warned = verdicts.filter(({ outcome }) => outcome === 'warn').length;
  return {
    state: 'success',
    description: [
      verdicts.length === 0
        ? 'No policy applies'
        : `${count(passed, 'policy', 'policies')} passed`,
      ...(warned > 0 ? [count(warned, 'warning')] : []),
      ...(report.suggestions.length > 0
        ? [count(report.suggestions.length, 'suggestion')]
        : []),
      ...(approvers.length > 0 ? [`approved by ${approvers[0]}`] : []),
    ].join(', '),
  };
}

/** Whether a policy asks for a person. */
export function needsApproval({
  verdicts,
}: Pick<CheckReport, 'verdicts'>): boolean {
  return verdicts.some(({ outcome }) => outcome === 'require-approval');
}

/** A number of things in words. */
export function count(n: number, one: string, many = `${one}s`): string {
  return `${n} ${n === 1 ? one : many}`;
}

function names(tests: readonly { readonly workflow: string }[]): string {
  return tests.map(({ workflow }) => workflow).join(', ');
}

function failure(description: string): Conclusion {
  return { state: 'failure', description };
}

function pending(description: string): Conclusion {
  return { state: 'pending', description };
}
