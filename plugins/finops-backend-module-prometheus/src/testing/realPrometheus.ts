import { ChildProcess, execFile, spawn, spawnSync } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { promisify } from 'node:util';

export * from './openMetrics';

const START_TIMEOUT_MS = 30_000;
const STOP_TIMEOUT_MS = 5_000;
const POLL_MS = 100;
/** One block for the whole history: promtool reads the input once per block. */
const BLOCK_DURATION = '1440h';

/** A running server; `stop` ends it and waits until it is gone. */
export interface RunningPrometheus {
  readonly url: string;
  stop(): Promise<void>;
}

/**
 * Whether the `prometheus` and `promtool` binaries are there. Throws when they are not although
 * `FINOPS_REQUIRE_SERVICES=1` demands them. Synchronous, so that a suite can decide to be skipped.
 */
export function hasPrometheus(): boolean {
  const missing = ['prometheus', 'promtool'].filter(
    binary => spawnSync(binary, ['--version']).status !== 0,
  );
  if (missing.length > 0 && process.env.FINOPS_REQUIRE_SERVICES === '1') {
    throw new Error(
      `FINOPS_REQUIRE_SERVICES=1, but there is no ${missing.join(
        ' and no ',
      )} on the PATH`,
    );
  }
  return missing.length === 0;
}

/**
 * Fills a database in `dir` with OpenMetrics text (see `openMetricsOf`) and serves it on a free loopback
 * port. The caller removes `dir` after `stop`.
 */
export async function startPrometheus(options: {
  readonly dir: string;
  readonly openMetrics: Iterable<string>;
}): Promise<RunningPrometheus> {
  const data = join(options.dir, 'data');
  const input = join(options.dir, 'openmetrics.txt');
  const config = join(options.dir, 'prometheus.yml');
  await mkdir(data, { recursive: true });
  await pipeline(Readable.from(options.openMetrics), createWriteStream(input));
  await promisify(execFile)(
    'promtool',
    [
      'tsdb',
      'create-blocks-from',
      'openmetrics',
      `--max-block-duration=${BLOCK_DURATION}`,
      '--quiet',
      input,
      data,
    ],
    { maxBuffer: 64 * 1024 * 1024 },
  );
  await writeFile(config, 'global: {}\n');

  const port = await freePort();
  const server = spawn(
    'prometheus',
    [
      `--config.file=${config}`,
      `--storage.tsdb.path=${data}`,
      // Histories may lie in the past by any amount.
      '--storage.tsdb.retention.time=20y',
      `--web.listen-address=127.0.0.1:${port}`,
      '--log.level=warn',
    ],
    { stdio: ['ignore', 'ignore', 'pipe'] },
  );
  let log = '';
  server.stderr!.on('data', chunk => {
    log = `${log}${chunk}`.slice(-4_000);
  });
  const url = `http://127.0.0.1:${port}`;
  try {
    await waitUntilReady(url, server);
  } catch (error) {
    await stop(server);
    throw new Error(`prometheus did not start: ${log}`, { cause: error });
  }
  return { url, stop: () => stop(server) };
}

async function waitUntilReady(
  url: string,
  server: ChildProcess,
): Promise<void> {
  const deadline = Date.now() + START_TIMEOUT_MS;
  while (Date.now() < deadline) {
    if (server.exitCode !== null) {
      throw new Error(`it ended with code ${server.exitCode}`);
    }
    const ready = await fetch(`${url}/-/ready`).then(
      response => response.ok,
      () => false,
    );
    if (ready) {
      return;
    }
    await new Promise(resolve => setTimeout(resolve, POLL_MS));
  }
  throw new Error(`not ready within ${START_TIMEOUT_MS} ms`);
}

async function stop(server: ChildProcess): Promise<void> {
  if (server.exitCode !== null || server.signalCode !== null) {
    return;
  }
  const ended = new Promise<void>(resolve =>
    server.once('exit', () => resolve()),
  );
  server.kill('SIGTERM');
  const timer = setTimeout(() => server.kill('SIGKILL'), STOP_TIMEOUT_MS);
  await ended;
  clearTimeout(timer);
}

async function freePort(): Promise<number> {
  const probe = createServer();
  await new Promise<void>((resolve, reject) => {
    probe.once('error', reject);
    probe.listen(0, '127.0.0.1', resolve);
  });
  const address = probe.address();
  await new Promise(resolve => probe.close(resolve));
  if (address === null || typeof address === 'string') {
    throw new Error('no port was given');
  }
  return address.port;
}
