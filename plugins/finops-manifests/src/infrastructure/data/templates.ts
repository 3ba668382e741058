import { posix } from 'node:path';
import type { RepositoryReader } from '../../kubernetes/repositoryReader';
import type { Ambiguous, NotManaged } from '../../types';
import { decodeSource, SourceText } from '../../yaml/sourceText';
import type { ResourceView } from '../types';
import { plainOf, Value } from '../value';
import { DataNode, ParsedData } from './dataNode';

const READ_CONCURRENCY = 12;
/** Larger files are data, not templates. */
const MAX_FILE_BYTES = 4 * 1024 * 1024;

/** A file of data, read: a template, or values for one. */
export interface TemplateFile {
  readonly path: string;
  readonly bytes: Uint8Array;
  readonly text: SourceText;
  readonly root: DataNode;
}

interface Problem {
  readonly path: string;
  readonly code: 'parse-error' | 'unsupported-encoding';
  readonly reason: string;
  readonly text: string;
}

/** Where a value is written: the node of a file. */
export interface TemplatePlace {
  readonly path: string;
  readonly node: DataNode;
}

export type TemplateValue = Value<TemplatePlace>;

/** Files of a folder, or of that of a file, with what cannot be read. */
export async function readDataFiles(
  reader: RepositoryReader,
  path: string | undefined,
  isWanted: (path: string) => boolean,
  parse: (text: string) => ParsedData,
): Promise<{
  readonly files: readonly TemplateFile[];
  readonly problems: readonly Problem[];
  /** The file that `path` names, if it names one. */
  readonly named?: string;
  readonly folder: string;
}> {
  const normal = posix
    .normalize(path === undefined || path === '' ? '.' : path)
    .replace(/^\/+|\/+$/g, '');
  const named = reader.paths.has(normal) ? normal : undefined;
  const folder = named === undefined ? normal : posix.dirname(named);
  const below = folder === '.' ? '' : `${folder}/`;
  const paths = [...reader.paths]
    .filter(each => each.startsWith(below) && isWanted(each))
    .sort();
  const files: TemplateFile[] = [];
  const problems: Problem[] = [];
  for (let start = 0; start < paths.length; start += READ_CONCURRENCY) {
    const batch = await Promise.all(
      paths
        .slice(start, start + READ_CONCURRENCY)
        .map(async each => [each, (await reader.bytes(each))!] as const),
    );
    for (const [each, bytes] of batch) {
      const text = decodeSource(bytes);
      if (!text) {
        problems.push({
          path: each,
          code: 'unsupported-encoding',
          reason: `${each} is not UTF-8`,
          text: Buffer.from(bytes).toString('latin1').replaceAll('\0', ''),
        });
      } else if (bytes.length <= MAX_FILE_BYTES) {
        const parsed = parse(text.text);
        if (parsed.kind === 'data') {
          files.push({ path: each, bytes, text, root: parsed.root });
        } else {
          problems.push({
            path: each,
            code: 'parse-error',
            reason: `${each}: ${parsed.reason}`,
            text: text.text,
          });
        }
      }
    }
  }
  return { files, problems, named, folder };
}

/** `orders.prod.json` gives values to `orders.yaml`, not to the other templates beside it. */
export function isFor(
  file: string,
  template: string,
  templates: readonly TemplateFile[],
): boolean {
  if (posix.dirname(file) !== posix.dirname(template)) {
    return false;
  }
  const begins = (path: string) => {
    const { name } = posix.parse(path);
    return posix.basename(file).startsWith(`${name}.`);
  };
  return begins(template) || !templates.some(({ path }) => begins(path));
}

/** What a template says of a resource, in the form in which policies know objects. */
export function viewOfTemplate(
  apiVersion: string,
  address: string,
  type: string,
  values: ReadonlyMap<string, TemplateValue>,
  tagsAt: string,
): ResourceView {
  const spec = Object.fromEntries(
    [...values].map(([key, value]) => [key, plainOf(value)]),
  );
  return {
    address,
    object: {
      apiVersion,
      kind: type,
      metadata: { name: address, labels: labelsOf(spec[tagsAt]) },
      spec,
    },
  };
}

function labelsOf(tags: unknown): Record<string, string> {
  const pairs: [unknown, unknown][] = Array.isArray(tags)
    ? tags.map(tag => [tag?.Key, tag?.Value])
    : Object.entries((tags ?? {}) as object);
  return Object.fromEntries(
    pairs.filter(
      (pair): pair is [string, string] =>
        typeof pair[0] === 'string' && typeof pair[1] === 'string',
    ),
  );
}

/** No template declares it: because one cannot be read, or because it is not there. */
export function nothingFound(
  address: string,
  path: string | undefined,
  templates: readonly TemplateFile[],
  problems: readonly Problem[],
): NotManaged {
  const name = address.split('/').at(-1)!;
  const problem = problems.find(
    ({ path: file, text }) => file === path || text.includes(name),
  );
  if (problem) {
    return refuse(problem.code, problem.reason);
  }
  return refuse(
    undefined,
    templates.length === 0
      ? `No template lies ${path ? `at ${path}` : 'in the repository'}`
      : `No resource ${address} is declared in ${templates
          .map(each => each.path)
          .join(', ')}`,
  );
}

/** Several templates declare it. */
export function severalFound(
  address: string,
  found: readonly TemplateFile[],
): Ambiguous {
  return {
    kind: 'ambiguous',
    candidates: found.map(({ path }) => ({ path, documentIndex: 0 })),
    reason: `${address} is declared in ${found
      .map(({ path }) => path)
      .join(' and ')}; name the template that is meant`,
  };
}

/** @internal */
export function refuse(code: NotManaged['code'], reason: string): NotManaged {
  return { kind: 'not-managed', code, reason };
}
