// npm run yarn -- <arguments>: the project's pinned Yarn, for work on the project itself.
import { run } from './lib/processes.mjs';
import { main } from './lib/steps.mjs';
import { ensureRuntime, root } from './lib/workspace.mjs';

await main(async () => {
  const runtime = await ensureRuntime();
  return run(runtime.node, [runtime.yarn, ...process.argv.slice(2)], {
    cwd: root,
    env: runtime.env,
  });
});
