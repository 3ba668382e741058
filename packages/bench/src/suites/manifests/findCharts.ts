import { posix } from 'node:path';
import { documentsOf, Repository } from './repository';

/** A part of a chart's values that carries resources, with what it is asked for. */
export interface ChartValues {
  /** Folder of the chart, or file of the release. */
  readonly path: string;
  readonly source: 'chart' | 'release';
  /** Keys to the map of resources, or to the single value. */
  readonly keys: readonly string[];
  readonly field: 'resources' | 'replicas' | 'autoscaling';
  readonly value: unknown;
  /** What a template that mentions it is seen to write; undefined = a plain scan does not tell. */
  readonly seen?: SeenWorkload;
}

/** A workload as a plain scan of a template sees it. */
export interface SeenWorkload {
  readonly kind: string;
  readonly name: string;
  readonly container: string;
  readonly namespace: string;
  /** The autoscaler's own name, where the values are its. */
  readonly autoscaler?: string;
}

type Plain = Readonly<Record<string, unknown>>;

const WORKLOAD_KINDS =
  /^kind:\s*["']?(Deployment|StatefulSet|DaemonSet|CronJob)\b/m;
const RELEASE = 'bench';

/**
 * Every values path of a repository's charts and releases that carries resources, replicas or the bounds of
 * an autoscaler, found without the product: js-yaml reads the values, and a scan of template lines tells
 * which workload and container mentions them.
 */
export function findChartValues(repository: Repository): ChartValues[] {
  return [...chartValues(repository), ...releaseValues(repository)];
}

function chartValues({ files }: Repository): ChartValues[] {
  const found: ChartValues[] = [];
  for (const [path, bytes] of files) {
    if (
      posix.basename(path) !== 'Chart.yaml' ||
      /(^|\/)charts\/[^/]+\/charts\//.test(path)
    ) {
      continue;
    }
    const folder = posix.dirname(path);
    const [chart] = (documentsOf(bytes) ?? []) as Plain[];
    const valuesBytes = files.get(posix.join(folder, 'values.yaml'));
    const [values] = ((valuesBytes && documentsOf(valuesBytes)) ??
      []) as Plain[];
    if (
      !chart ||
      typeof values !== 'object' ||
      values === null ||
      chart.type === 'library'
    ) {
      continue;
    }
    const templates = [...files]
      .filter(
        ([file]) =>
          file.startsWith(`${posix.join(folder, 'templates')}/`) &&
          /\.ya?ml$/.test(file) &&
          !file.includes('/tests/'),
      )
      .map(([, content]) => new TextDecoder().decode(content));
    for (const { keys, field, value } of carriersOf(values, [])) {
      found.push({
        path: folder,
        source: 'chart',
        keys,
        field,
        value,
        seen:
          field === 'autoscaling'
            ? autoscalerIn(templates, keys, values, String(chart.name))
            : seenIn(templates, keys, values, String(chart.name)),
      });
    }
  }
  return found;
}

/** Charts from elsewhere: a release's own values, asked for by the names that they stand under. */
function releaseValues({ files }: Repository): ChartValues[] {
  const found: ChartValues[] = [];
  for (const [path, bytes] of files) {
    if (!/\.ya?ml$/.test(path)) {
      continue;
    }
    for (const document of documentsOf(bytes) ?? []) {
      const { kind, metadata, spec } = (document ?? {}) as {
        kind?: string;
        metadata?: { name?: string; namespace?: string };
        spec?: Plain & {
          values?: unknown;
          releaseName?: string;
          targetNamespace?: string;
        };
      };
      if (kind !== 'HelmRelease' || !spec?.values || !metadata?.name) {
        continue;
      }
      const name = spec.releaseName ?? metadata.name;
      for (const { keys, field, value } of carriersOf(spec.values, [])) {
        const owner = keys.at(-2);
        found.push({
          path,
          source: 'release',
          keys,
          field,
          value,
          seen: {
            kind: 'Deployment',
            name,
            container: owner ?? name,
            namespace: spec.targetNamespace ?? metadata.namespace ?? 'default',
          },
        });
      }
    }
  }
  return found;
}

function carriersOf(
  node: unknown,
  keys: readonly string[],
): Pick<ChartValues, 'keys' | 'field' | 'value'>[] {
  if (typeof node !== 'object' || node === null || Array.isArray(node)) {
    return [];
  }
  return Object.entries(node).flatMap(([key, value]) => {
    const at = [...keys, key];
    if (key === 'resources' && isResources(value)) {
      return [{ keys: at, field: 'resources' as const, value }];
    }
    if (['replicaCount', 'replicas'].includes(key) && Number.isInteger(value)) {
      return [{ keys: at, field: 'replicas' as const, value }];
    }
    const { enabled, minReplicas, maxReplicas } = (value ?? {}) as Plain;
    return key === 'autoscaling' &&
      enabled !== false &&
      Number.isInteger(minReplicas) &&
      Number.isInteger(maxReplicas)
      ? [{ keys: at, field: 'autoscaling' as const, value }]
      : carriersOf(value, at);
  });
}

function isResources(value: unknown): boolean {
  const { requests, limits } = (value ?? {}) as Plain;
  return [requests, limits].some(
    side =>
      typeof side === 'object' &&
      side !== null &&
      ['cpu', 'memory'].some(name =>
        ['string', 'number'].includes(typeof (side as Plain)[name]),
      ),
  );
}

/** The workload and container around the line that mentions a value. */
function seenIn(
  templates: readonly string[],
  keys: readonly string[],
  values: Plain,
  chart: string,
): SeenWorkload | undefined {
  const mention = new RegExp(
    `\\.Values\\.${keys
      .map(key => key.replace(/[^\w]/g, '\\$&'))
      .join('\\.')}(?![\\w])`,
  );
  for (const template of templates) {
    for (const part of template.split(/^---\s*$/m)) {
      const lines = part.split('\n');
      const at = lines.findIndex(line => mention.test(line));
      const kind = WORKLOAD_KINDS.exec(part)?.[1];
      if (at === -1 || !kind) {
        continue;
      }
      const metadata = lines.findIndex(line => /^metadata:/.test(line));
      const name = lines
        .slice(metadata)
        .map(line => /^ {2}name:\s*(.+?)\s*$/.exec(line)?.[1])
        .find(found => found !== undefined);
      const isContainer = keys.at(-1) === 'resources';
      const container = isContainer ? containerAround(lines, at) : '';
      if (name === undefined || container === undefined) {
        return undefined;
      }
      const [full, inner] = [name, container].map(text =>
        told(text, values, chart),
      );
      return full === undefined || inner === undefined
        ? undefined
        : { kind, name: full, container: inner, namespace: 'bench' };
    }
  }
  return undefined;
}

/** The autoscaler whose template mentions its bounds, and what it scales. */
function autoscalerIn(
  templates: readonly string[],
  keys: readonly string[],
  values: Plain,
  chart: string,
): SeenWorkload | undefined {
  const mention = `.Values.${keys.join('.')}.minReplicas`;
  for (const template of templates) {
    const lines = template.split('\n');
    if (
      !template.includes(mention) ||
      !lines.includes('kind: HorizontalPodAutoscaler')
    ) {
      continue;
    }
    const own = lines
      .map(line => /^ {2}name:\s*(.+?)\s*$/.exec(line)?.[1])
      .find(found => found !== undefined);
    const at = lines.findIndex(line => /^ {2}scaleTargetRef:/.test(line));
    const [kind, target] = ['kind', 'name'].map(key =>
      lines
        .slice(at)
        .map(line => new RegExp(`^ {4}${key}:\\s*(.+?)\\s*$`).exec(line)?.[1])
        .find(found => found !== undefined),
    );
    const [autoscaler, name] = [own, target].map(text =>
      text === undefined ? undefined : told(text, values, chart),
    );
    return at !== -1 && kind && name !== undefined && autoscaler !== undefined
      ? { kind, name, autoscaler, container: '', namespace: 'bench' }
      : undefined;
  }
  return undefined;
}

/** The name in the list item that a line is in: above it, or below where the name does not come first. */
function containerAround(
  lines: readonly string[],
  at: number,
): string | undefined {
  for (let line = at; line >= 0; line -= 1) {
    const item = /^(\s*)- name:\s*(.+?)\s*$/.exec(lines[line]);
    const indent = /^\s*/.exec(lines[at].replace(/^\s*\{\{.*$/, ''))![0].length;
    if (
      item &&
      (indent === 0 || item[1].length < indent) &&
      isList(lines, line, item[1].length)
    ) {
      return item[2];
    }
  }
  return undefined;
}

function isList(lines: readonly string[], at: number, indent: number): boolean {
  for (let line = at - 1; line >= 0; line -= 1) {
    const key = /^(\s*)(\w+):\s*(#.*)?$/.exec(lines[line]);
    if (key && key[1].length <= indent && !lines[line].includes('{{')) {
      return /^(initC|c)ontainers$/.test(key[2]);
    }
  }
  return false;
}

/** A name as the usual rules give it; undefined where a plain scan does not tell. */
function told(text: string, values: Plain, chart: string): string | undefined {
  const bare = text.replace(/^["']|["']$/g, '').replace(/\s+#.*$/, '');
  if (!bare.includes('{{')) {
    return bare;
  }
  const value = /^\{\{-?\s*\.Values\.([\w.]+)\s*(?:\|\s*quote\s*)?-?\}\}$/.exec(
    bare,
  )?.[1];
  if (value) {
    const found = value
      .split('.')
      .reduce<unknown>(
        (node, key) => (node as Plain | undefined)?.[key],
        values,
      );
    return typeof found === 'string' ? found : undefined;
  }
  if (/^\{\{-?\s*\.Chart\.Name\s*(\|\s*quote\s*)?-?\}\}$/.test(bare)) {
    return chart;
  }
  const helper =
    /^\{\{-?\s*(?:include|template)\s+"[\w.-]+\.(fullname|name)"\s+[.$]\s*(?:\|\s*quote\s*)?-?\}\}(-[\w-]+)?$/.exec(
      bare,
    );
  if (helper) {
    const override = values.fullnameOverride || undefined;
    const part = String(values.nameOverride || chart);
    const name =
      helper[1] === 'name'
        ? part
        : String(
            override ??
              (RELEASE.includes(part) ? RELEASE : `${RELEASE}-${part}`),
          );
    return `${name}${helper[2] ?? ''}`;
  }
  return undefined;
}
