import type { RepositoryReader } from '../kubernetes/repositoryReader';
import type { Part } from '../partsOf';
import { ChartPart, isChartPart } from './chartPart';
import type {
  Ambiguous,
  FieldSite,
  Location,
  LocateTarget,
  NotManaged,
} from '../types';
import { wantedFields } from '../wantedFields';
import { annotationsSite, chartSites } from './chartSites';
import { findChartWorkload } from './findChartWorkload';
import { findSetters } from './findSetters';
import { outsideChart } from './outsideChart';
import type { RenderedObject } from './renderChart';
import { settersOfPart } from './settersOfPart';
import { pointerStep } from '../yaml/leaves';

/** API version of the objects whose fields setters name, where no file says it. */
const USUAL_API_VERSIONS: Readonly<Record<string, string>> = {
  CronJob: 'batch/v1',
  Job: 'batch/v1',
  HorizontalPodAutoscaler: 'autoscaling/v2',
};

/** The place of a part that setter comments name; they win over everything else. */
export async function locateBySetters(
  part: Part,
  scope: string,
  reader: RepositoryReader,
): Promise<Location | Ambiguous | NotManaged | undefined> {
  const setters = await findSetters(scope, reader);
  const named = setters.length > 0 ? settersOfPart(part, setters) : undefined;
  if (named?.kind !== 'named') {
    return named;
  }
  const { kind, name, namespace } = part.object;
  const [{ path, documentIndex }] = named.sites;
  return {
    kind: 'location',
    path,
    documentIndex,
    role: 'values',
    source: 'setter',
    object: {
      apiVersion: USUAL_API_VERSIONS[kind] ?? 'apps/v1',
      kind,
      namespace,
      name,
    },
    desired: named.desired,
    sites: named.sites,
  };
}

/** The place of a part whose object a chart writes; undefined when none is known to. */
export async function locateInCharts(
  part: Part,
  target: LocateTarget,
  scope: string,
  reader: RepositoryReader,
): Promise<Location | Ambiguous | NotManaged | undefined> {
  const rules = {
    allowSharedBase: target.allowSharedBase === true,
    only: reader.paths.has(scope) ? scope : undefined,
  };
  const found = await findChartWorkload(part.object, scope, reader);
  if (!isChartPart(part)) {
    return found?.kind === 'chart-workload'
      ? {
          kind: 'not-managed',
          code: 'not-supported',
          reason: `${part.object.kind} ${part.object.name} comes from a chart, where only resources, replicas and autoscalers are changed`,
        }
      : found;
  }
  if (found?.kind !== 'chart-workload') {
    return (
      (found?.kind === 'ambiguous' ? found : undefined) ??
      (await locateOutside(part, target, scope, rules, reader)) ??
      found
    );
  }
  const { object, release, releaseName, desired } = found;
  const { namespace } = part.object;
  const base: Omit<Location, 'path' | 'documentIndex' | 'source'> = {
    kind: 'location',
    role: 'values',
    object: {
      apiVersion: object.apiVersion,
      kind: object.kind,
      namespace,
      name: part.object.name,
    },
    desired,
    labels: labelsOf(object),
    release: {
      id: release.id,
      name: releaseName,
      namespace,
      chart: found.chart.directory,
    },
  };
  const wanted = wantedFields(part, object.kind, desired);
  if (wanted.kind === 'refused') {
    // Whoever plans tells the same reason; what matters here is that the object was found.
    return {
      ...base,
      path: release.definedIn ?? found.chart.valuesPath ?? object.file,
      documentIndex: 0,
      source: 'chart-values',
      sites: [],
    };
  }
  const sites = chartSites(wanted.fields, found, rules);
  if (sites.kind === 'not-managed') {
    return sites;
  }
  const [first] = sites.sites;
  return {
    ...base,
    path: first.path,
    documentIndex: first.documentIndex,
    source: sourceOf(first),
    sites: sites.sites,
    alongside: sites.alongside,
    annotationsAt:
      first.holder || first.literal
        ? undefined
        : annotationsSite('finops', first, found, rules),
  };
}

async function locateOutside(
  part: ChartPart,
  target: LocateTarget,
  scope: string,
  rules: { readonly allowSharedBase: boolean; readonly only?: string },
  reader: RepositoryReader,
): Promise<Location | Ambiguous | NotManaged | undefined> {
  const found = await outsideChart(part, scope, rules, target.present, reader);
  if (found?.kind !== 'outside-fields') {
    return found;
  }
  const { release, sites, desired } = found;
  const { kind, name, namespace } = part.object;
  const first = sites.at(0);
  return {
    kind: 'location',
    path: first?.path ?? release.definedIn ?? '',
    documentIndex: first?.documentIndex ?? 0,
    role: 'values',
    source: first ? sourceOf(first) : 'helm-release',
    object: {
      apiVersion: USUAL_API_VERSIONS[kind] ?? 'apps/v1',
      kind,
      namespace,
      name,
    },
    desired,
    sites,
    release: {
      id: release.id,
      name: release.name ?? name,
      namespace: release.namespace,
    },
  };
}

/** Labels that are the same whatever the cluster. */
function labelsOf({
  plain,
  unknown,
}: RenderedObject): Record<string, string> | undefined {
  const { metadata } = (plain ?? {}) as {
    metadata?: { labels?: Record<string, unknown> };
  };
  const known = Object.entries(metadata?.labels ?? {}).filter(
    (entry): entry is [string, string] =>
      typeof entry[1] === 'string' &&
      !unknown.has(`/metadata/labels${pointerStep(entry[0])}`),
  );
  return known.length > 0 ? Object.fromEntries(known) : undefined;
}

function sourceOf({ literal, holder }: FieldSite): Location['source'] {
  if (literal) {
    return 'chart-template';
  }
  switch (holder?.object.kind) {
    case 'HelmRelease':
      return 'helm-release';
    case 'Application':
    case 'ApplicationSet':
      return 'argo-application';
    default:
      return 'chart-values';
  }
}
