import { RE2JS } from '@bufbuild/re2';

const MAX_PATTERN_LENGTH = 1_000;
const MAX_CACHED_PATTERNS = 200;
const COMPARISONS_PER_STEP = 1_000;

/**
 * Regular expressions in RE2 syntax, in time linear in text times pattern: JavaScript's own engine
 * needs 17 seconds for `^(a+)+$` on 28 characters.
 */
export class RegularExpressions {
  readonly #compiled = new Map<string, RE2JS>();

  /** Throws on a pattern RE2 does not take, or one of more than 1,000 characters. */
  compile(pattern: string): RE2JS {
    const known = this.#compiled.get(pattern);
    if (known) {
      return known;
    }
    if (pattern.length > MAX_PATTERN_LENGTH) {
      throw new Error(
        `a regular expression may have ${MAX_PATTERN_LENGTH} characters, not ${pattern.length}`,
      );
    }
    const compiled = RE2JS.compile(pattern);
    if (this.#compiled.size >= MAX_CACHED_PATTERNS) {
      this.#compiled.clear();
    }
    this.#compiled.set(pattern, compiled);
    return compiled;
  }

  /** Whether the pattern matches any part of the text. */
  test(text: string, pattern: string): boolean {
    return this.compile(pattern).test(text);
  }
}

/** Budget steps one match costs. */
export function stepsOfMatch(text: string, pattern: string): number {
  return 1 + Math.ceil((text.length * pattern.length) / COMPARISONS_PER_STEP);
}
