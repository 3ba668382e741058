import type { ValuePath } from './value';

/** Where a piece of what a chart writes comes from. */
export type Origin =
  | { readonly kind: 'value'; readonly path: ValuePath }
  /** Stands in the template itself. */
  | {
      readonly kind: 'literal';
      readonly file: string;
      readonly start: number;
      readonly end: number;
    }
  | { readonly kind: 'unknown'; readonly why: string };

/**
 * Characters for private use frame what comes from elsewhere, so that it is still known after the text
 * was joined, indented and quoted: `OPEN id MIDDLE text CLOSE`.
 */
const OPEN = '\uE000';
const MIDDLE = '\uE001';
const CLOSE = '\uE002';
const ANY_MARK = /[\uE000-\uE002]/;
const WHOLE = /^\uE000([0-9a-z]+)\uE001([^\uE000-\uE002]*)\uE002$/;
const MAP_MARK = /^\uE000([0-9a-z]+)\uE001\uE002$/;
const FRAMES = /\uE000[0-9a-z]+\uE001|\uE002/g;
/** The entry that tells where a written map comes from. */
const MAP_LINE = /[ \t]*\uE000[0-9a-z]+\uE001\uE002: 0\n?/g;

/** The origins of one rendering. */
export class Marks {
  readonly #origins: Origin[] = [];

  frame(origin: Origin, text: string): string {
    return `${this.#open(origin)}${text}${CLOSE}`;
  }

  /** Key of an entry that stands for the map it is in. */
  mapKey(path: ValuePath): string {
    return this.frame({ kind: 'value', path }, '');
  }

  /** Text without frames, and its origin where one frame holds all of it. */
  read(text: string): { readonly text: string; readonly origin?: Origin } {
    const whole = WHOLE.exec(text);
    return whole
      ? { text: whole[2], origin: this.#origins[parseInt(whole[1], 36)] }
      : { text: withoutMarks(text) };
  }

  /** The map's origin when a key is one that {@link mapKey} made. */
  readMapKey(key: string): Origin | undefined {
    const mark = MAP_MARK.exec(key);
    return mark ? this.#origins[parseInt(mark[1], 36)] : undefined;
  }

  /** Whether something in it is not known. */
  hasUnknown(text: string): boolean {
    return [...text.matchAll(/\uE000([0-9a-z]+)\uE001/g)].some(
      ([, id]) => this.#origins[parseInt(id, 36)]?.kind === 'unknown',
    );
  }

  /** The same for texts that say the same of the same origins. */
  keyOf(text: string): string {
    return `${text}\n${JSON.stringify(this.#origins)}`;
  }

  /** Takes away lines that hold nothing but what is not known: they may be any number of lines. */
  withoutHoles(text: string): string {
    return text
      .split('\n')
      .filter(line => {
        const bare = line.trim();
        return !(
          WHOLE.test(bare) && this.read(bare).origin?.kind === 'unknown'
        );
      })
      .join('\n');
  }

  #open(origin: Origin): string {
    this.#origins.push(origin);
    return `${OPEN}${(this.#origins.length - 1).toString(36)}${MIDDLE}`;
  }
}

/** Text as the chart itself would write it. */
export function withoutMarks(text: string): string {
  return ANY_MARK.test(text)
    ? text.replace(MAP_LINE, '').replace(FRAMES, '')
    : text;
}

export function hasMarks(text: string): boolean {
  return ANY_MARK.test(text);
}
