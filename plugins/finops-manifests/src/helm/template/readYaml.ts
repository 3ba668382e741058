import {
  isAlias,
  isMap,
  isScalar,
  isSeq,
  parseAllDocuments,
  parseDocument,
} from 'yaml';
import { pointerStep } from '../../yaml/leaves';
import { Marks, Origin, withoutMarks } from './marks';
import { NIL, Value, valueOf } from './value';

const MAX_ALIASES = 200;
const MAX_DEPTH = 200;

/** What a chart writes, read as YAML, with the origins of its parts by RFC 6901 pointer. */
export interface TracedDocument {
  readonly plain: unknown;
  readonly origins: ReadonlyMap<string, Origin>;
  /** Of maps that are written whole; several where they are written into one. */
  readonly mapOrigins: ReadonlyMap<string, readonly Origin[]>;
  /** Pointers of what is not known. */
  readonly unknown: ReadonlySet<string>;
}

/** Reads YAML that may hold marks; undefined when it is not YAML. */
export function readTraced(
  text: string,
  marks: Marks,
): TracedDocument[] | undefined {
  const parsed = parseAllDocuments(text, {
    logLevel: 'silent',
    uniqueKeys: false,
  });
  const documents = Array.isArray(parsed) ? parsed : [];
  if (documents.some(({ errors }) => errors.length > 0)) {
    return undefined;
  }
  return documents.map(document => {
    const origins = new Map<string, Origin>();
    const mapOrigins = new Map<string, Origin[]>();
    const unknown = new Set<string>();
    const plain = read(document.contents, '', 0);
    return { plain, origins, mapOrigins, unknown };

    function read(node: unknown, pointer: string, depth: number): unknown {
      if (depth > MAX_DEPTH) {
        return undefined;
      }
      if (isMap(node)) {
        const map: Record<string, unknown> = {};
        for (const pair of node.items) {
          const key = isScalar(pair.key) ? String(pair.key.value) : undefined;
          const origin = key === undefined ? undefined : marks.readMapKey(key);
          if (origin) {
            mapOrigins.set(pointer, [
              ...(mapOrigins.get(pointer) ?? []),
              origin,
            ]);
          } else if (key !== undefined) {
            const name = withoutMarks(key);
            Object.defineProperty(map, name, {
              value: read(pair.value, pointer + pointerStep(name), depth + 1),
              enumerable: true,
              configurable: true,
              writable: true,
            });
          }
        }
        return map;
      }
      if (isSeq(node)) {
        return node.items.map((item, index) =>
          read(item, pointer + pointerStep(index), depth + 1),
        );
      }
      if (isScalar(node) && typeof node.value === 'string') {
        return readText(node.value, node.type === 'PLAIN', pointer);
      }
      if (isAlias(node)) {
        return node.toJS(document, { maxAliasCount: MAX_ALIASES });
      }
      return isScalar(node) ? node.value : node ?? null;
    }

    function readText(value: string, isPlain: boolean, pointer: string) {
      const { text: bare, origin } = marks.read(value);
      if (bare === value) {
        return value;
      }
      if (marks.hasUnknown(value)) {
        unknown.add(pointer);
      } else if (origin) {
        origins.set(pointer, origin);
      }
      // What is written without quotes says its own type.
      return isPlain && bare.length < 100
        ? (parseDocument(bare, { logLevel: 'silent' }).toJS() as unknown)
        : bare;
    }
  });
}

/** YAML text as a value, for `fromYaml`; marks become paths again. */
export function valueOfYaml(text: string, marks: Marks): Value {
  const document = readTraced(text, marks)?.[0];
  if (!document) {
    return {
      kind: 'map',
      entries: new Map([['Error', { kind: 'scalar', value: 'not YAML' }]]),
    };
  }
  const { plain, origins, mapOrigins, unknown } = document;
  return rebuilt(plain, '');

  function rebuilt(node: unknown, pointer: string): Value {
    if (unknown.has(pointer)) {
      return { kind: 'unknown', why: 'it was written as text' };
    }
    const origin = (mapOrigins.get(pointer)?.[0] ?? origins.get(pointer)) as
      | Origin
      | undefined;
    const path = origin?.kind === 'value' ? origin.path : undefined;
    if (Array.isArray(node)) {
      return {
        kind: 'list',
        items: node.map((item, index) =>
          rebuilt(item, pointer + pointerStep(index)),
        ),
      };
    }
    if (typeof node === 'object' && node !== null) {
      return {
        kind: 'map',
        entries: new Map(
          Object.entries(node).map(([key, item]) => [
            key,
            rebuilt(item, pointer + pointerStep(key)),
          ]),
        ),
        path,
      };
    }
    const value = valueOf(node, path);
    return value.kind === 'nil' ? NIL : value;
  }
}
