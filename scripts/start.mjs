// npm start: the demo portal on one port, from a clean clone.
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { start } from './lib/processes.mjs';
import { main, seconds, UserError } from './lib/steps.mjs';
import {
  ensureFrontend,
  ensureInstalled,
  ensureRuntime,
  root,
} from './lib/workspace.mjs';

const READY_TIMEOUT_MS = 120_000;
const POLL_MS = 250;

function portIsTaken(port) {
  return new Promise(resolve => {
    const socket = createConnection({ port, host: '127.0.0.1' });
    socket.once('connect', () => socket.end(() => resolve(true)));
    socket.once('error', () => resolve(false));
  });
}

async function untilReady(url, child) {
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (Date.now() < deadline && child.exitCode === null) {
    try {
      const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
      if (response.ok) return true;
    } catch {
      // Not listening yet.
    }
    await new Promise(resolve => setTimeout(resolve, POLL_MS));
  }
  return false;
}

await main(async () => {
  const begin = Date.now();
  const port = Number(process.env.PORT ?? 7007);
  if (!Number.isInteger(port) || port < 1 || port > 65_535) {
    throw new UserError(`PORT=${process.env.PORT} is not a port number.`);
  }
  if (await portIsTaken(port)) {
    throw new UserError(
      `Port ${port} is in use. Stop what runs there, or choose another: PORT=7107 npm start`,
    );
  }
  const runtime = await ensureRuntime();
  await ensureInstalled(runtime);
  await ensureFrontend(runtime);
  console.log('• Starting the portal …');
  const backend = start(
    runtime.node,
    [
      '--no-node-snapshot',
      '--require',
      join(root, 'node_modules/@backstage/cli/config/nodeTransform.cjs'),
      'src/index.ts',
      '--config',
      join(root, 'app-config.yaml'),
      '--config',
      join(root, 'app-config.demo.yaml'),
    ],
    {
      cwd: join(root, 'packages/backend'),
      env: {
        ...runtime.env,
        NODE_ENV: 'production',
        PORT: String(port),
        LOG_LEVEL: process.env.LOG_LEVEL ?? 'error',
        // An old parent's options would change the backend's module loading.
        NODE_OPTIONS: '',
      },
    },
  );
  const ended = new Promise(resolve =>
    backend.once('exit', (code, signal) => resolve(code ?? (signal ? 130 : 1))),
  );
  const ready = await untilReady(
    `http://localhost:${port}/.backstage/health/v1/readiness`,
    backend,
  );
  if (ready) {
    console.log(
      `\n✓ The portal is ready at http://localhost:${port} (after ${seconds(
        begin,
      )}). Stop it with Ctrl+C.`,
    );
    console.log(
      `  Start with http://localhost:${port}/catalog/default/component/my-web-app and its tab Recommendations.\n`,
    );
  } else if (backend.exitCode === null) {
    console.error(
      `\n✗ The portal did not answer within ${
        READY_TIMEOUT_MS / 1000
      } s; LOG_LEVEL=info npm start says more.`,
    );
  }
  return ended;
});
