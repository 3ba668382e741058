// npm run bench -- <suite> --data <folder> [--set NAME] [--json FILE]: accuracy on a folder of traces.
import { join } from 'node:path';
import { run } from './lib/processes.mjs';
import { main } from './lib/steps.mjs';
import { ensureInstalled, ensureRuntime, root } from './lib/workspace.mjs';

await main(async () => {
  const runtime = await ensureRuntime();
  await ensureInstalled(runtime);
  return run(
    runtime.node,
    [
      '--require',
      join(root, 'node_modules/@backstage/cli/config/nodeTransform.cjs'),
      join(root, 'packages/bench/src/main.ts'),
      ...process.argv.slice(2),
    ],
    // Paths among the arguments are the caller's, so the folder stays where it is.
    { cwd: process.cwd(), env: { ...runtime.env, NODE_OPTIONS: '' } },
  );
});
