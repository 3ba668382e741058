import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { resolvePackagePath } from '@backstage/backend-plugin-api';
import { stringify } from 'yaml';
import { ForgePerson } from './types';

const OWN_PACKAGE = '@apexlogic/backstage-plugin-finops-backend-module-demo';
const START_ATTEMPTS = 5;
const START_TIMEOUT_MILLISECONDS = 20_000;
const POLL_INTERVAL_MILLISECONDS = 50;
const STOP_TIMEOUT_MILLISECONDS = 5_000;
/** The double counts 5,000 requests an hour per token; a person takes turns with several. */
const TOKENS_PER_PERSON = 40;
/** Ends the child when the pipe from its parent closes, which the system does even if the parent is killed. */
const EXIT_WITH_PARENT = `data:text/javascript,${encodeURIComponent(
  "process.stdin.on('end', () => process.exit(0)).on('error', () => process.exit(0)).resume()",
)}`;

export interface EmulatorOptions {
  readonly publicUrl: string;
  readonly owner: string;
  readonly repository: string;
  readonly people: readonly ForgePerson[];
}

export interface Emulator {
  readonly url: string;
  /** A token of the person; a different one each time. */
  tokenOf(login: string): string;
  stop(): Promise<void>;
}

/** Starts `emulate`'s GitHub service as a child process that cannot outlive this one. */
export async function startEmulator(
  options: EmulatorOptions,
): Promise<Emulator> {
  const folder = await mkdtemp(join(tmpdir(), 'finops-forge-'));
  try {
    const tokens = new Map(
      options.people.map(({ login }) => [
        login,
        Array.from({ length: TOKENS_PER_PERSON }, () =>
          randomBytes(24).toString('hex'),
        ),
      ]),
    );
    const seedFile = join(folder, 'seed.yaml');
    await writeFile(seedFile, stringify(createSeed(options, tokens)), {
      mode: 0o600,
    });

    let failure = '';
    for (let attempt = 0; attempt < START_ATTEMPTS; attempt++) {
      const started = await startProcess(seedFile, options.publicUrl).catch(
        (error: unknown): Started => ({
          result: 'failed',
          reason: String(error),
        }),
      );
      if (started.result === 'started') {
        let turn = 0;
        return {
          url: started.url,
          stop: started.stop,
          tokenOf(login) {
            const own = tokens.get(login);
            if (!own) {
              throw new Error(`The demo forge knows no person '${login}'`);
            }
            turn = (turn + 1) % own.length;
            return own[turn];
          },
        };
      }
      failure = started.reason;
      await sleep(POLL_INTERVAL_MILLISECONDS * (attempt + 1));
    }
    throw new Error(`The demo forge did not start: ${failure}`);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

function createSeed(
  options: EmulatorOptions,
  tokens: ReadonlyMap<string, readonly string[]>,
) {
  return {
    tokens: Object.fromEntries(
      [...tokens].flatMap(([login, own]) =>
        own.map(token => [token, { login, scopes: ['repo', 'user'] }]),
      ),
    ),
    github: {
      users: options.people.map(({ login, name }) => ({
        login,
        name,
        email: `${login}@${options.owner}.example`,
      })),
      orgs: [
        {
          login: options.owner,
          members: options.people.map(({ login }) => ({
            login,
            role: 'admin',
          })),
        },
      ],
      repos: [
        {
          owner: options.owner,
          name: options.repository,
          default_branch: 'main',
        },
      ],
    },
  };
}

type Started =
  | { readonly result: 'started'; readonly url: string; stop(): Promise<void> }
  | { readonly result: 'failed'; readonly reason: string };

async function startProcess(
  seedFile: string,
  publicUrl: string,
): Promise<Started> {
  // The command line takes no port 0; when somebody else grabs the port first, the next attempt finds another.
  const port = await findFreePort();
  const { NODE_OPTIONS: _, ...environment } = process.env;
  const child = spawn(
    process.execPath,
    [
      '--import',
      EXIT_WITH_PARENT,
      findCommandLine(),
      'start',
      '--service',
      'github',
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
      '--seed',
      seedFile,
      '--base-url',
      publicUrl,
    ],
    {
      stdio: ['pipe', 'ignore', 'pipe'],
      env: environment,
      cwd: dirname(seedFile),
    },
  );
  let errors = '';
  child.stderr.setEncoding('utf8').on('data', chunk => {
    errors = `${errors}${chunk}`.slice(-2_000);
  });
  child.stdin.on('error', () => {});
  child.on('error', error => {
    errors = String(error);
  });

  const url = `http://127.0.0.1:${port}`;
  const isRunning = () =>
    child.exitCode === null &&
    child.signalCode === null &&
    child.pid !== undefined;
  const stop = async () => {
    if (isRunning()) {
      const exited = once(child, 'exit');
      child.stdin.end();
      child.kill('SIGTERM');
      const timer = setTimeout(
        () => child.kill('SIGKILL'),
        STOP_TIMEOUT_MILLISECONDS,
      );
      await exited;
      clearTimeout(timer);
    }
  };

  const deadline = Date.now() + START_TIMEOUT_MILLISECONDS;
  while (isRunning() && Date.now() < deadline) {
    const answers = await fetch(`${url}/rate_limit`).then(
      response => response.ok,
      () => false,
    );
    if (answers && isRunning()) {
      return { result: 'started', url, stop };
    }
    await sleep(POLL_INTERVAL_MILLISECONDS);
  }
  await stop();
  return { result: 'failed', reason: errors.trim() || 'no answer in time' };
}

async function findFreePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  await once(server, 'close');
  if (address === null || typeof address === 'string') {
    throw new Error('No free port on the loopback interface');
  }
  return address.port;
}

/** `emulate` exports its command line to ES modules only, so that it cannot be resolved by name from here. */
function findCommandLine(): string {
  for (
    let folder = resolvePackagePath(OWN_PACKAGE);
    ;
    folder = dirname(folder)
  ) {
    const manifest = join(folder, 'node_modules', 'emulate', 'package.json');
    if (existsSync(manifest)) {
      return join(
        dirname(manifest),
        JSON.parse(readFileSync(manifest, 'utf8')).bin.emulate,
      );
    }
    if (folder === dirname(folder)) {
      throw new Error("The package 'emulate' is not installed");
    }
  }
}
