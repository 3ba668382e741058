import { posix } from 'node:path';
import type { LoadedChart } from './loadChart';
import { mergeValues } from './mergeValues';
import {
  builtIns,
  evaluateTemplate,
  NamedTemplate,
  TemplateSource,
} from './template/evaluate';
import { Marks } from './template/marks';
import { TemplateError } from './template/parseTemplate';
import { readTraced, TracedDocument } from './template/readYaml';
import { MapValue, Value, ValuePath, valueOf } from './template/value';

/** Conditions that depend on the cluster and are tried both ways; more are too many to be sure. */
const MAX_CONDITIONS = 5;

/** An object that a chart writes. */
export interface RenderedObject extends TracedDocument {
  /** The template file that writes it. */
  readonly file: string;
  readonly apiVersion: string;
  readonly kind: string;
  /** Undefined = it cannot be known here. */
  readonly name?: string;
  readonly namespace?: string;
  /** Values that were asked for by its file and are empty. */
  readonly empty: readonly ValuePath[];
}

/** All that a chart writes with certain values. */
export interface RenderedChart {
  readonly objects: readonly RenderedObject[];
  /** Template files that could not be carried out: path → why. */
  readonly failed: ReadonlyMap<string, string>;
}

/** What a chart is rendered with. */
export interface RenderOptions {
  readonly chart: LoadedChart;
  /** Plain values, all sources laid over each other, those of charts below under their keys. */
  readonly values: unknown;
  readonly release: { readonly name: string; readonly namespace: string };
  /** What earlier renderings of the same chart wrote, so that it is not parsed again. */
  readonly parsed?: Map<string, TracedDocument[] | undefined>;
}

/**
 * Renders a chart as Helm would, without Helm. Conditions that only a cluster could decide are tried both
 * ways, and a file on which that makes a difference to the objects it writes fails.
 */
export function renderChart(options: RenderOptions): RenderedChart {
  const { chart, values, release, parsed = new Map() } = options;
  const named = new Map<string, NamedTemplate>();
  collectNamed(chart, chart.name, named);
  const objects: RenderedObject[] = [];
  const failed = new Map<string, string>();
  renderLevel(chart, valueOf(values ?? {}, []), chart.name);
  return { objects, failed };

  function renderLevel(
    level: LoadedChart,
    levelValues: Value,
    basePath: string,
  ): void {
    for (const [path, why] of level.unreadable) {
      failed.set(path, why);
    }
    if (levelValues.kind !== 'map') {
      failed.set(level.directory, 'its values are not a map');
      return;
    }
    for (const { key, condition, chart: below } of level.dependencies) {
      if (isEnabled(condition, levelValues) && !below.isLibrary) {
        renderLevel(
          below,
          valuesBelow(levelValues, key),
          `${basePath}/charts/${key}`,
        );
      }
    }
    if (level.isLibrary) {
      return;
    }
    for (const file of level.templates) {
      if (!posix.basename(file.path).startsWith('_')) {
        renderFile(file, level, levelValues, basePath);
      }
    }
  }

  function renderFile(
    file: TemplateSource,
    level: LoadedChart,
    levelValues: MapValue,
    basePath: string,
  ): void {
    const attempt = (assumed: ReadonlyMap<string, boolean>) => {
      const marks = new Marks();
      const asked = new Set<string>();
      const empty = new Map<string, ValuePath>();
      const data = builtIns({
        values: cloned(levelValues) as MapValue,
        chart: level.metadata,
        release,
        templatePath: templateName(file, level, basePath),
        basePath: `${basePath}/templates`,
      });
      const text = evaluateTemplate(file, data, {
        marks,
        named,
        assumed,
        asked,
        empty,
      });
      const key = marks.keyOf(text);
      const documents: TracedDocument[] | undefined = parsed.has(key)
        ? parsed.get(key)
        : readTraced(marks.withoutHoles(text), marks);
      parsed.set(key, documents);
      if (!documents) {
        throw new TemplateError('what it writes is not YAML');
      }
      return { asked, documents, empty: [...empty.values()] };
    };
    try {
      const first = attempt(new Map());
      const asked = new Set(first.asked);
      const attempts = [first];
      if (asked.size > 0) {
        // Taking a condition for true may bring further ones to light.
        const all = attempt(new Map([...asked].map(place => [place, true])));
        all.asked.forEach(place => asked.add(place));
        if (asked.size > MAX_CONDITIONS) {
          throw new TemplateError(
            `${asked.size} conditions depend on the cluster`,
          );
        }
        const places = [...asked];
        for (let mask = 1; mask < 2 ** places.length; mask += 1) {
          attempts.push(
            attempt(
              new Map(
                places.map((place, bit) => [place, (mask & (2 ** bit)) !== 0]),
              ),
            ),
          );
        }
      }
      objects.push(
        ...first.documents.flatMap(document =>
          objectOf(file.path, document, first.empty, attempts.slice(1)),
        ),
      );
      // Objects that only some of the attempts write are left to nobody.
    } catch (cause) {
      if (!(cause instanceof TemplateError)) {
        throw cause;
      }
      failed.set(file.path, cause.message);
    }
  }
}

function objectOf(
  file: string,
  document: TracedDocument,
  empty: readonly ValuePath[],
  others: readonly { readonly documents: readonly TracedDocument[] }[],
): RenderedObject[] {
  const { apiVersion, kind, metadata } = (document.plain ?? {}) as {
    apiVersion?: unknown;
    kind?: unknown;
    metadata?: { name?: unknown; namespace?: unknown } | null;
  };
  if (typeof kind !== 'string') {
    return [];
  }
  const isKnown = (pointer: string) => !document.unknown.has(pointer);
  const object: RenderedObject = {
    ...document,
    file,
    apiVersion: isKnown('/apiVersion') ? String(apiVersion) : '',
    kind,
    name:
      metadata?.name !== undefined &&
      metadata.name !== null &&
      isKnown('/metadata/name')
        ? String(metadata.name)
        : undefined,
    namespace:
      typeof metadata?.namespace === 'string' && isKnown('/metadata/namespace')
        ? metadata.namespace
        : undefined,
    empty,
  };
  const spec = JSON.stringify((document.plain as { spec?: unknown }).spec);
  // What a cluster may decide must not be what is to be changed.
  const isSure = others.every(other =>
    other.documents.some(({ plain }) => {
      const twin = (plain ?? {}) as {
        kind?: unknown;
        metadata?: { name?: unknown };
        spec?: unknown;
      };
      return (
        twin.kind === kind &&
        twin.metadata?.name === metadata?.name &&
        JSON.stringify(twin.spec) === spec
      );
    }),
  );
  return isSure ? [object] : [];
}

/** Templates that others may include: the defined ones, and every file by its own name. */
function collectNamed(
  chart: LoadedChart,
  basePath: string,
  named: Map<string, NamedTemplate>,
): void {
  for (const { key, chart: below } of chart.dependencies) {
    collectNamed(below, `${basePath}/charts/${key}`, named);
  }
  for (const file of chart.templates) {
    named.set(templateName(file, chart, basePath), {
      nodes: file.parsed.nodes,
      file,
    });
    for (const [name, nodes] of file.parsed.defines) {
      named.set(name, { nodes, file });
    }
  }
}

/** The name that Helm gives to a template file. */
function templateName(
  { path }: TemplateSource,
  { directory }: LoadedChart,
  basePath: string,
): string {
  return `${basePath}/${posix.relative(directory, path)}`;
}

/** Values of every chart below are laid under its key, as Helm does before it renders. */
export function withDependencyValues(
  chart: LoadedChart,
  values: unknown,
): unknown {
  let result = mergeValues(chart.values ?? {}, values ?? {}) as Record<
    string,
    unknown
  >;
  for (const { key, chart: below } of chart.dependencies) {
    const own = isRecord(result[key]) ? result[key] : {};
    result = { ...result, [key]: withDependencyValues(below, own) };
  }
  return result;
}

/** A chart below sees its own values and the `global` ones of the chart above. */
function valuesBelow(values: MapValue, key: string): Value {
  const own = values.entries.get(key);
  if (own?.kind !== 'map') {
    return {
      kind: 'map',
      entries: new Map(),
      path: [...(values.path ?? []), key],
    };
  }
  const global = values.entries.get('global');
  if (global?.kind !== 'map') {
    return own;
  }
  const ownGlobal = own.entries.get('global');
  return {
    ...own,
    entries: new Map(own.entries).set('global', {
      ...global,
      entries: new Map([
        ...(ownGlobal?.kind === 'map' ? ownGlobal.entries : []),
        ...global.entries,
      ]),
    }),
  };
}

function isEnabled(condition: string | undefined, values: MapValue): boolean {
  for (const one of condition?.split(',') ?? []) {
    let value: Value | undefined = values;
    for (const key of one.trim().split('.')) {
      value = value?.kind === 'map' ? value.entries.get(key) : undefined;
    }
    if (value?.kind === 'scalar' && typeof value.value === 'boolean') {
      return value.value;
    }
  }
  return true;
}

function cloned(value: Value): Value {
  switch (value.kind) {
    case 'map':
      return {
        ...value,
        entries: new Map(
          [...value.entries].map(([key, item]) => [key, cloned(item)]),
        ),
      };
    case 'list':
      return { ...value, items: value.items.map(cloned) };
    default:
      return value;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
