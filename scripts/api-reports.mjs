// Writes report*.api.md of every plugin from the types that `tsc` left in dist-types; --ci only compares.
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const { status } = spawnSync(
  process.execPath,
  [
    'node_modules/@backstage/repo-tools/bin/backstage-repo-tools',
    'api-reports',
    '--allow-all-warnings',
    // The first names files by their place on this machine; the second repeats what reviewers see.
    '--omit-messages',
    'ae-wrong-input-file-type,ae-undocumented',
    ...process.argv.slice(2),
    'plugins/*',
  ],
  { cwd: root, stdio: 'inherit' },
);
process.exitCode = status ?? 1;
