import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, IncomingMessage, ServerResponse } from 'node:http';
import { AddressInfo, createServer as createTcpServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const PRISM_FOLDER = join(__dirname, '../../../../tools/prism');
const PRISM_CLI = join(
  PRISM_FOLDER,
  'node_modules/@stoplight/prism-cli/dist/index.js',
);
const DESCRIPTION = join(
  PRISM_FOLDER,
  'node_modules/@octokit/openapi/generated/api.github.com.json',
);
const POLL_INTERVAL_MILLISECONDS = 100;

/** A difference between a call and GitHub's own description of its API. */
export interface Violation {
  readonly call: string;
  readonly side: 'request' | 'response';
  readonly location: string;
  readonly message: string;
}

export interface Prism {
  readonly url: string;
  readonly violations: readonly Violation[];
  /** Method and path template of every call that Prism checked. */
  readonly calls: readonly string[];
  stop(): Promise<void>;
}

export function isPrismInstalled(): boolean {
  return existsSync(PRISM_CLI);
}

/**
 * Prism in front of `upstream`, knowing only `paths` of GitHub's API (the whole takes half a minute
 * and half a gigabyte), behind a recorder of what it finds.
 */
export async function startPrism(
  upstream: string,
  paths: readonly string[],
): Promise<Prism> {
  const folder = await mkdtemp(join(tmpdir(), 'finops-prism-'));
  const description = join(folder, 'github.json');
  await writeFile(
    description,
    JSON.stringify(
      extractPaths(JSON.parse(await readFile(DESCRIPTION, 'utf8')), paths),
    ),
  );

  const port = await findFreePort();
  const { NODE_OPTIONS: _, ...environment } = process.env;
  const child = spawn(
    process.execPath,
    [
      PRISM_CLI,
      'proxy',
      description,
      upstream,
      '--host',
      '127.0.0.1',
      '--port',
      String(port),
    ],
    {
      env: { ...environment, SCARF_ANALYTICS: 'false' },
      stdio: ['ignore', 'pipe', 'pipe'],
    },
  );
  let output = '';
  child.stdout.on('data', chunk => (output = `${output}${chunk}`));
  child.stderr.on('data', chunk => (output = `${output}${chunk}`));

  const violations: Violation[] = [];
  const calls: string[] = [];
  const recorder = createServer((request, response) => {
    forward(request, response, `http://127.0.0.1:${port}`).then(
      header => {
        const call = `${request.method} ${request.url?.split('?')[0]}`;
        calls.push(call);
        violations.push(...readViolations(call, header));
      },
      error => response.destroy(error),
    );
  }).listen(0, '127.0.0.1');
  await once(recorder, 'listening');

  const stop = async () => {
    recorder.closeAllConnections();
    recorder.close();
    if (child.exitCode === null) {
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    await rm(folder, { recursive: true, force: true });
  };
  while (!output.includes('Prism is listening')) {
    if (child.exitCode !== null) {
      await stop();
      throw new Error(`Prism did not start: ${output}`);
    }
    await sleep(POLL_INTERVAL_MILLISECONDS);
  }
  return {
    url: `http://127.0.0.1:${(recorder.address() as AddressInfo).port}`,
    violations,
    calls,
    stop,
  };
}

/** The description with these paths and what they refer to, however deep. */
function extractPaths(description: any, paths: readonly string[]): object {
  const kept: any = {
    ...description,
    paths: {},
    components: {},
    webhooks: undefined,
    'x-webhooks': undefined,
  };
  const pending: unknown[] = [];
  for (const path of paths) {
    if (!description.paths[path]) {
      throw new Error(`GitHub's description has no path ${path}`);
    }
    kept.paths[path] = description.paths[path];
    pending.push(description.paths[path]);
  }
  while (pending.length > 0) {
    const value = pending.pop();
    if (typeof value !== 'object' || value === null) {
      continue;
    }
    const reference = (value as { $ref?: unknown }).$ref;
    const [, kind, name] =
      typeof reference === 'string'
        ? reference.match(/^#\/components\/([^/]+)\/(.+)$/) ?? []
        : [];
    if (kind && name && !kept.components[kind]?.[name]) {
      kept.components[kind] = {
        ...kept.components[kind],
        [name]: description.components[kind][name],
      };
      pending.push(description.components[kind][name]);
    }
    pending.push(...Object.values(value));
  }
  return kept;
}

async function forward(
  request: IncomingMessage,
  response: ServerResponse,
  target: string,
): Promise<string | null> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }
  const {
    host: _,
    connection: __,
    'content-length': ___,
    'transfer-encoding': ____,
    ...headers
  } = request.headers;
  const answer = await fetch(`${target}${request.url}`, {
    method: request.method,
    headers: headers as Record<string, string>,
    body: chunks.length > 0 ? Buffer.concat(chunks) : undefined,
  });
  const body = Buffer.from(await answer.arrayBuffer());
  response.writeHead(answer.status, {
    'content-type': answer.headers.get('content-type') ?? 'application/json',
  });
  response.end(body);
  const header = answer.headers.get('sl-violations');
  // Prism answers by itself, as a problem, what it cannot route.
  return answer.headers.get('content-type')?.includes('problem+json')
    ? body.toString('utf8')
    : header;
}

function readViolations(call: string, header: string | null): Violation[] {
  if (header === null) {
    return [];
  }
  const parsed = JSON.parse(header);
  if (!Array.isArray(parsed)) {
    return [
      {
        call,
        side: 'request',
        location: parsed.type,
        message: `${parsed.title} ${parsed.detail}`,
      },
    ];
  }
  return parsed.map(violation => ({
    call,
    side: violation.location[0],
    location: violation.location.join('.'),
    message: violation.message,
  }));
}

async function findFreePort(): Promise<number> {
  const server = createTcpServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}
