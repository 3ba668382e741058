// Child processes that never outlive this script.
import { spawn } from 'node:child_process';
import { UserError } from './steps.mjs';

const PARENT_CHECK_MS = 1_000;
const GRACE_MS = 8_000;
const children = new Set();
let watching = false;

// npm's own variables would make a nested npm or yarn believe it runs inside this package.
export function cleanEnvironment(extra = {}) {
  const env = { ...process.env };
  for (const name of Object.keys(env)) {
    if (
      /^npm_/i.test(name) &&
      !/^npm_config_(registry|userconfig|cache|proxy|https_proxy|noproxy|cafile)$/i.test(
        name,
      )
    ) {
      delete env[name];
    }
  }
  return { ...env, ...extra };
}

function signalGroup(child, signal) {
  try {
    // The group, since tools below start workers of their own.
    process.kill(process.platform === 'win32' ? child.pid : -child.pid, signal);
  } catch {
    // Already gone.
  }
}

export function stopAll(signal = 'SIGTERM') {
  for (const child of children) signalGroup(child, signal);
}

function watchParent() {
  if (watching) return;
  watching = true;
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
    process.on(signal, () => {
      stopAll('SIGTERM');
      setTimeout(() => {
        stopAll('SIGKILL');
        process.exit(1);
      }, GRACE_MS).unref();
      if (children.size === 0) process.exit(130);
      process.exitCode = 130;
    });
  }
  process.on('exit', () => stopAll('SIGKILL'));
  // npm runs scripts through a shell that does not pass SIGTERM on: when the shell dies, so do we.
  const parent = process.ppid;
  setInterval(() => {
    if (process.ppid !== parent) {
      stopAll('SIGTERM');
      setTimeout(() => process.exit(1), GRACE_MS / 4);
    }
  }, PARENT_CHECK_MS).unref();
}

/** Starts a child in its own process group, killed with this script. */
export function start(command, args, options = {}) {
  watchParent();
  const child = spawn(command, args, {
    stdio: 'inherit',
    detached: process.platform !== 'win32',
    ...options,
    env: cleanEnvironment(options.env),
  });
  children.add(child);
  child.once('exit', () => children.delete(child));
  return child;
}

/** Runs to the end; resolves with the exit code. */
export function run(command, args, options = {}) {
  return new Promise((resolve, reject) => {
    const child = start(command, args, options);
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? (signal ? 128 : 1)));
  });
}

/** Runs to the end with output kept back; on failure the error says the last lines and what to do. */
export async function runQuietly(command, args, { hint, ...options } = {}) {
  let output = '';
  const code = await new Promise((resolve, reject) => {
    const child = start(command, args, {
      ...options,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    const keep = chunk => {
      output = (output + chunk).slice(-20_000);
    };
    child.stdout.on('data', keep);
    child.stderr.on('data', keep);
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) {
    const tail = output.trimEnd().split('\n').slice(-25).join('\n');
    throw new UserError(
      `${[command, ...args]
        .join(' ')
        .slice(0, 120)} failed (exit ${code}):\n${tail}\n${hint ?? ''}`,
    );
  }
  return output;
}
