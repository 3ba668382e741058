import { randomUUID } from 'node:crypto';
import { FinopsError } from '../governance/errors';
import { CheckContext } from './CheckContext';
import { needsApproval } from './conclude';

/**
 * Approves what was found of a change request. Bound to the hash of it: a commit, a moved base or another
 * policy voids it. Nobody approves what they wrote.
 *
 * @param options - `forgeLogins`: names of the approver on forges; without one nobody can tell who they are
 */
export async function approveCheck(
  { stores, now }: Pick<CheckContext, 'stores' | 'now'>,
  options: {
    readonly id: string;
    readonly hash: string;
    readonly approver: string;
    readonly forgeLogins: readonly string[];
  },
): Promise<void> {
  const { id, hash, approver, forgeLogins } = options;
  const check = await stores.checks.get(id);
  if (!check?.report || check.state !== 'open') {
    throw new FinopsError('wrong-state', 'There is nothing to approve.');
  }
  const { report } = check;
  if (!needsApproval(report)) {
    throw new FinopsError('wrong-state', 'No policy asks for an approval.');
  }
  if (report.hash !== hash) {
    throw new FinopsError(
      'plan-changed',
      'The change was checked again since you saw it; look at it and decide again.',
    );
  }
  const denied = report.verdicts.filter(({ outcome }) => outcome === 'deny');
  if (denied.length > 0) {
    throw new FinopsError(
      'policy-denied',
      `Denied by ${denied.map(({ policy }) => policy).join(', ')}.`,
    );
  }
  if (forgeLogins.length === 0) {
    throw new FinopsError(
      'not-allowed',
      'Your user in the catalog has no login of a forge (annotation github.com/user-login), so that nobody can tell whether the change is yours.',
    );
  }
  const author = report.author.login.toLocaleLowerCase('en-US');
  if (forgeLogins.some(login => login.toLocaleLowerCase('en-US') === author)) {
    throw new FinopsError(
      'self-approval',
      'You wrote this change; somebody else must approve it.',
    );
  }
  await stores.checks.approve({ id, reportHash: hash, approver, now: now() });
  await stores.audit.append(id, {
    id: randomUUID(),
    at: now(),
    event: 'check-approved',
    actor: approver,
    detail: `Approved ${report.url} at ${report.headSha}, as found in ${hash}.`,
  });
  await stores.checks.wake(id, now());
}
