import { podLabelsPath } from './kubernetes/desiredState';
import type { DesiredState } from './kubernetes/desiredState';
import type { Part } from './partsOf';
import type { PlanRefusal } from './types';
import type { WantedField, WantedFieldsResult } from './wantedFields';
import { pointerStep } from './yaml/leaves';
import type { Wanted, WantedMap } from './yaml/mergeEdits';
import { plainOrQuoted } from './yaml/scalarText';

/** https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/#syntax-and-character-set */
const NAME = /^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?$/;
const DOMAIN =
  /^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)*$/;
const MAX_DOMAIN_CHARACTERS = 253;

/** The labels that are still to be written, to the object's own metadata and, where asked for, its pods'. */
export function wantedLabels(
  { labels, podTemplate, object }: Extract<Part, { kind: 'labels' }>,
  desired: DesiredState,
): WantedFieldsResult {
  const wrong = Object.entries(labels).find(
    ([key, value]) => !isKey(key) || !(value === '' || NAME.test(value)),
  );
  if (wrong) {
    return refuse(
      'not-supported',
      `'${wrong[0]}: ${wrong[1]}' is not a label that Kubernetes takes`,
    );
  }
  const podPath = podLabelsPath(object.kind);
  if (podTemplate && !podPath) {
    return refuse('not-supported', `A ${object.kind} has no pod template`);
  }
  const places = [
    { path: ['metadata', 'labels'], present: desired.labels },
    ...(podTemplate && podPath
      ? [{ path: podPath, present: desired.podLabels }]
      : []),
  ].map(({ path, present = {} }) => ({
    path,
    missing: Object.entries(labels).filter(
      ([key, value]) => present[key] !== value,
    ),
  }));
  const fields = places.flatMap(({ path, missing }) =>
    missing.map(
      ([key, value]): WantedField => ({
        pointer: `/${path.join('/')}${pointerStep(key)}`,
        value,
      }),
    ),
  );
  if (fields.length === 0) {
    return refuse('already-done', 'The files carry these labels already');
  }
  return {
    kind: 'wanted',
    wanted: {
      kind: 'map',
      entries: places.flatMap(({ path, missing }) =>
        missing.length === 0 ? [] : [nested(path, missing)],
      ),
    },
    fields,
    desired: {
      ...desired,
      labels: { ...desired.labels, ...labels },
      ...(podTemplate && { podLabels: { ...desired.podLabels, ...labels } }),
    },
  };
}

function isKey(key: string): boolean {
  const [name, ...prefix] = key.split('/').reverse();
  return (
    NAME.test(name) &&
    (prefix.length === 0 ||
      (prefix.length === 1 &&
        prefix[0].length <= MAX_DOMAIN_CHARACTERS &&
        DOMAIN.test(prefix[0])))
  );
}

function nested(
  [first, ...rest]: readonly string[],
  labels: readonly (readonly [string, string])[],
): readonly [string, Wanted] {
  const entries: WantedMap = {
    kind: 'map',
    entries: labels.map(
      ([key, value]) =>
        [
          key,
          // A label is a string, also where it looks like a number.
          { kind: 'scalar', value, quoted: plainOrQuoted(value) !== value },
        ] as const,
    ),
  };
  return [
    first,
    rest.reduceRight<WantedMap>(
      (inner, key) => ({ kind: 'map', entries: [[key, inner]] }),
      entries,
    ),
  ];
}

function refuse(code: PlanRefusal['code'], reason: string): PlanRefusal {
  return { kind: 'refused', code, reason };
}
