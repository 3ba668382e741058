import { execFileSync } from 'node:child_process';

/** Whether the rendered proof can be made here. */
export const hasKubectl = (() => {
  try {
    execFileSync('kubectl', ['version', '--client'], { stdio: 'ignore' });
    return true;
  } catch {
    return false;
  }
})();
