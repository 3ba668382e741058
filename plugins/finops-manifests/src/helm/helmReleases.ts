import { posix } from 'node:path';
import { z } from 'zod';
import type { BuiltWorkload, Layer } from '../kubernetes/buildWorkloads';
import { isKustomizationPath } from '../kubernetes/kustomization';
import { pointerKeys } from '../yaml/leaves';
import type { RepositoryReader } from '../kubernetes/repositoryReader';
import { parsedValues, readYaml } from './loadChart';
import { mergeValues } from './mergeValues';
import { fileLayer, opaqueLayer, Release, ValueLayer } from './releases';

const releaseSchema = z.looseObject({
  spec: z.looseObject({
    releaseName: z.string().nullish(),
    targetNamespace: z.string().nullish(),
    chart: z
      .looseObject({
        spec: z.looseObject({
          chart: z.string(),
          sourceRef: z.looseObject({ kind: z.string() }).nullish(),
          valuesFiles: z.array(z.string()).nullish(),
        }),
      })
      .nullish(),
    chartRef: z.looseObject({ kind: z.string(), name: z.string() }).nullish(),
    valuesFrom: z
      .array(
        z.looseObject({
          kind: z.string(),
          name: z.string(),
          valuesKey: z.string().nullish(),
          targetPath: z.string().nullish(),
        }),
      )
      .nullish(),
    postRenderers: z.array(z.unknown()).nullish(),
  }),
});

/** Sources of Flux whose content is files of a repository. */
const FILE_SOURCES = ['GitRepository', 'Bucket', 'ExternalArtifact'];

/** HelmReleases of Flux, with all that gives them values. */
export async function helmReleases(
  built: readonly BuiltWorkload[],
  reader: RepositoryReader,
): Promise<Release[]> {
  const releases: Release[] = [];
  for (const workload of built) {
    const isFlux = workload.apiVersion.startsWith('helm.toolkit.fluxcd.io/');
    const whole = workload.layers
      .filter(({ plain }) => !Array.isArray(plain))
      .map(({ plain }) => plain)
      .reduce<unknown>(mergeValues, {});
    const parsed = releaseSchema.safeParse(whole);
    if (isFlux && parsed.success) {
      releases.push(await releaseOf(workload, parsed.data.spec, reader));
    }
  }
  return releases;
}

async function releaseOf(
  workload: BuiltWorkload,
  spec: z.output<typeof releaseSchema>['spec'],
  reader: RepositoryReader,
): Promise<Release> {
  const [resource] = workload.layers;
  const namespace = spec.targetNamespace ?? workload.namespace;
  const name =
    spec.releaseName ??
    (spec.targetNamespace
      ? `${spec.targetNamespace}-${workload.name}`
      : workload.name);
  const source = spec.chart?.spec;
  const directory = source && posix.join('.', source.chart);
  const isLocal =
    directory !== undefined &&
    FILE_SOURCES.includes(source?.sourceRef?.kind ?? '') &&
    reader.paths.has(posix.join(directory, 'Chart.yaml'));
  const layers: ValueLayer[] = [];
  for (const file of source?.valuesFiles ?? []) {
    const path = posix.join('.', file);
    layers.push(
      isLocal && reader.paths.has(path)
        ? fileLayer(path, await readYaml(path, reader))
        : opaqueLayer(resource.path, `${file} is not in the repository`),
    );
  }
  for (const reference of spec.valuesFrom ?? []) {
    layers.push(await referenced(reference, workload, reader));
  }
  for (const layer of workload.layers) {
    layers.push(...layerOf(layer, workload));
  }
  return {
    id: `HelmRelease ${workload.namespace ?? ''}/${workload.name} of ${
      workload.root?.directory ?? resource.path
    }`,
    name,
    namespace,
    chart:
      isLocal && directory !== undefined
        ? { kind: 'local', directory }
        : {
            kind: 'outside',
            name: source?.chart ?? spec.chartRef?.name ?? name,
          },
    layers,
    replacesChartValues: (source?.valuesFiles?.length ?? 0) > 0,
    definedIn: resource.path,
    directory: workload.root?.directory,
    problem:
      (spec.postRenderers?.length ?? 0) > 0
        ? `${resource.path} changes what its chart writes by postRenderers`
        : undefined,
  };
}

/** Its values stand below `spec.values` of the object and of every patch of it. */
function layerOf(layer: Layer, workload: BuiltWorkload): ValueLayer[] {
  const { path, documentIndex, pointer, plain, fixed } = layer;
  if (Array.isArray(plain)) {
    const touches = plain.some(({ path: at }: { path?: string }) =>
      `${at ?? ''}/`.startsWith('/spec/values/')
        ? true
        : '/spec/values'.startsWith(at ?? ''),
    );
    return touches
      ? [opaqueLayer(path, `${path} is a JSON patch of the values`)]
      : [];
  }
  const holderKeys = pointerKeys(pointer).map(key =>
    /^\d+$/.test(key) ? Number(key) : key,
  );
  const { apiVersion, kind, namespace, name } = workload;
  return [
    {
      kind: 'helm-release',
      path,
      documentIndex,
      keys: [...holderKeys, 'spec', 'values'],
      isEmbedded: false,
      mount: [],
      values:
        (plain as { spec?: { values?: unknown } } | undefined)?.spec?.values ??
        {},
      holder: {
        object: { apiVersion, kind, namespace, name },
        keys: holderKeys,
      },
      fixed,
    },
  ];
}

/** Values that a ConfigMap of the repository holds; those of a Secret are not told. */
async function referenced(
  reference: {
    readonly kind: string;
    readonly name: string;
    readonly valuesKey?: string | null;
    readonly targetPath?: string | null;
  },
  workload: BuiltWorkload,
  reader: RepositoryReader,
): Promise<ValueLayer> {
  const { kind, name, targetPath } = reference;
  const key = reference.valuesKey ?? 'values.yaml';
  const [{ path: askedIn }] = workload.layers;
  const opaque = (why: string) =>
    opaqueLayer(
      askedIn,
      `${askedIn} takes values from ${kind} ${name}, ${why}`,
    );
  if (kind !== 'ConfigMap') {
    return opaque('which the repository does not tell');
  }
  if (targetPath) {
    return opaque('laid at a path of its own');
  }
  const found: ValueLayer[] = [];
  for (const path of reader.paths) {
    if (!/\.ya?ml$/.test(path) && !isKustomizationPath(path)) {
      continue;
    }
    const text = (await reader.text(path)) ?? '';
    if (!text.includes(name)) {
      continue;
    }
    if (isKustomizationPath(path)) {
      const file = await generatedFrom(path, name, key, reader);
      if (file) {
        found.push(fileLayer(file, await readYaml(file, reader)));
      }
    } else if (text.includes('ConfigMap')) {
      const file = await reader.manifest(path);
      for (const object of file?.kind === 'manifest' ? file.objects : []) {
        const data = (object.plain.data ?? {}) as Record<string, unknown>;
        if (
          object.kind === 'ConfigMap' &&
          object.name === name &&
          (object.namespace ?? workload.namespace) === workload.namespace &&
          typeof data[key] === 'string'
        ) {
          found.push({
            ...fileLayer(path, parsedText(data[key])),
            documentIndex: object.documentIndex,
            keys: [
              ...pointerKeys(object.pointer).map(step =>
                /^\d+$/.test(step) ? Number(step) : step,
              ),
              'data',
              key,
            ],
            isEmbedded: true,
          });
        }
      }
    }
  }
  return found.length === 1
    ? found[0]
    : opaque(`of which the repository holds ${found.length}`);
}

/** The file that a kustomization makes a ConfigMap of. */
async function generatedFrom(
  path: string,
  name: string,
  key: string,
  reader: RepositoryReader,
): Promise<string | undefined> {
  const content = (await readYaml(path, reader)) as {
    configMapGenerator?: { name?: unknown; files?: unknown }[];
  } | null;
  const generators = Array.isArray(content?.configMapGenerator)
    ? content.configMapGenerator
    : [];
  for (const generator of generators) {
    if (generator?.name === name && Array.isArray(generator.files)) {
      for (const entry of generator.files.map(String)) {
        const [left, right] = entry.includes('=')
          ? entry.split('=', 2)
          : [posix.basename(entry), entry];
        const file = posix.join(posix.dirname(path), right);
        if (left === key && reader.paths.has(file)) {
          return file;
        }
      }
    }
  }
  return undefined;
}

/** YAML inside a text; an empty map when it is none. */
export function parsedText(text: string): unknown {
  try {
    return parsedValues(text) ?? {};
  } catch {
    return {};
  }
}
