import { posix } from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import type { RepositoryReader } from '../kubernetes/repositoryReader';
import { TemplateSource } from './template/evaluate';
import { parseTemplate, TemplateError } from './template/parseTemplate';

const chartSchema = z.looseObject({
  name: z.string(),
  type: z.string().nullish(),
  dependencies: z
    .array(
      z.looseObject({
        name: z.string(),
        alias: z.string().nullish(),
        condition: z.string().nullish(),
        repository: z.string().nullish(),
        'import-values': z.unknown().optional(),
      }),
    )
    .nullish()
    .transform(list => list ?? []),
});

/** A chart of the repository, taken apart. */
export interface LoadedChart {
  /** Its folder. */
  readonly directory: string;
  readonly name: string;
  readonly isLibrary: boolean;
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Path of its `values.yaml`, if it has one, and what it says. */
  readonly valuesPath?: string;
  readonly values: unknown;
  readonly schemaPath?: string;
  readonly templates: readonly TemplateSource[];
  /** Templates that are not Go templates as they are read here: path → why. */
  readonly unreadable: ReadonlyMap<string, string>;
  readonly dependencies: readonly ChartDependency[];
  /** Set when values are moved about in a way that is not followed. */
  readonly unsupported?: string;
}

export interface ChartDependency {
  /** Key of its values in those of the chart above. */
  readonly key: string;
  readonly condition?: string;
  readonly chart: LoadedChart;
}

const MAX_DEPTH = 8;

/** Folders of the charts of a repository, those inside other charts left out. */
export function chartDirectories(paths: ReadonlySet<string>): string[] {
  const all = [...paths]
    .filter(path => posix.basename(path) === 'Chart.yaml')
    .map(path => posix.dirname(path));
  const known = new Set(all);
  return all.filter(
    directory =>
      !directory
        .split('/')
        .some(
          (part, index, parts) =>
            part === 'charts' &&
            known.has(parts.slice(0, index).join('/') || '.'),
        ),
  );
}

/** Reads a chart with the charts below it; undefined when its `Chart.yaml` is not one. */
export async function loadChart(
  directory: string,
  reader: RepositoryReader,
  depth = 0,
): Promise<LoadedChart | undefined> {
  const path = posix.join(directory, 'Chart.yaml');
  const parsed = chartSchema.safeParse(await readYaml(path, reader));
  if (!parsed.success || depth > MAX_DEPTH) {
    return undefined;
  }
  const { data } = parsed;
  const valuesPath = posix.join(directory, 'values.yaml');
  const schemaPath = posix.join(directory, 'values.schema.json');
  const templates: TemplateSource[] = [];
  const unreadable = new Map<string, string>();
  for (const file of templatePaths(directory, reader.paths)) {
    const source = await reader.text(file);
    if (source === undefined) {
      unreadable.set(file, 'it is not UTF-8');
      continue;
    }
    try {
      templates.push({ path: file, source, parsed: parseTemplate(source) });
    } catch (cause) {
      if (!(cause instanceof TemplateError)) {
        throw cause;
      }
      unreadable.set(file, cause.message);
    }
  }
  const dependencies: ChartDependency[] = [];
  const declared = new Set<string>();
  for (const item of data.dependencies) {
    declared.add(item.name);
    const found = await findDependency(directory, item, reader);
    const chart = found && (await loadChart(found, reader, depth + 1));
    if (chart) {
      dependencies.push({
        key: item.alias ?? item.name,
        condition: item.condition ?? undefined,
        chart,
      });
    }
  }
  for (const found of vendored(directory, reader.paths)) {
    const chart = await loadChart(found, reader, depth + 1);
    if (chart && !declared.has(chart.name)) {
      dependencies.push({ key: chart.name, chart });
    }
  }
  return {
    directory,
    name: data.name,
    isLibrary: data.type === 'library',
    metadata: data,
    valuesPath: reader.paths.has(valuesPath) ? valuesPath : undefined,
    values: await readYaml(valuesPath, reader),
    schemaPath: reader.paths.has(schemaPath) ? schemaPath : undefined,
    templates,
    unreadable,
    dependencies,
    unsupported: data.dependencies.some(item => item['import-values'])
      ? `${path} imports values of its dependencies`
      : undefined,
  };
}

function templatePaths(
  directory: string,
  paths: ReadonlySet<string>,
): string[] {
  const prefix = `${posix.join(directory, 'templates')}/`;
  return [...paths]
    .filter(
      path =>
        path.startsWith(prefix) &&
        /\.(ya?ml|tpl)$/.test(path) &&
        !path.startsWith(`${prefix}tests/`),
    )
    .sort();
}

function vendored(directory: string, paths: ReadonlySet<string>): string[] {
  const prefix = `${posix.join(directory, 'charts')}/`;
  return [...paths]
    .filter(
      path =>
        path.startsWith(prefix) &&
        /^[^/]+\/Chart\.yaml$/.test(path.slice(prefix.length)),
    )
    .map(path => posix.dirname(path))
    .sort();
}

async function findDependency(
  directory: string,
  { name, repository }: { name: string; repository?: string | null },
  reader: RepositoryReader,
): Promise<string | undefined> {
  const has = (folder: string) =>
    reader.paths.has(posix.join(folder, 'Chart.yaml'));
  const inside = posix.join(directory, 'charts', name);
  if (has(inside)) {
    return inside;
  }
  if (repository?.startsWith('file://')) {
    const local = posix.join(directory, repository.slice('file://'.length));
    return has(local) ? local : undefined;
  }
  // Helper templates of a library that the same repository publishes are the ones it is built with.
  const libraries: string[] = [];
  for (const folder of chartDirectories(reader.paths)) {
    if (posix.basename(folder) === name) {
      const text = await reader.text(posix.join(folder, 'Chart.yaml'));
      if (text && /^type:\s*library\s*$/m.test(text)) {
        libraries.push(folder);
      }
    }
  }
  return libraries.length === 1 ? libraries[0] : undefined;
}

/** Plain data of a YAML file; undefined when there is none or it is no YAML. */
export async function readYaml(
  path: string,
  reader: RepositoryReader,
): Promise<unknown> {
  const text = await reader.text(path);
  if (text === undefined) {
    return undefined;
  }
  try {
    return parsedValues(text);
  } catch {
    return undefined;
  }
}

/** YAML as Helm reads values, where `yes` and `off` are no strings; throws when it is no YAML. */
export function parsedValues(text: string): unknown {
  return parse(text, {
    version: '1.1',
    logLevel: 'silent',
    maxAliasCount: 200,
  });
}
