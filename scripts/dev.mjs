// npm run dev: the two dev servers with hot reload, for work on the project itself.
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
      join(root, 'node_modules/@backstage/cli/bin/backstage-cli'),
      'repo',
      'start',
      '--config',
      join(root, 'app-config.yaml'),
      '--config',
      join(root, 'app-config.demo.yaml'),
      '--config',
      join(root, 'app-config.dev.yaml'),
    ],
    { cwd: root, env: { ...runtime.env, PORT: '7007' } },
  );
});
