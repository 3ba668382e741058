import { posix } from 'node:path';
import { z } from 'zod';
import type { BuiltWorkload } from '../kubernetes/buildWorkloads';
import type { RepositoryReader } from '../kubernetes/repositoryReader';
import { pointerKeys } from '../yaml/leaves';
import { parsedText } from './helmReleases';
import { readYaml } from './loadChart';
import { withValueAt } from './mergeValues';
import { fileLayer, opaqueLayer, Release, ValueLayer } from './releases';
import { generatedParameters } from './applicationSets';
import type { ValuePath } from './template/value';

const sourceSchema = z.looseObject({
  repoURL: z.string().nullish(),
  path: z.string().nullish(),
  chart: z.string().nullish(),
  ref: z.string().nullish(),
  helm: z
    .looseObject({
      releaseName: z.string().nullish(),
      valueFiles: z.array(z.string()).nullish(),
      values: z.string().nullish(),
      valuesObject: z.record(z.string(), z.unknown()).nullish(),
      parameters: z
        .array(z.looseObject({ name: z.string(), value: z.unknown() }))
        .nullish(),
      fileParameters: z.array(z.unknown()).nullish(),
      ignoreMissingValueFiles: z.boolean().nullish(),
    })
    .nullish(),
});

const specSchema = z.looseObject({
  destination: z.looseObject({ namespace: z.string().nullish() }).nullish(),
  source: sourceSchema.nullish(),
  sources: z.array(sourceSchema).nullish(),
});

const applicationSchema = z.looseObject({
  metadata: z.looseObject({ name: z.string().nullish() }),
  spec: specSchema,
});

type Source = z.output<typeof sourceSchema>;

interface Asking {
  readonly name: string;
  readonly spec: unknown;
  readonly workload: BuiltWorkload;
  /** Keys from the object to the `spec` of the Application. */
  readonly keys: ValuePath;
}

/** Argo CD Applications, and those that ApplicationSets make, with all that gives them values. */
export async function applicationReleases(
  applications: readonly BuiltWorkload[],
  sets: readonly BuiltWorkload[],
  reader: RepositoryReader,
  notes: string[],
): Promise<Release[]> {
  const releases: Release[] = [];
  for (const workload of applications) {
    const plain = workload.layers[0].plain as { spec?: unknown } | undefined;
    if (workload.apiVersion.startsWith('argoproj.io/')) {
      releases.push(
        ...(await releasesOf(
          { name: workload.name, spec: plain?.spec, workload, keys: ['spec'] },
          reader,
        )),
      );
    }
  }
  for (const workload of sets) {
    const made = workload.apiVersion.startsWith('argoproj.io/')
      ? await generatedParameters(workload.layers[0].plain, reader)
      : { kind: 'refused' as const, reason: 'it is not one of Argo CD' };
    if (made.kind === 'refused') {
      notes.push(
        `${workload.layers[0].path}: what ApplicationSet ${workload.name} makes is not told: ${made.reason}`,
      );
      continue;
    }
    for (const template of made.templates) {
      const parsed = applicationSchema.safeParse(template);
      if (parsed.success && parsed.data.metadata.name) {
        releases.push(
          ...(await releasesOf(
            {
              name: parsed.data.metadata.name,
              spec: parsed.data.spec,
              workload,
              keys: ['spec', 'template', 'spec'],
            },
            reader,
          )),
        );
      }
    }
  }
  return releases;
}

async function releasesOf(
  asking: Asking,
  reader: RepositoryReader,
): Promise<Release[]> {
  const parsed = specSchema.safeParse(asking.spec);
  if (!parsed.success) {
    return [];
  }
  const { source, sources, destination } = parsed.data;
  const all: (readonly [Source, ValuePath])[] = sources?.length
    ? sources.map(
        (item, index) => [item, [...asking.keys, 'sources', index]] as const,
      )
    : [];
  if (source && all.length === 0) {
    all.push([source, [...asking.keys, 'source']]);
  }
  const releases: Release[] = [];
  for (const [index, [item, keys]] of all.entries()) {
    const directory = posix.join('.', item.path ?? '.');
    const isLocal =
      item.path !== undefined &&
      item.path !== null &&
      reader.paths.has(posix.join(directory, 'Chart.yaml'));
    if (!isLocal && !item.chart) {
      continue;
    }
    releases.push({
      id: `Application ${asking.name} of ${asking.workload.layers[0].path}${
        all.length > 1 ? `#${index}` : ''
      }`,
      name: item.helm?.releaseName ?? asking.name,
      namespace: destination?.namespace ?? undefined,
      chart: isLocal
        ? { kind: 'local', directory }
        : { kind: 'outside', name: item.chart ?? '' },
      layers: await layersOf(item, keys, directory, all, asking, reader),
      definedIn: asking.workload.layers[0].path,
      directory: asking.workload.root?.directory,
      problem: problemOf(asking.workload),
    });
  }
  return releases;
}

function problemOf({ layers }: BuiltWorkload): string | undefined {
  return layers.length > 1
    ? `${layers[1].path} patches the Application`
    : undefined;
}

/** Parameters win over values, values over files of values; a values object takes the place of a text. */
async function layersOf(
  { helm }: Source,
  keys: ValuePath,
  directory: string,
  all: readonly (readonly [Source, ValuePath])[],
  { workload }: Asking,
  reader: RepositoryReader,
): Promise<ValueLayer[]> {
  const { path, documentIndex, pointer, fixed } = workload.layers[0];
  const { apiVersion, kind, namespace, name } = workload;
  const holderKeys = pointerKeys(pointer).map(key =>
    /^\d+$/.test(key) ? Number(key) : key,
  );
  const layers: ValueLayer[] = [];
  for (const file of helm?.valueFiles ?? []) {
    const target = valueFilePath(file, directory, all);
    if (target !== undefined && reader.paths.has(target)) {
      layers.push(fileLayer(target, await readYaml(target, reader)));
    } else if (!helm?.ignoreMissingValueFiles) {
      layers.push(opaqueLayer(path, `${file} is not in the repository`));
    }
  }
  const inside: Omit<ValueLayer, 'values' | 'keys' | 'isEmbedded'> = {
    kind: 'application',
    path,
    documentIndex,
    mount: [],
    holder: {
      object: { apiVersion, kind, namespace, name },
      keys: holderKeys,
    },
    fixed,
  };
  const at = [...holderKeys, ...keys, 'helm'];
  if (helm?.values && !helm.valuesObject) {
    layers.push({
      ...inside,
      values: parsedText(helm.values),
      keys: [...at, 'values'],
      isEmbedded: true,
    });
  } else {
    layers.push({
      ...inside,
      values: helm?.valuesObject ?? {},
      keys: [...at, 'valuesObject'],
      isEmbedded: false,
    });
  }
  if (helm?.parameters?.length) {
    let values: unknown = {};
    const positions = new Map<string, number>();
    for (const [index, parameter] of helm.parameters.entries()) {
      const steps = parameterPath(parameter.name);
      if (!steps) {
        layers.push(
          opaqueLayer(path, `the parameter ${parameter.name} is not followed`),
        );
        continue;
      }
      values = withValueAt(values, steps, typed(parameter.value));
      positions.set(JSON.stringify(steps), index);
    }
    layers.push({
      ...inside,
      kind: 'parameters',
      values,
      keys: [...at, 'parameters'],
      isEmbedded: false,
      parameters: positions,
    });
  }
  if (helm?.fileParameters?.length) {
    layers.push(opaqueLayer(path, `${path} takes parameters from files`));
  }
  return layers;
}

/** `$name/path` starts at the root of the source of that name. */
function valueFilePath(
  file: string,
  directory: string,
  all: readonly (readonly [Source, ValuePath])[],
): string | undefined {
  if (/[*?[\]]|:\/\//.test(file)) {
    return undefined;
  }
  const reference = /^\$([\w-]+)\/(.+)$/.exec(file);
  if (reference) {
    return all.some(([source]) => source.ref === reference[1])
      ? posix.join('.', reference[2])
      : undefined;
  }
  return file.startsWith('/')
    ? posix.join('.', file.slice(1))
    : posix.join(directory, file);
}

/** `a.b.c` as Helm's `--set` reads it; positions in lists and escapes are not followed. */
function parameterPath(name: string): string[] | undefined {
  return /^[\w-]+(\.[\w-]+)*$/.test(name) ? name.split('.') : undefined;
}

function typed(value: unknown): unknown {
  const text = String(value ?? '');
  if (/^-?(0|[1-9]\d*)$/.test(text)) {
    return Number(text);
  }
  switch (text) {
    case 'true':
    case 'false':
      return text === 'true';
    case 'null':
      return null;
    default:
      return text;
  }
}
