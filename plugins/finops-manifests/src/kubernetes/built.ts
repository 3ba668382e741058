import type { ObjectRef } from '@apexlogic/backstage-plugin-finops-common';
import { parseAllDocuments } from 'yaml';
import { decodeSource } from '../yaml/sourceText';

const MAX_ALIASES = 200;

/** What names an object among those of a build. */
export function objectKey({
  apiVersion,
  kind,
  namespace,
  name,
}: ObjectRef): string {
  return `${apiVersion} ${kind} ${namespace ?? ''}/${name}`;
}

/** The objects of a build by {@link objectKey}. */
export function renderedObjects(text: string): Map<string, unknown> {
  const objects = new Map<string, unknown>();
  for (const [index, document] of (
    parsePlain(new TextEncoder().encode(text)) ?? []
  ).entries()) {
    const { apiVersion, kind, metadata } = (document ?? {}) as {
      apiVersion?: string;
      kind?: string;
      metadata?: { name?: string; namespace?: string };
    };
    const key = objectKey({
      apiVersion: String(apiVersion),
      kind: String(kind),
      namespace: metadata?.namespace,
      name: metadata?.name ?? '',
    });
    objects.set(objects.has(key) ? `${key}#${index}` : key, document);
  }
  return objects;
}

/** Plain data of every document; undefined when it is not YAML. */
export function parsePlain(bytes: Uint8Array): unknown[] | undefined {
  const text = decodeSource(bytes)?.text;
  if (text === undefined) {
    return undefined;
  }
  const documents = [...parseAllDocuments(text, { logLevel: 'silent' })];
  if (documents.some(document => document.errors.length > 0)) {
    return undefined;
  }
  try {
    return documents.map(document =>
      document.toJS({ maxAliasCount: MAX_ALIASES }),
    );
  } catch {
    // More aliases than anyone writes by hand.
    return undefined;
  }
}
