// Starts the portal as `npm start` does, on a free port, and a browser to look at it.
import { spawn, spawnSync } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { chromium } from 'playwright-core';

const root = fileURLToPath(new URL('../../..', import.meta.url));
const READY_TIMEOUT_MS = 180_000;
const CHROMIUM_ARGUMENTS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
];

/** Path of the system's Chromium or Chrome, if there is one. */
export function findChromium() {
  const names = [
    'chromium',
    'chromium-browser',
    'google-chrome',
    'google-chrome-stable',
  ];
  const found = names
    .map(name =>
      spawnSync('which', [name], { encoding: 'utf8' }).stdout?.trim(),
    )
    .find(Boolean);
  return process.env.CHROMIUM ?? found;
}

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

/** The portal by its real start script, so that what is tested is what a newcomer runs. */
export async function startPortal() {
  const port = process.env.FINOPS_E2E_PORT
    ? Number(process.env.FINOPS_E2E_PORT)
    : await freePort();
  const url = `http://localhost:${port}`;
  if (process.env.FINOPS_E2E_PORT) return { url, stop: async () => {} };
  let output = '';
  const child = spawn(process.execPath, [join(root, 'scripts/start.mjs')], {
    env: { ...process.env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  child.stdout.on('data', chunk => (output += chunk));
  child.stderr.on('data', chunk => (output += chunk));
  const deadline = Date.now() + READY_TIMEOUT_MS;
  while (!output.includes('The portal is ready')) {
    if (Date.now() > deadline || child.exitCode !== null) {
      child.kill('SIGTERM');
      throw new Error(`the portal did not start:\n${output.slice(-4_000)}`);
    }
    await new Promise(resolve => setTimeout(resolve, 200));
  }
  return {
    url,
    async stop() {
      const ended = new Promise(resolve => child.once('exit', resolve));
      child.kill('SIGTERM');
      await ended;
    },
  };
}

export async function startBrowser() {
  const browser = await chromium.launch({
    executablePath: findChromium(),
    args: CHROMIUM_ARGUMENTS,
  });
  return {
    browser,
    async stop() {
      await browser.close();
    },
  };
}
