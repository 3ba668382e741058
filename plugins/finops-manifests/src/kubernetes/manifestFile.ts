import {
  Document,
  isMap,
  isScalar,
  isSeq,
  parseAllDocuments,
  YAMLMap,
} from 'yaml';
import { decodeSource, SourceText } from '../yaml/sourceText';

/** An object of a manifest file, in the file's own words. */
export interface ManifestObject {
  readonly documentIndex: number;
  /** Where it lies in its document: empty, or `/items/N` in a `kind: List`. */
  readonly pointer: string;
  readonly apiVersion: string;
  readonly kind: string;
  readonly name: string;
  readonly namespace?: string;
  readonly node: YAMLMap;
  /** The same as plain data, aliases resolved. */
  readonly plain: Readonly<Record<string, unknown>>;
}

/** Aliases a document may resolve: enough for people, too few for an alias bomb. */
const MAX_ALIASES = 200;

/**
 * YAML 1.1 and the parsers Kubernetes uses end a line at a lone carriage return, NEL, LS and PS; ours does
 * not. A document marker behind one would make the same bytes mean different objects.
 */
export const CONTESTED_LINE_BREAK = /\r(?!\n)|[\u0085\u2028\u2029]/;

/** A YAML file taken apart. */
export type ManifestFile =
  | {
      readonly kind: 'manifest';
      readonly path: string;
      readonly bytes: Uint8Array;
      readonly source: SourceText;
      readonly documents: readonly Document[];
      readonly objects: readonly ManifestObject[];
    }
  /** Not YAML as Kubernetes reads it: a template, or broken. */
  | {
      readonly kind: 'unreadable';
      readonly path: string;
      readonly text: string;
      readonly reason: string;
    }
  | {
      readonly kind: 'not-utf8';
      readonly path: string;
      readonly latin: string;
    };

/** Takes a file apart; never throws on its content. */
export function parseManifestFile(
  path: string,
  bytes: Uint8Array,
): ManifestFile {
  const source = decodeSource(bytes);
  if (!source) {
    return {
      kind: 'not-utf8',
      path,
      latin: Buffer.from(bytes).toString('latin1'),
    };
  }
  const contested = CONTESTED_LINE_BREAK.exec(source.text);
  if (contested) {
    const code = contested[0].charCodeAt(0).toString(16).toUpperCase();
    return {
      kind: 'unreadable',
      path,
      text: source.text,
      reason: `it holds the character U+${code.padStart(
        4,
        '0',
      )}, which ends a line for some YAML parsers only`,
    };
  }
  const parsed = parseAllDocuments(source.text, {
    keepSourceTokens: true,
    logLevel: 'silent',
  });
  const documents: Document[] = Array.isArray(parsed) ? parsed : [];
  const error = documents.flatMap(document => document.errors)[0];
  if (error) {
    return {
      kind: 'unreadable',
      path,
      text: source.text,
      reason: error.message.split('\n')[0],
    };
  }
  let objects: ManifestObject[];
  try {
    objects = documents.flatMap((document, index) =>
      objectsOf(document.contents, document, index, ''),
    );
  } catch (cause) {
    return {
      kind: 'unreadable',
      path,
      text: source.text,
      reason: String((cause as Error).message),
    };
  }
  return { kind: 'manifest', path, bytes, source, documents, objects };
}

/** The node at a `pointer` made by {@link parseManifestFile}. */
export function objectAt(
  file: Extract<ManifestFile, { kind: 'manifest' }>,
  documentIndex: number,
  pointer = '',
): ManifestObject | undefined {
  return file.objects.find(
    object =>
      object.documentIndex === documentIndex && object.pointer === pointer,
  );
}

function objectsOf(
  node: unknown,
  document: Document,
  documentIndex: number,
  pointer: string,
): ManifestObject[] {
  if (!isMap(node)) {
    return [];
  }
  const kind = stringAt(node, 'kind');
  const apiVersion = stringAt(node, 'apiVersion') ?? '';
  const items = node.get('items');
  if (kind?.endsWith('List') && isSeq(items)) {
    return items.items.flatMap((item, index) =>
      objectsOf(item, document, documentIndex, `${pointer}/items/${index}`),
    );
  }
  const metadata = node.get('metadata');
  const name = isMap(metadata) ? stringAt(metadata, 'name') : undefined;
  if (!kind || !isMap(metadata) || name === undefined) {
    return [];
  }
  const plain = node.toJS(document, { maxAliasCount: MAX_ALIASES }) as Record<
    string,
    unknown
  >;
  return [
    {
      documentIndex,
      pointer,
      apiVersion,
      kind,
      name,
      namespace: stringAt(metadata, 'namespace'),
      node,
      plain,
    },
  ];
}

function stringAt(map: YAMLMap, key: string): string | undefined {
  const node = map.get(key, true);
  return isScalar(node) && node.value !== null ? String(node.value) : undefined;
}
