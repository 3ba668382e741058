import { RATIONALE_ANNOTATIONS } from '@apexlogic/backstage-plugin-finops-common';
import { parseQuantity } from '../quantity';
import type { FieldSite, NotManaged, SitePlace, SiteValue } from '../types';
import type { WantedField } from '../wantedFields';
import { leavesOf, pointerKeys, pointerStep } from '../yaml/leaves';
import type { ChartWorkload } from './findChartWorkload';
import { valueAt, withValueAt } from './mergeValues';
import { placeOfValue, PlaceRules } from './placeOfValue';
import { objectDifferences } from './renderDifferences';
import type { RenderedChart } from './renderChart';
import type { Origin } from './template/marks';
import type { ValuePath } from './template/value';

const MAX_TRIALS = 6;

/** Names that values of these fields commonly have, where they are empty and a template falls back. */
const EMPTY_NAMES: Readonly<Record<string, RegExp>> = {
  replicas: /^(replicas|replicaCount)$/,
  minReplicas: /^min(imum)?Replicas$/i,
  maxReplicas: /^max(imum)?Replicas$/i,
};

/** Where each wanted field of a workload that a chart writes gets its value. */
export function chartSites(
  fields: readonly WantedField[],
  workload: ChartWorkload,
  rules: PlaceRules,
):
  | {
      readonly kind: 'sites';
      readonly sites: readonly FieldSite[];
      readonly alongside: readonly SiteValue[];
    }
  | NotManaged {
  const sites: FieldSite[] = [];
  const paths: { readonly path: ValuePath; readonly value: string | number }[] =
    [];
  const alongside: SiteValue[] = [];
  const wholes = new Map<string, WholeResources>();
  for (const field of fields) {
    const at = resourcesOf(field);
    let origin: FieldOrigin =
      at !== undefined && wholes.has(at)
        ? underWhole(field, wholes.get(at)!)
        : originOf(field, workload);
    const whole =
      origin.kind === 'not-managed' && at !== undefined
        ? wholeResources(at, fields, workload)
        : undefined;
    if (at !== undefined && whole) {
      wholes.set(at, whole);
      origin = underWhole(field, whole);
      for (const { path, value } of whole.kept) {
        const placed = placeOfValue(
          path,
          workload.layers,
          workload.index,
          rules,
        );
        if (placed.kind === 'not-managed') {
          return placed;
        }
        alongside.push({ place: placed.place, value });
        paths.push({ path, value });
      }
    }
    switch (origin.kind) {
      case 'not-managed':
        return origin;
      case 'literal': {
        const shared = sharedLiteral(origin, field, workload, rules);
        if (shared) {
          return shared;
        }
        sites.push({
          pointer: field.pointer,
          path: origin.file,
          documentIndex: 0,
          keys: [],
          literal: { start: origin.start, end: origin.end },
        });
        break;
      }
      default: {
        const placed = placeOfValue(
          origin.path,
          workload.layers,
          workload.index,
          rules,
        );
        if (placed.kind === 'not-managed') {
          return placed;
        }
        sites.push({ pointer: field.pointer, ...placed.place });
        paths.push({ path: origin.path, value: field.value });
      }
    }
  }
  const valueFields = fields.filter((_, index) => !sites[index].literal);
  const problem =
    paths.length > 0
      ? trialProblem(valueFields, paths, workload, rules)
      : undefined;
  return (
    problem ?? {
      kind: 'sites',
      sites,
      alongside,
    }
  );
}

/** Resources that take the place of ones that the chart brings along, and so must be told whole. */
interface WholeResources {
  readonly path: ValuePath;
  /** Those that stay as the chart has them. */
  readonly kept: readonly {
    readonly path: ValuePath;
    readonly value: string | number;
  }[];
}

/** Pointer of the container's resources that a field is one of. */
function resourcesOf({ pointer }: WantedField): string | undefined {
  return /^(.*\/resources)\/(?:requests|limits)\/[^/]+$/.exec(pointer)?.[1];
}

function underWhole(
  { pointer }: WantedField,
  { path }: WholeResources,
): FieldOrigin {
  return { kind: 'value', path: [...path, ...pointer.split('/').slice(-2)] };
}

/**
 * An empty map of resources in whose place the chart writes a preset: setting one field would take the
 * others away, so all of them are written.
 */
function wholeResources(
  at: string,
  fields: readonly WantedField[],
  workload: ChartWorkload,
): WholeResources | undefined {
  const { object } = workload;
  const base = inDocument(at, object.plain);
  if (base === undefined) {
    return undefined;
  }
  const own = fields.filter(field => resourcesOf(field) === at);
  const written = [...leavesOf(object.plain)].flatMap(([pointer, value]) =>
    pointer.startsWith(`${base}/`) &&
    (typeof value === 'string' || typeof value === 'number')
      ? [{ pointer, rest: pointerKeys(pointer.slice(base.length)), value }]
      : [],
  );
  const isTraced = written.some(
    ({ pointer }) => object.origins.has(pointer) || object.unknown.has(pointer),
  );
  if (isTraced || written.some(({ rest }) => rest.length !== 2)) {
    return undefined;
  }
  const fitting = object.empty
    .filter(path => /resources$/i.test(String(path.at(-1))))
    .slice(0, MAX_TRIALS)
    .map(path => ({
      path,
      kept: written
        .filter(
          ({ rest }) =>
            !own.some(({ pointer }) => pointer.endsWith(`/${rest.join('/')}`)),
        )
        .map(({ rest, value }) => ({ path: [...path, ...rest], value })),
    }))
    .filter(
      whole =>
        trialProblem(
          own,
          [
            ...whole.kept,
            ...own.map(field => ({
              path: [...whole.path, ...field.pointer.split('/').slice(-2)],
              value: field.value,
            })),
          ],
          workload,
          { allowSharedBase: true },
        ) === undefined,
    );
  return fitting.length === 1 ? fitting[0] : undefined;
}

/** A map of values that the chart writes to the object's own annotations and to nothing else. */
export function annotationsSite(
  prefix: string,
  near: SitePlace,
  workload: ChartWorkload,
  rules: PlaceRules,
): SitePlace | undefined {
  const keys = Object.values(RATIONALE_ANNOTATIONS).map(
    key => `${prefix}/${key}`,
  );
  const candidates = [
    ...(workload.object.mapOrigins.get('/metadata/annotations') ?? []).flatMap(
      origin => (origin.kind === 'value' ? [origin.path] : []),
    ),
    ...workload.object.empty.filter(path => {
      const key = String(path.at(-1));
      return /annotations$/i.test(key) && !/pod/i.test(key);
    }),
  ]
    // A key that no file of values has is not for us to bring in.
    .filter(path => valueAt(workload.values, path) !== undefined)
    .slice(0, MAX_TRIALS);
  for (const path of candidates) {
    const placed = placeOfValue(
      [...path, keys[0]],
      workload.layers,
      workload.index,
      rules,
    );
    if (
      placed.kind !== 'place' ||
      placed.place.path !== near.path ||
      placed.place.embeddedKeys
    ) {
      continue;
    }
    const values = keys.reduce(
      (all, key) => withValueAt(all, [...path, key], 'x'),
      workload.values,
    );
    const differences = differencesOf(workload, workload.render(values));
    const allowed = keys.map(key => `/metadata/annotations${pointerStep(key)}`);
    if (
      differences.own.size === allowed.length &&
      allowed.every(pointer => differences.own.has(pointer)) &&
      differences.others.length === 0
    ) {
      return { ...placed.place, keys: placed.place.keys.slice(0, -1) };
    }
  }
  return undefined;
}

type FieldOrigin =
  | { readonly kind: 'value'; readonly path: ValuePath }
  | Extract<Origin, { kind: 'literal' }>
  | NotManaged;

/** What a field comes from; where it is not written yet, the place that would bring it about. */
function originOf(field: WantedField, workload: ChartWorkload): FieldOrigin {
  const { object } = workload;
  const pointer = inDocument(field.pointer, object.plain);
  if (pointer === undefined) {
    return refuse(
      'value-not-found',
      `The chart writes nothing at ${field.pointer}`,
    );
  }
  const written = leavesOf(object.plain).has(pointer);
  if (object.unknown.has(pointer)) {
    return refuse(
      'template',
      `${object.file} writes ${field.pointer} by what is not known here`,
    );
  }
  const origin = object.origins.get(pointer);
  if (origin?.kind === 'literal') {
    return workload.chart.templates.some(({ path }) => path === origin.file)
      ? origin
      : refuse(
          'not-supported',
          `${origin.file} belongs to a chart that this one depends on`,
        );
  }
  if (origin?.kind === 'value') {
    return { kind: 'value', path: origin.path };
  }
  const tried: ValuePath[] = [];
  for (const path of candidatesFor(pointer, written, workload)) {
    if (
      !tried.some(other => isSamePath(other, path)) &&
      tried.length < MAX_TRIALS
    ) {
      tried.push(path);
    }
  }
  const fitting = tried.filter(
    path =>
      trialProblem([field], [{ path, value: field.value }], workload, {
        allowSharedBase: true,
      }) === undefined,
  );
  if (fitting.length === 1) {
    return { kind: 'value', path: fitting[0] };
  }
  if (fitting.length > 1) {
    return refuse(
      'ambiguous',
      `${fitting.map(path => path.join('.')).join(' and ')} would each set ${
        field.pointer
      }`,
    );
  }
  return written
    ? refuse(
        'template',
        `${object.file} makes ${field.pointer} of more than one value`,
      )
    : refuse(
        'template',
        `No value of the chart is known to set ${field.pointer}`,
      );
}

/** Values beside or above the field, and empty ones that its template asks for. */
function candidatesFor(
  pointer: string,
  written: boolean,
  { object }: ChartWorkload,
): ValuePath[] {
  const candidates: ValuePath[] = [];
  const resources = /^(.*\/resources)\/(requests|limits)\/([^/]+)$/.exec(
    pointer,
  );
  if (resources) {
    const [, at, side, name] = resources;
    const add = (origins: readonly Origin[] | undefined, rest: ValuePath) =>
      origins?.forEach(origin => {
        if (origin.kind === 'value') {
          candidates.push([...origin.path, ...rest]);
        }
      });
    if (!written) {
      add(object.mapOrigins.get(`${at}/${side}`), [name]);
      add(object.mapOrigins.get(at), [side, name]);
      for (const other of ['requests', 'limits']) {
        for (const sibling of ['cpu', 'memory']) {
          const origin = object.origins.get(`${at}/${other}/${sibling}`);
          if (
            origin?.kind === 'value' &&
            origin.path.at(-1) === sibling &&
            origin.path.at(-2) === other
          ) {
            candidates.push([...origin.path.slice(0, -2), side, name]);
          }
        }
      }
    }
    for (const path of object.empty) {
      const key = String(path.at(-1));
      if (/resources$/i.test(key)) {
        candidates.push([...path, side, name]);
      } else if (key === side) {
        candidates.push([...path, name]);
      } else if (key === name && path.at(-2) === side) {
        candidates.push(path);
      } else if (
        path.at(-3) !== undefined &&
        /resources$/i.test(String(path.at(-2))) &&
        key === side
      ) {
        candidates.push([...path, name]);
      }
    }
    return candidates;
  }
  const field = pointer.slice(pointer.lastIndexOf('/') + 1);
  const wanted = EMPTY_NAMES[field];
  return wanted
    ? object.empty.filter(path => wanted.test(String(path.at(-1))))
    : [];
}

/** Sets values for a try: exactly the wanted fields must change, of all that the chart writes. */
function trialProblem(
  fields: readonly WantedField[],
  sets: readonly {
    readonly path: ValuePath;
    readonly value: string | number;
  }[],
  workload: ChartWorkload,
  rules: PlaceRules,
): NotManaged | undefined {
  const values = sets.reduce(
    (all, { path, value }) => withValueAt(all, path, value),
    workload.values,
  );
  const rendered = workload.render(values);
  const { own, others } = differencesOf(workload, rendered);
  const wanted = new Map(
    fields.map(field => [
      inDocument(field.pointer, workload.object.plain) ?? field.pointer,
      field.value,
    ]),
  );
  const missing = [...wanted].find(
    ([pointer, value]) => !isSameAmount(own.get(pointer), value),
  );
  const names = sets.map(({ path }) => path.join('.')).join(', ');
  if (missing) {
    return refuse('template', `Setting ${names} does not change ${missing[0]}`);
  }
  const stray = [...own.keys()].find(pointer => !wanted.has(pointer));
  if (stray) {
    return refuse('template', `Setting ${names} would also change ${stray}`);
  }
  const suffixes = fields.map(({ pointer }) =>
    pointer.slice(pointer.search(/\/(resources\/|[^/]*$)/)),
  );
  const other = others.find(
    ({ pointer }) =>
      !rules.allowSharedBase ||
      !suffixes.some(suffix => pointer.endsWith(suffix)),
  );
  if (other) {
    return refuse(
      'shared-base',
      `${names} is also what ${other.object} takes ${other.pointer} from`,
    );
  }
  const user = unseenUser(workload, rendered, sets);
  return user
    ? refuse(
        'template',
        `${user} takes ${names}, too, and cannot be carried out here`,
      )
    : undefined;
}

/** A template that could not be carried out and mentions a value. */
function unseenUser(
  { chart }: ChartWorkload,
  { failed }: RenderedChart,
  sets: readonly { readonly path: ValuePath }[],
): string | undefined {
  for (const path of failed.keys()) {
    const source = chart.templates.find(file => file.path === path)?.source;
    for (const { path: keys } of sets) {
      for (let length = 1; source && length <= keys.length; length += 1) {
        const mention = `.Values.${keys.slice(0, length).join('.')}`;
        for (
          let at = source.indexOf(mention);
          at !== -1;
          at = source.indexOf(mention, at + 1)
        ) {
          if (!/[\w.]/.test(source[at + mention.length] ?? '')) {
            return path;
          }
        }
      }
    }
  }
  return undefined;
}

function differencesOf(
  { rendered, object }: ChartWorkload,
  now: RenderedChart,
): {
  readonly own: ReadonlyMap<string, unknown>;
  readonly others: readonly {
    readonly object: string;
    readonly pointer: string;
  }[];
} {
  const own = new Map<string, unknown>();
  const others: { object: string; pointer: string }[] = [];
  const position = rendered.objects.indexOf(object);
  for (const difference of objectDifferences(rendered, now)) {
    if (difference.position === position) {
      own.set(difference.pointer, difference.after);
    } else {
      others.push({ object: difference.object, pointer: difference.pointer });
    }
  }
  return { own, others };
}

/** A literal that a loop or an include writes several times would change more than one place. */
function sharedLiteral(
  origin: Extract<Origin, { kind: 'literal' }>,
  field: WantedField,
  { rendered, index, release }: ChartWorkload,
  { allowSharedBase, only }: PlaceRules,
): NotManaged | undefined {
  if (only !== undefined && only !== origin.file) {
    return refuse(
      'value-not-found',
      `${field.pointer} stands in ${origin.file}, not in ${only}`,
    );
  }
  const uses = rendered.objects.flatMap(({ origins }) =>
    [...origins.values()].filter(
      other =>
        other.kind === 'literal' &&
        other.file === origin.file &&
        other.start === origin.start,
    ),
  ).length;
  const { chart } = release;
  const releases = index.releases.filter(
    other =>
      other.chart.kind === 'local' &&
      chart.kind === 'local' &&
      other.chart.directory === chart.directory,
  ).length;
  if (allowSharedBase || (uses === 1 && releases === 1)) {
    return undefined;
  }
  return refuse(
    'shared-base',
    uses > 1
      ? `${origin.file} writes ${field.pointer} ${uses} times from the same line`
      : `${origin.file} is a template of ${releases} releases`,
  );
}

/** A pointer with containers by name as one with their positions. */
export function inDocument(
  pointer: string,
  plain: unknown,
): string | undefined {
  let node: unknown = plain;
  let result = '';
  for (const step of pointer.split('/').slice(1)) {
    const name = /^\[(.*)\]$/.exec(step)?.[1];
    if (name !== undefined) {
      const position = Array.isArray(node)
        ? node.findIndex(
            item => (item as { name?: unknown } | null)?.name === name,
          )
        : -1;
      if (position === -1) {
        return undefined;
      }
      node = (node as unknown[])[position];
      result += `/${position}`;
    } else {
      node =
        typeof node === 'object' && node !== null
          ? (node as Record<string, unknown>)[step]
          : undefined;
      result += `/${step}`;
    }
  }
  return result;
}

function isSameAmount(found: unknown, wanted: string | number): boolean {
  if (found === wanted) {
    return true;
  }
  const [one, other] = [found, wanted].map(value =>
    typeof value === 'string' || typeof value === 'number'
      ? parseQuantity(value)?.nanos
      : undefined,
  );
  return one !== undefined && one === other;
}

function isSamePath(one: ValuePath, other: ValuePath): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

function refuse(code: NotManaged['code'], reason: string): NotManaged {
  return { kind: 'not-managed', code, reason };
}
