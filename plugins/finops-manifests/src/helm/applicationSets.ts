import { posix } from 'node:path';
import { z } from 'zod';
import type { RepositoryReader } from '../kubernetes/repositoryReader';
import { readYaml } from './loadChart';
import { evaluateTemplate } from './template/evaluate';
import { Marks, withoutMarks } from './template/marks';
import { parseTemplate, TemplateError } from './template/parseTemplate';
import { valueOf } from './template/value';

const setSchema = z.looseObject({
  spec: z.looseObject({
    goTemplate: z.boolean().nullish(),
    generators: z.array(z.record(z.string(), z.unknown())),
    template: z.unknown().optional(),
    templatePatch: z.unknown().optional(),
  }),
});

const listSchema = z.strictObject({
  elements: z.array(z.record(z.string(), z.unknown())),
});

const gitSchema = z.strictObject({
  repoURL: z.unknown().optional(),
  revision: z.unknown().optional(),
  requeueAfterSeconds: z.unknown().optional(),
  values: z.unknown().optional(),
  directories: z
    .array(z.looseObject({ path: z.string(), exclude: z.boolean().nullish() }))
    .optional(),
  files: z.array(z.looseObject({ path: z.string() })).optional(),
});

const MAX_APPLICATIONS = 500;

/** The Applications that an ApplicationSet makes, or why that cannot be told from the repository. */
export async function generatedParameters(
  plain: unknown,
  reader: RepositoryReader,
): Promise<
  | { readonly kind: 'made'; readonly templates: readonly unknown[] }
  | { readonly kind: 'refused'; readonly reason: string }
> {
  const parsed = setSchema.safeParse(plain);
  if (!parsed.success) {
    return refuse('it is not written as one');
  }
  const { generators, template, goTemplate, templatePatch } = parsed.data.spec;
  if (templatePatch) {
    return refuse('it has a templatePatch');
  }
  const sets: Record<string, unknown>[] = [];
  for (const generator of generators) {
    const [kind, ...others] = Object.keys(generator);
    const list = listSchema.safeParse(generator.list);
    const git = gitSchema.safeParse(generator.git);
    if (others.length > 0) {
      return refuse(`its generator has ${others[0]}`);
    }
    if (kind === 'list' && list.success) {
      sets.push(...list.data.elements);
    } else if (kind === 'git' && git.success && !git.data.values) {
      sets.push(...(await fromGit(git.data, goTemplate === true, reader)));
    } else {
      return refuse(
        `the generator '${kind}' depends on more than this repository`,
      );
    }
  }
  if (sets.length > MAX_APPLICATIONS) {
    return refuse(`it makes ${sets.length} Applications`);
  }
  try {
    return {
      kind: 'made',
      templates: sets.map(set =>
        filled(template, text =>
          goTemplate ? goText(text, set) : plainText(text, set),
        ),
      ),
    };
  } catch (cause) {
    if (cause instanceof TemplateError) {
      return refuse(cause.message);
    }
    throw cause;
  }
}

async function fromGit(
  { directories, files }: z.output<typeof gitSchema>,
  goTemplate: boolean,
  reader: RepositoryReader,
): Promise<Record<string, unknown>[]> {
  const all = new Set<string>();
  for (const path of reader.paths) {
    for (
      let folder = posix.dirname(path);
      folder !== '.';
      folder = posix.dirname(folder)
    ) {
      all.add(folder);
    }
  }
  const matching = (candidates: Iterable<string>, pattern: string) =>
    [...candidates].filter(path => matchesGlob(path, pattern)).sort();
  if (directories) {
    const excluded = directories
      .filter(({ exclude }) => exclude)
      .flatMap(({ path }) => matching(all, path));
    return [
      ...new Set(
        directories
          .filter(({ exclude }) => !exclude)
          .flatMap(({ path }) => matching(all, path)),
      ),
    ]
      .filter(path => !excluded.includes(path))
      .map(path => pathParameters(path, goTemplate));
  }
  const sets: Record<string, unknown>[] = [];
  for (const { path: pattern } of files ?? []) {
    for (const path of matching(reader.paths, pattern)) {
      const content = await readYaml(path, reader);
      const items = Array.isArray(content) ? content : [content];
      for (const item of items) {
        const folder = posix.dirname(path);
        sets.push({
          ...(goTemplate ? (item as object) : flattened(item)),
          ...pathParameters(folder, goTemplate, posix.basename(path)),
        });
      }
    }
  }
  return sets;
}

function pathParameters(
  path: string,
  goTemplate: boolean,
  filename?: string,
): Record<string, unknown> {
  const basename = posix.basename(path);
  const segments = path.split('/');
  if (goTemplate) {
    return {
      path: {
        path,
        basename,
        basenameNormalized: basename
          .replace(/[^a-zA-Z0-9-.]/g, '-')
          .toLowerCase(),
        segments,
        filename: filename ?? '',
      },
    };
  }
  return {
    path,
    'path.basename': basename,
    'path.filename': filename,
    ...Object.fromEntries(
      segments.map((segment, index) => [`path[${index}]`, segment]),
    ),
  };
}

function flattened(value: unknown, prefix = ''): Record<string, unknown> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    return { [prefix]: value };
  }
  return Object.assign(
    {},
    ...Object.entries(value).map(([key, item]) =>
      flattened(item, prefix === '' ? key : `${prefix}.${key}`),
    ),
  );
}

function filled(value: unknown, fill: (text: string) => string): unknown {
  if (typeof value === 'string') {
    return value.includes('{{') ? fill(value) : value;
  }
  if (Array.isArray(value)) {
    return value.map(item => filled(item, fill));
  }
  return typeof value === 'object' && value !== null
    ? Object.fromEntries(
        Object.entries(value).map(([key, item]) => [
          fill(key),
          filled(item, fill),
        ]),
      )
    : value;
}

function goText(text: string, set: Record<string, unknown>): string {
  const parsed = parseTemplate(text);
  const marks = new Marks();
  const result = evaluateTemplate(
    { path: '', source: text, parsed },
    valueOf(set),
    {
      marks,
      named: new Map(),
      assumed: new Map(),
      asked: new Set(),
      empty: new Map(),
    },
  );
  if (marks.hasUnknown(result)) {
    throw new TemplateError(`'${text}' cannot be told`);
  }
  return withoutMarks(result);
}

function plainText(text: string, set: Record<string, unknown>): string {
  return text.replace(/\{\{\s*([^{}]+?)\s*\}\}/g, (whole, name: string) => {
    if (!Object.hasOwn(set, name)) {
      throw new TemplateError(`${whole} is not given by its generator`);
    }
    return String(set[name]);
  });
}

/** `*` stands for any part of a name, `**` for any names; no pattern runs as a regular expression. */
function matchesGlob(path: string, pattern: string): boolean {
  return matchParts(path.split('/'), pattern.replace(/^\.?\//, '').split('/'));
}

function matchParts(parts: string[], patterns: string[]): boolean {
  if (patterns.length === 0) {
    return parts.length === 0;
  }
  const [first, ...rest] = patterns;
  if (first === '**') {
    return (
      parts.some((_, index) => matchParts(parts.slice(index), rest)) ||
      matchParts([], rest)
    );
  }
  return (
    parts.length > 0 &&
    matchName(parts[0], first) &&
    matchParts(parts.slice(1), rest)
  );
}

function matchName(name: string, pattern: string): boolean {
  const [head, ...tails] = pattern.split('*');
  if (tails.length === 0) {
    return name === pattern;
  }
  if (!name.startsWith(head)) {
    return false;
  }
  let rest = name.slice(head.length);
  const last = tails.pop()!;
  for (const part of tails) {
    const found = rest.indexOf(part);
    if (found === -1) {
      return false;
    }
    rest = rest.slice(found + part.length);
  }
  return rest.endsWith(last);
}

function refuse(reason: string): { kind: 'refused'; reason: string } {
  return { kind: 'refused', reason };
}
