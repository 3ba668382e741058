import type { NotManaged, SitePlace } from '../types';
import { valueAt } from './mergeValues';
import type { ReleaseIndex, ValueLayer } from './releases';
import type { ValuePath } from './template/value';

/** Who may be edited. */
export interface PlaceRules {
  readonly allowSharedBase: boolean;
  /** The one file that may be edited. */
  readonly only?: string;
}

/**
 * The place where a value is edited: the layer that decides about it, or, when others share that one, the
 * nearest one above it that is for this release only. A value that nothing sets is added where most of the
 * way to it is there.
 */
export function placeOfValue(
  path: ValuePath,
  layers: readonly ValueLayer[],
  index: ReleaseIndex,
  rules: PlaceRules,
):
  | {
      readonly kind: 'place';
      readonly place: SitePlace;
      readonly layer: ValueLayer;
    }
  | NotManaged {
  const { allowSharedBase, only } = rules;
  const isOwn = (layer: ValueLayer) =>
    allowSharedBase || index.usersOf(layer).size <= 1;
  const setting = layers.findLastIndex(
    layer => saidBy(layer, path) !== undefined,
  );
  const opaque = layers.findLastIndex(({ kind }) => kind === 'opaque');
  const canTake = (layer: ValueLayer, position: number) =>
    layer.fixed === undefined &&
    isOwn(layer) &&
    position > opaque &&
    (only === undefined || layer.path === only) &&
    relative(layer, path) !== undefined &&
    (layer.kind !== 'parameters' || position === setting);
  const decides = layers[setting];
  if (decides && canTake(decides, setting)) {
    return placed(decides, path);
  }
  const isInList = path.some(key => typeof key === 'number');
  const above = layers
    .map((layer, position) => ({ layer, position }))
    .filter(
      ({ layer, position }) =>
        position > setting && !isInList && canTake(layer, position),
    );
  const best = Math.max(...above.map(({ layer }) => reach(layer, path)));
  const nearest = above.find(({ layer }) => reach(layer, path) === best);
  if (nearest) {
    return placed(nearest.layer, path);
  }
  const name = path.join('.');
  if (opaque > setting && layers[opaque].fixed) {
    return refuse(
      'not-supported',
      `${name} may be set by what is not told: ${layers[opaque].fixed}`,
    );
  }
  if (only !== undefined && decides?.path !== only) {
    return refuse(
      'value-not-found',
      `${only} does not set ${name} and is not laid over ${
        decides?.path ?? 'anything'
      }`,
    );
  }
  if (decides && !isOwn(decides)) {
    const users = [...index.usersOf(decides)].sort();
    return refuse(
      'shared-base',
      `${decides.path} sets ${name} for ${users.length} releases (${users
        .slice(0, 10)
        .join(', ')}), and there is no place for this one alone`,
    );
  }
  return decides?.fixed
    ? refuse(
        'not-supported',
        `${decides.path} sets ${name}, but ${decides.fixed}`,
      )
    : refuse('value-not-found', `There is no file of values for ${name}`);
}

/** A value's path from where a layer is laid. */
function relative(layer: ValueLayer, path: ValuePath): ValuePath | undefined {
  return layer.mount.every((key, index) => path[index] === key)
    ? path.slice(layer.mount.length)
    : undefined;
}

/** What a layer says of a value; null takes a value away, which is as if nothing was said. */
function saidBy(layer: ValueLayer, path: ValuePath): unknown {
  const rest = relative(layer, path);
  const value = rest && valueAt(layer.values, rest);
  return value === null ? undefined : value;
}

/** How much of the way to a value a layer has. */
function reach(layer: ValueLayer, path: ValuePath): number {
  let length = path.length;
  while (length > 0 && saidBy(layer, path.slice(0, length)) === undefined) {
    length -= 1;
  }
  return length;
}

function placed(
  layer: ValueLayer,
  path: ValuePath,
): {
  readonly kind: 'place';
  readonly place: SitePlace;
  readonly layer: ValueLayer;
} {
  const {
    path: file,
    documentIndex,
    keys,
    isEmbedded,
    parameters,
    holder,
  } = layer;
  const rest = relative(layer, path)!;
  const position = parameters?.get(JSON.stringify(rest));
  let place: SitePlace = {
    path: file,
    documentIndex,
    keys: [...keys, ...rest],
    holder,
  };
  if (position !== undefined) {
    place = {
      path: file,
      documentIndex,
      keys: [...keys, position, 'value'],
      holder,
    };
  } else if (isEmbedded) {
    place = { path: file, documentIndex, keys, embeddedKeys: rest, holder };
  }
  return { kind: 'place', place, layer };
}

function refuse(code: NotManaged['code'], reason: string): NotManaged {
  return { kind: 'not-managed', code, reason };
}
