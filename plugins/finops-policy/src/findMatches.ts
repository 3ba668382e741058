import { RE2JS } from '@bufbuild/re2';

type Program = ReturnType<RE2JS['re2']>['prog'];

/** Instructions of a compiled pattern, by their numbers in `@bufbuild/re2` (pinned). */
const ALT = 1;
const ALT_MATCH = 2;
const CAPTURE = 3;
const EMPTY_WIDTH = 4;
const MATCH = 6;
const NOP = 7;
const RUNE = 8;

const BEGIN_LINE = 1;
const END_LINE = 2;
const BEGIN_TEXT = 4;
const END_TEXT = 8;
const WORD_BOUNDARY = 16;
const NO_WORD_BOUNDARY = 32;
const NEWLINE = 10;

const VISITS_PER_STEP = 1_000;

/**
 * The parts of a text that match, leftmost and without overlaps, as Go's `FindAllString` gives them. The
 * library of linear-time expressions says only whether a pattern matches; its compiled program is run here
 * by the method of Thompson and Pike, in time text times pattern for each part.
 *
 * `spend` is told of the work as it is done. Source: https://swtch.com/~rsc/regexp/regexp2.html
 */
export function findMatches(
  pattern: RE2JS,
  text: string,
  limit: number,
  spend: (steps: number) => void,
): string[] {
  const { prog } = pattern.re2();
  const found: string[] = [];
  let from = 0;
  let lastEnd = -1;
  while (found.length < limit && from <= text.length) {
    const match = findFrom(prog, text, from, spend);
    if (!match) {
      break;
    }
    const [start, end] = match;
    // Nothing at the very end of the part before is no part of its own.
    if (end > start || end !== lastEnd) {
      found.push(text.slice(start, end));
    }
    lastEnd = end;
    from = end > start ? end : end + widthAt(text, end);
  }
  return found;
}

/** A way through the pattern: where it stands and where it began. */
interface Thread {
  readonly instruction: number;
  readonly start: number;
}

function findFrom(
  program: Program,
  text: string,
  from: number,
  spend: (steps: number) => void,
): readonly [number, number] | undefined {
  let current: Thread[] = [];
  let match: readonly [number, number] | undefined;
  let visits = 0;
  for (let at = from; ; at += widthAt(text, at)) {
    const context = contextAt(text, at);
    const seen = new Set<number>();
    const ready: Thread[] = [];
    // In the order of preference: those that began before come first.
    for (const { instruction, start } of current) {
      follow(program, instruction, start, context, seen, ready);
    }
    if (!match) {
      follow(program, program.start, at, context, seen, ready);
    }
    visits += seen.size + 1;
    if (visits >= VISITS_PER_STEP) {
      spend(Math.floor(visits / VISITS_PER_STEP));
      visits %= VISITS_PER_STEP;
    }
    const rune = text.codePointAt(at);
    const next: Thread[] = [];
    for (const { instruction, start } of ready) {
      const { op, out } = program.getInst(instruction);
      if (op === MATCH) {
        match = [start, at];
        break;
      }
      if (rune !== undefined && program.getInst(instruction).matchRune(rune)) {
        next.push({ instruction: out, start });
      }
    }
    if (rune === undefined || (match && next.length === 0)) {
      return match;
    }
    current = next;
  }
}

/** Goes on from an instruction to those that take a character or end the match. */
function follow(
  program: Program,
  first: number,
  start: number,
  context: number,
  seen: Set<number>,
  ready: Thread[],
) {
  const pending = [first];
  while (pending.length > 0) {
    const instruction = pending.pop()!;
    if (seen.has(instruction)) {
      continue;
    }
    seen.add(instruction);
    const { op, out, arg } = program.getInst(instruction);
    switch (op) {
      case ALT:
      case ALT_MATCH:
        pending.push(arg, out);
        break;
      case NOP:
      case CAPTURE:
        pending.push(out);
        break;
      case EMPTY_WIDTH:
        if ((arg & ~context) === 0) {
          pending.push(out);
        }
        break;
      default:
        if (op === MATCH || op >= RUNE) {
          ready.push({ instruction, start });
        }
    }
  }
}

/** Which conditions without a width hold between the characters at a position. */
function contextAt(text: string, at: number): number {
  const before = at > 0 ? text.charCodeAt(at - 1) : -1;
  const after = at < text.length ? text.charCodeAt(at) : -1;
  const isBoundary = isWord(before) !== isWord(after);
  return (
    (before < 0 ? BEGIN_TEXT | BEGIN_LINE : 0) |
    (before === NEWLINE ? BEGIN_LINE : 0) |
    (after < 0 ? END_TEXT | END_LINE : 0) |
    (after === NEWLINE ? END_LINE : 0) |
    (isBoundary ? WORD_BOUNDARY : NO_WORD_BOUNDARY)
  );
}

function isWord(code: number): boolean {
  return code >= 0 && /\w/.test(String.fromCharCode(code));
}

function widthAt(text: string, at: number): number {
  return (text.codePointAt(at) ?? 0) > 0xffff ? 2 : 1;
}
