import type {
  InfrastructureAction,
  Replacement,
} from '@apexlogic/backstage-plugin-finops-common';
import type { PlanRefusal } from '../types';
import { Property, ResourceType, resourceTypeOf } from './resourceTypes';

const MIB_PER_GIB = 1024;
/** Names of sizes, classes and tiers; none holds what would end a quoted string or start a template. */
const CLOUD_NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,127}$/;
const TAG_TEXT = /^[^\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]{0,256}$/u;

/** One value that an action wants of a resource, in the unit in which the code is written. */
export interface WantedValue {
  readonly property: Property;
  readonly from: string | number;
  readonly to: string | number;
}

/** @internal */
export type WantedOfResource =
  | {
      readonly kind: 'wanted';
      readonly values: readonly WantedValue[];
      readonly tags: {
        readonly path: readonly string[];
        readonly list: boolean;
        /** Whether the type is known to have them, so that they may be added. */
        readonly known: boolean;
        readonly entries: readonly (readonly [string, string])[];
      };
    }
  | PlanRefusal;

/** What an action wants of a resource of some type. */
export function wantedOfResource(
  action: InfrastructureAction,
  type: string,
): WantedOfResource {
  const facts = resourceTypeOf(action.resource.system, type);
  const values: WantedValue[] = [];
  switch (action.kind) {
    case 'enforce-tags':
      return wantedTags(action, type, facts);
    case 'rightsize': {
      const { instance } = facts?.family === 'machine' ? facts : {};
      if (!instance) {
        return unknown(type, 'an instance type');
      }
      values.push({ property: instance, ...action.instanceType });
      break;
    }
    case 'downgrade-database': {
      const { instance, memory } = facts?.family === 'database' ? facts : {};
      if (action.instanceClass) {
        if (!instance) {
          return unknown(type, 'a class of database');
        }
        values.push({ property: instance, ...action.instanceClass });
      }
      if (action.memoryGib) {
        if (!memory) {
          return unknown(type, 'a size of memory');
        }
        values.push(sized(memory, action.memoryGib));
      }
      break;
    }
    default:
      if (action.sizeGib) {
        if (!facts?.size) {
          return unknown(type, 'a size of storage');
        }
        values.push(sized(facts.size, action.sizeGib));
      }
      if (action.tier) {
        if (!facts?.tier) {
          return unknown(type, 'a tier of storage');
        }
        values.push({ property: facts.tier, ...action.tier });
      }
  }
  const refusal = values.map(value => impossible(value, type)).find(Boolean);
  if (refusal) {
    return refusal;
  }
  return values.length > 0
    ? {
        kind: 'wanted',
        values,
        tags: { path: [], list: false, known: false, entries: [] },
      }
    : refuse('not-supported', 'The action changes nothing');
}

function wantedTags(
  {
    tags,
    resource: { system },
  }: InfrastructureAction & { kind: 'enforce-tags' },
  type: string,
  facts: ResourceType | undefined,
): WantedOfResource {
  const entries = Object.entries(tags);
  const odd = entries.find(
    ([key, value]) =>
      key === '' ||
      !TAG_TEXT.test(key) ||
      !TAG_TEXT.test(value) ||
      // Azure takes what stands in brackets for an expression.
      (system === 'arm' && (key.startsWith('[') || value.startsWith('['))),
  );
  if (odd) {
    return refuse('not-supported', `'${odd[0]}' is not a tag that can be set`);
  }
  if (entries.length === 0) {
    return refuse('not-supported', 'The action names no tag');
  }
  const { path, list = false } = facts?.tags ?? usualTags(system, type);
  return {
    kind: 'wanted',
    values: [],
    tags: { path, list, known: facts !== undefined, entries },
  };
}

function usualTags(system: string, type: string): ResourceType['tags'] {
  if (system === 'cloudformation') {
    return { path: ['Tags'], list: true };
  }
  return { path: [type.startsWith('google_') ? 'labels' : 'tags'] };
}

function sized(
  property: Property,
  { from, to }: Replacement<number>,
): WantedValue {
  const factor = property.unit === 'MiB' ? MIB_PER_GIB : 1;
  return { property, from: from * factor, to: to * factor };
}

function impossible(
  { property, from, to }: WantedValue,
  type: string,
): PlanRefusal | undefined {
  const name = property.path.filter(step => step !== '*').join('.');
  if (typeof to === 'number') {
    if (!Number.isSafeInteger(to) || to < 1) {
      return refuse('not-supported', `${to} is not a value of ${name}`);
    }
  } else if (!CLOUD_NAME.test(to)) {
    return refuse('not-supported', `'${to}' is not a value of ${name}`);
  }
  if (property.growsOnly && Number(to) < Number(from)) {
    return refuse(
      'not-supported',
      `${name} of ${type} cannot shrink from ${from} to ${to}: storage only grows; less of it needs a new resource and a copy of the data`,
    );
  }
  if (property.effect === 'data-loss') {
    return refuse(
      'not-supported',
      `Another ${name} makes a new ${type} and deletes the old one with its data`,
    );
  }
  if (
    property.family &&
    property.family.exec(String(from))?.[0] !==
      property.family.exec(String(to))?.[0]
  ) {
    return refuse(
      'not-supported',
      `${from} and ${to} belong to different tiers, and the tier beside ${name} would have to change with it`,
    );
  }
  return undefined;
}

function unknown(type: string, what: string): PlanRefusal {
  return refuse('not-supported', `${type} has no ${what} that is known here`);
}

function refuse(code: PlanRefusal['code'], reason: string): PlanRefusal {
  return { kind: 'refused', code, reason };
}
