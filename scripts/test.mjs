// npm test: everything that must hold, from a clean clone. A service that is not on this machine is
// skipped by name; with FINOPS_REQUIRE_SERVICES=1 (continuous integration) its absence is a failure.
//
//   npm test                 all of it
//   npm test -- jest [...]   only jest, arguments passed on
//   npm test -- browser      only the browser test
import { existsSync, mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { run, runQuietly, start } from './lib/processes.mjs';
import { addUp, jestResults, tapResults } from './lib/results.mjs';
import { startPostgres } from './lib/postgres.mjs';
import { main, step } from './lib/steps.mjs';
import {
  ensureFrontend,
  ensureInstalled,
  ensureRuntime,
  root,
} from './lib/workspace.mjs';

const cli = join(root, 'node_modules/@backstage/cli/bin/backstage-cli');
const cache = join(root, 'node_modules/.cache/finops');

// Half a gigabyte that only the check of the forge double needs: installed where it is required.
async function ensurePrism() {
  if (!process.env.FINOPS_REQUIRE_SERVICES) return;
  const folder = join(root, 'tools/prism');
  if (
    !existsSync(join(folder, 'package.json')) ||
    existsSync(join(folder, 'node_modules/.package-lock.json'))
  )
    return;
  await step('Installing Prism, which checks the forge double', () =>
    runQuietly('npm', ['ci', '--ignore-scripts', '--no-audit', '--no-fund'], {
      cwd: folder,
    }),
  );
}

/** The checks that run no test: each a command that must exit with 0. */
async function checks(runtime) {
  const node = (title, args) =>
    step(title, () =>
      runQuietly(runtime.node, args, { cwd: root, env: runtime.env }),
    );
  await node('Generated API types are current', [
    'scripts/generate-openapi.mjs',
    '--check',
  ]);
  await node('Configuration reference is current', [
    'scripts/generate-config-reference.mjs',
    '--check',
  ]);
  await node('Type check', [
    join(root, 'node_modules/typescript/bin/tsc'),
    '-p',
    'tsconfig.json',
  ]);
  await node('Formatting', [
    join(root, 'node_modules/prettier/bin-prettier.js'),
    '--check',
    '--loglevel',
    'warn',
    '.',
  ]);
  await node('Lint', [cli, 'repo', 'lint', '--max-warnings', '0']);
  await node('Public API reports are current', [
    'scripts/api-reports.mjs',
    '--ci',
  ]);
}

async function jest(runtime, args) {
  mkdirSync(cache, { recursive: true });
  const file = join(cache, 'jest.json');
  const postgres = await step('Starting PostgreSQL for the store tests', () =>
    startPostgres(root),
  );
  try {
    const code = await run(
      runtime.node,
      [
        cli,
        'repo',
        'test',
        '--json',
        '--outputFile',
        file,
        // A slow machine is no failure; jest's own 5 s are one on two busy cores.
        '--testTimeout=30000',
        ...args,
      ],
      {
        cwd: root,
        env: {
          ...runtime.env,
          CI: '1',
          BACKSTAGE_TEST_DISABLE_DOCKER: '1',
          BACKSTAGE_TEST_DATABASE_POSTGRES18_CONNECTION_STRING:
            postgres.connectionString,
          SCARF_ANALYTICS: 'false',
        },
        stdio: ['ignore', 'ignore', 'inherit'],
      },
    );
    const results = jestResults(file);
    return code !== 0 && results.failed === 0
      ? { ...results, failed: 1 }
      : results;
  } finally {
    await postgres.stop();
  }
}

async function nodeTests(runtime, files, env = {}) {
  let tap = '';
  const child = start(
    runtime.node,
    ['--test', '--test-reporter=tap', '--test-concurrency=1', ...files],
    {
      cwd: root,
      env: { ...runtime.env, ...env },
      stdio: ['ignore', 'pipe', 'inherit'],
    },
  );
  child.stdout.on('data', chunk => {
    tap += chunk;
    process.stdout.write(chunk);
  });
  const code = await new Promise(resolve => child.once('close', resolve));
  const results = tapResults(tap);
  return code !== 0 && results.failed === 0
    ? { ...results, failed: 1 }
    : results;
}

async function browser(runtime) {
  await ensureFrontend(runtime);
  return nodeTests(runtime, ['packages/app/e2e-tests/*.test.mjs']);
}

await main(async () => {
  const [only, ...args] = process.argv.slice(2);
  const runtime = await ensureRuntime();
  await ensureInstalled(runtime);
  const results = [];
  if (!only) {
    await ensurePrism();
    await checks(runtime);
    results.push(await nodeTests(runtime, ['scripts/**/*.test.mjs']));
  }
  if (!only || only === 'jest') results.push(await jest(runtime, args));
  if (!only || only === 'browser') results.push(await browser(runtime));
  const { passed, failed, skipped } = addUp(results);
  for (const name of skipped) console.log(`skipped: ${name}`);
  console.log(`${passed} passed, ${failed} failed, ${skipped.length} skipped`);
  return failed > 0 || passed === 0 ? 1 : 0;
});
