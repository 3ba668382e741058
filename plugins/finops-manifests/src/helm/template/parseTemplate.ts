/** What stops a template from being read or carried out; told to people as the reason of a refusal. */
export class TemplateError extends Error {
  readonly name = 'TemplateError';
}

/** A pipeline of an action: commands, each the last argument of the next. */
export interface Pipeline {
  readonly declares: readonly string[];
  /** `=` instead of `:=`. */
  readonly assigns: boolean;
  readonly commands: readonly (readonly Operand[])[];
}

export type Operand =
  | { readonly kind: 'dot' }
  | { readonly kind: 'nil' }
  | { readonly kind: 'literal'; readonly value: string | number | boolean }
  | { readonly kind: 'function'; readonly name: string }
  | { readonly kind: 'variable'; readonly name: string }
  | { readonly kind: 'pipeline'; readonly pipeline: Pipeline }
  | {
      readonly kind: 'field';
      readonly of: Operand;
      readonly keys: readonly string[];
    };

export type TemplateNode =
  | {
      readonly kind: 'text';
      readonly text: string;
      /** Index of its first character in the file. */
      readonly start: number;
    }
  | {
      readonly kind: 'output';
      readonly pipeline: Pipeline;
      readonly start: number;
    }
  | {
      readonly kind: 'if' | 'with' | 'range';
      readonly pipeline: Pipeline;
      readonly body: readonly TemplateNode[];
      readonly otherwise: readonly TemplateNode[];
      readonly start: number;
    }
  | {
      readonly kind: 'template';
      readonly name: string;
      readonly pipeline?: Pipeline;
      readonly start: number;
    }
  | { readonly kind: 'break' | 'continue' };

/** A template file: what it writes, and the named templates that it defines. */
export interface ParsedTemplate {
  readonly nodes: readonly TemplateNode[];
  readonly defines: ReadonlyMap<string, readonly TemplateNode[]>;
}

interface Token {
  readonly kind:
    | 'word'
    | 'field'
    | 'variable'
    | 'string'
    | 'number'
    | 'symbol'
    | 'dot';
  readonly text: string;
  /** Nothing stands between it and the token before. */
  readonly joined: boolean;
}

const TOKEN =
  /(?<space>\s+)|(?<string>"(?:[^"\\\n]|\\.)*")|(?<raw>`[^`]*`)|(?<char>'(?:[^'\\\n]|\\.)+')|(?<number>[+-]?(?:0[xX][0-9a-fA-F]+|\d[\d_]*(?:\.\d+)?(?:[eE][+-]?\d+)?))|(?<variable>\$[\p{L}\p{N}_]*)|(?<field>\.[\p{L}_][\p{L}\p{N}_]*)|(?<dot>\.)|(?<word>[\p{L}_][\p{L}\p{N}_]*)|(?<symbol>:=|[=|(),])/uy;

const MAX_DEPTH = 200;

type Piece =
  | { readonly kind: 'text'; readonly text: string; readonly start: number }
  | { readonly kind: 'action'; readonly body: string; readonly start: number };

class TokenReader {
  #at = 0;
  constructor(private readonly tokens: readonly Token[]) {}

  peek(ahead = 0): Token | undefined {
    return this.tokens[this.#at + ahead];
  }

  next(): Token {
    const token = this.tokens[this.#at];
    if (!token) {
      throw new TemplateError('an action ends too early');
    }
    this.#at += 1;
    return token;
  }

  string(): string {
    const token = this.next();
    if (token.kind !== 'string') {
      throw new TemplateError(`'${token.text}' is not a name`);
    }
    return token.text;
  }

  takes(symbol: string): boolean {
    const token = this.peek();
    if (token?.kind === 'symbol' && token.text === symbol) {
      this.#at += 1;
      return true;
    }
    return false;
  }
}

/**
 * Parses a Go template (`text/template`) as Helm reads it; throws {@link TemplateError} where it is not one.
 * Source: pkg.go.dev/text/template.
 */
export function parseTemplate(source: string): ParsedTemplate {
  const pieces = split(source);
  const defines = new Map<string, readonly TemplateNode[]>();
  let at = 0;
  const { nodes, ender } = parseList(0);
  if (ender) {
    throw new TemplateError(`'${ender.word}' without a beginning`);
  }
  return { nodes, defines };

  function parseList(depth: number): {
    nodes: TemplateNode[];
    ender?: { word: string; rest: TokenReader };
  } {
    if (depth > MAX_DEPTH) {
      throw new TemplateError('it is nested too deep');
    }
    const list: TemplateNode[] = [];
    while (at < pieces.length) {
      const piece = pieces[at];
      at += 1;
      if (piece.kind === 'text') {
        list.push(piece);
        continue;
      }
      const { start } = piece;
      const reader = new TokenReader(tokensOf(piece.body));
      const word = reader.peek()?.kind === 'word' ? reader.peek()!.text : '';
      switch (word) {
        case 'end':
        case 'else':
          reader.next();
          return { nodes: list, ender: { word, rest: reader } };
        case 'break':
        case 'continue':
          list.push({ kind: word });
          break;
        case 'if':
        case 'with':
        case 'range':
          reader.next();
          list.push(parseControl(word, reader, start, depth));
          break;
        case 'define':
        case 'block': {
          reader.next();
          const name = reader.string();
          const pipeline = word === 'block' ? parsePipeline(reader) : undefined;
          const body = parseList(depth + 1);
          if (body.ender?.word !== 'end') {
            throw new TemplateError(`the definition of ${name} does not end`);
          }
          defines.set(name, body.nodes);
          if (word === 'block') {
            list.push({ kind: 'template', name, pipeline, start });
          }
          break;
        }
        case 'template': {
          reader.next();
          const name = reader.string();
          const pipeline = reader.peek() ? parsePipeline(reader) : undefined;
          list.push({ kind: 'template', name, pipeline, start });
          break;
        }
        default:
          if (reader.peek()) {
            list.push({
              kind: 'output',
              pipeline: parsePipeline(reader),
              start,
            });
          }
      }
    }
    return { nodes: list };
  }

  function parseControl(
    kind: 'if' | 'with' | 'range',
    reader: TokenReader,
    start: number,
    depth: number,
  ): TemplateNode {
    const pipeline = parsePipeline(reader, kind === 'range');
    const body = parseList(depth + 1);
    let otherwise: readonly TemplateNode[] = [];
    if (body.ender?.word === 'else') {
      const { rest } = body.ender;
      const next = rest.peek();
      if (
        next?.kind === 'word' &&
        (next.text === 'if' || next.text === 'with')
      ) {
        rest.next();
        // `else if` shares the end of the whole.
        otherwise = [parseControl(next.text, rest, start, depth + 1)];
        return { kind, pipeline, body: body.nodes, otherwise, start };
      }
      const other = parseList(depth + 1);
      if (other.ender?.word !== 'end') {
        throw new TemplateError(`'${kind}' does not end`);
      }
      otherwise = other.nodes;
    } else if (!body.ender) {
      throw new TemplateError(`'${kind}' does not end`);
    }
    return { kind, pipeline, body: body.nodes, otherwise, start };
  }
}

/** Text and actions, with the space that `{{-` and `-}}` take away already gone. */
function split(source: string): Piece[] {
  const pieces: Piece[] = [];
  let at = 0;
  let trimNext = false;
  while (at <= source.length) {
    const open = source.indexOf('{{', at);
    const textEnd = open === -1 ? source.length : open;
    const trimEnd =
      open !== -1 && /^\{\{-\s/.test(source.slice(open, open + 4));
    let text = source.slice(at, textEnd);
    let start = at;
    if (trimNext) {
      const kept = text.trimStart();
      start += text.length - kept.length;
      text = kept;
    }
    if (trimEnd) {
      text = text.trimEnd();
    }
    if (text !== '') {
      pieces.push({ kind: 'text', text, start });
    }
    if (open === -1) {
      break;
    }
    const inner = open + 2 + (trimEnd ? 1 : 0);
    const comment = /^\s*\/\*/.exec(source.slice(inner, inner + 64));
    let close: number;
    if (comment) {
      const commentEnd = source.indexOf('*/', inner);
      close = commentEnd === -1 ? -1 : source.indexOf('}}', commentEnd);
    } else {
      close = endOfAction(source, inner);
    }
    if (close === -1) {
      throw new TemplateError('an action is not closed');
    }
    trimNext = /\s-$/.test(source.slice(close - 2, close));
    if (!comment) {
      pieces.push({
        kind: 'action',
        body: source.slice(inner, trimNext ? close - 1 : close),
        start: open,
      });
    }
    at = close + 2;
  }
  return pieces;
}

/** Quoted text may hold braces. */
function endOfAction(source: string, from: number): number {
  const scan = /"(?:[^"\\\n]|\\.)*"|`[^`]*`|\}\}/g;
  scan.lastIndex = from;
  for (let found = scan.exec(source); found; found = scan.exec(source)) {
    if (found[0] === '}}') {
      return found.index;
    }
  }
  return -1;
}

function tokensOf(body: string): Token[] {
  const tokens: Token[] = [];
  let joined = false;
  let at = 0;
  while (at < body.length) {
    TOKEN.lastIndex = at;
    const groups = TOKEN.exec(body)?.groups;
    if (!groups) {
      throw new TemplateError(`'${body.slice(at, at + 20)}' is not understood`);
    }
    const [name, text] = Object.entries(groups).find(
      ([, value]) => value !== undefined,
    ) as [string, string];
    at += text.length;
    if (name === 'space') {
      joined = false;
      continue;
    }
    tokens.push({ ...tokenOf(name, text), joined });
    joined = true;
  }
  return tokens;
}

function tokenOf(name: string, text: string): Omit<Token, 'joined'> {
  switch (name) {
    case 'string':
      return { kind: 'string', text: unquoted(text) };
    case 'raw':
      return { kind: 'string', text: text.slice(1, -1) };
    case 'char':
      return {
        kind: 'number',
        text: String(text.slice(1, -1).codePointAt(0) ?? 0),
      };
    default:
      return { kind: name as Token['kind'], text };
  }
}

function unquoted(text: string): string {
  try {
    return JSON.parse(
      text.replace(/\\(.)/g, (whole, letter: string) => {
        switch (letter) {
          case 'a':
            return '\\u0007';
          case 'v':
            return '\\u000b';
          case "'":
            return "'";
          default:
            return whole;
        }
      }),
    ) as string;
  } catch {
    throw new TemplateError(`${text} is not understood`);
  }
}

function parsePipeline(
  reader: TokenReader,
  isRange = false,
  nested = false,
): Pipeline {
  const declares: string[] = [];
  let assigns = false;
  if (reader.peek()?.kind === 'variable') {
    const [second, third, fourth] = [1, 2, 3].map(ahead => reader.peek(ahead));
    const isSymbol = (token: Token | undefined, ...texts: string[]) =>
      token?.kind === 'symbol' && texts.includes(token.text);
    if (isSymbol(second, ':=', '=')) {
      declares.push(reader.next().text);
      assigns = reader.next().text === '=';
    } else if (
      isRange &&
      isSymbol(second, ',') &&
      third?.kind === 'variable' &&
      isSymbol(fourth, ':=', '=')
    ) {
      declares.push(reader.next().text);
      reader.next();
      declares.push(reader.next().text);
      assigns = reader.next().text === '=';
    }
  }
  const commands: Operand[][] = [];
  for (;;) {
    const command: Operand[] = [];
    for (
      let token = reader.peek();
      token && !(token.kind === 'symbol' && [')', '|'].includes(token.text));
      token = reader.peek()
    ) {
      command.push(parseOperand(reader));
    }
    if (command.length === 0) {
      throw new TemplateError('an action says nothing');
    }
    commands.push(command);
    if (!reader.takes('|')) {
      break;
    }
  }
  if (!nested && reader.peek()) {
    throw new TemplateError(`'${reader.peek()!.text}' is not expected`);
  }
  return { declares, assigns, commands };
}

function parseOperand(reader: TokenReader): Operand {
  const token = reader.next();
  let operand: Operand;
  switch (token.kind) {
    case 'dot':
      operand = { kind: 'dot' };
      break;
    case 'field':
      operand = {
        kind: 'field',
        of: { kind: 'dot' },
        keys: [token.text.slice(1)],
      };
      break;
    case 'variable':
      operand = { kind: 'variable', name: token.text };
      break;
    case 'string':
      return { kind: 'literal', value: token.text };
    case 'number':
      return {
        kind: 'literal',
        value: Number(token.text.replaceAll('_', '')),
      };
    case 'word':
      switch (token.text) {
        case 'true':
        case 'false':
          return { kind: 'literal', value: token.text === 'true' };
        case 'nil':
          return { kind: 'nil' };
        default:
          operand = { kind: 'function', name: token.text };
      }
      break;
    default:
      if (token.text !== '(') {
        throw new TemplateError(`'${token.text}' is not expected`);
      }
      operand = {
        kind: 'pipeline',
        pipeline: parsePipeline(reader, false, true),
      };
      if (!reader.takes(')')) {
        throw new TemplateError('a bracket is not closed');
      }
  }
  const keys: string[] = [];
  for (
    let next = reader.peek();
    next?.kind === 'field' && next.joined;
    next = reader.peek()
  ) {
    keys.push(reader.next().text.slice(1));
  }
  if (keys.length === 0) {
    return operand;
  }
  return operand.kind === 'field'
    ? { ...operand, keys: [...operand.keys, ...keys] }
    : { kind: 'field', of: operand, keys };
}
