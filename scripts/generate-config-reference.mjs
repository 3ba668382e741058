// Writes docs/configuration.md from the plugins' config.d.ts files; --check fails when it is stale.
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  writeFileSync,
} from 'node:fs';
import { fileURLToPath } from 'node:url';
import { join } from 'node:path';
import configLoader from '@backstage/config-loader';
import prettier from 'prettier';

const root = fileURLToPath(new URL('..', import.meta.url));
const target = join(root, 'docs/configuration.md');

const packages = readdirSync(join(root, 'plugins'))
  .filter(name => existsSync(join(root, 'plugins', name, 'config.d.ts')))
  .sort();

function describe(schema) {
  const parts = [schema.description?.replace(/\s+/g, ' ').trim()];
  if (schema.enum)
    parts.push(
      `One of ${schema.enum.map(value => `\`${value}\``).join(', ')}.`,
    );
  if (schema.default !== undefined)
    parts.push(`Default \`${JSON.stringify(schema.default)}\`.`);
  return parts.filter(Boolean).join(' ').replaceAll('|', '\\|');
}

// Backstage's own shapes, documented there: a row per unit of time would bury ours.
const isDuration = schema =>
  schema.properties?.milliseconds && schema.properties?.years;
const isSchedule = schema =>
  schema.properties?.frequency && schema.properties?.timeout;

function typeOf(schema) {
  if (isDuration(schema)) return 'duration';
  if (isSchedule(schema)) return 'task schedule';
  if (schema.anyOf) return [...new Set(schema.anyOf.map(typeOf))].join(' or ');
  if (schema.type === 'array') return `list of ${typeOf(schema.items ?? {})}`;
  return Array.isArray(schema.type)
    ? schema.type.join(' or ')
    : schema.type ?? 'any';
}

/** Rows of every key below a schema, required ones marked. */
function rows(schema, path, required) {
  const own = path
    ? [
        `| \`${path}\`${required ? ' *' : ''} | ${typeOf(schema)} | ${
          schema.visibility ?? 'backend'
        } | ${describe(schema)} |`,
      ]
    : [];
  if (
    [schema, ...(schema.anyOf ?? [])].some(
      one => isDuration(one) || isSchedule(one),
    )
  )
    return own;
  const inside = schema.type === 'array' ? schema.items : schema;
  const prefix = schema.type === 'array' ? `${path}[]` : path;
  const children = Object.entries(inside?.properties ?? {}).flatMap(
    ([key, child]) =>
      rows(
        child,
        prefix ? `${prefix}.${key}` : key,
        inside.required?.includes(key),
      ),
  );
  const alternatives = (inside?.anyOf ?? []).flatMap(one =>
    rows(one, prefix, required).slice(1),
  );
  return [...own, ...children, ...alternatives];
}

const sections = [];
for (const name of packages) {
  const manifest = JSON.parse(
    readFileSync(join(root, 'plugins', name, 'package.json'), 'utf8'),
  );
  const schema = await configLoader.loadConfigSchema({
    dependencies: [],
    packagePaths: [join(root, 'plugins', name, 'package.json')],
  });
  const [entry] = schema
    .serialize()
    .schemas.filter(
      one => one.path.includes(`plugins/${name}/`) || one.path.includes(name),
    );
  const lines = rows(entry.value, '', false).filter(
    line => !line.startsWith('| `finops` '),
  );
  sections.push(
    `## ${manifest.name}\n\n${
      manifest.description
    }.\n\n| key | type | visibility | meaning |\n| --- | --- | --- | --- |\n${lines.join(
      '\n',
    )}\n`,
  );
}

const text = prettier.format(
  `# Configuration reference\n\nGenerated from the plugins' \`config.d.ts\` by \`yarn node scripts/generate-config-reference.mjs\`; do not edit. A star marks a key that is required where its parent is present. Keys marked secret never leave the backend.\n\n${sections.join(
    '\n',
  )}`,
  { parser: 'markdown' },
);

if (process.argv.includes('--check')) {
  if (!existsSync(target) || readFileSync(target, 'utf8') !== text) {
    console.error(
      'docs/configuration.md is not what the schemas say: run yarn node scripts/generate-config-reference.mjs',
    );
    process.exitCode = 1;
  }
} else {
  mkdirSync(join(root, 'docs'), { recursive: true });
  writeFileSync(target, text);
}
