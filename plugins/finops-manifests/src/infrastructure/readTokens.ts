import { createScanner } from 'jsonc-parser';
import { Lexer } from 'yaml';
import { parseJsonData, parseYamlData } from './data/dataNode';
import { parseHcl } from './terraform/hcl';
import { parseJsonVariables } from './terraform/jsonVariables';
import type { Token } from './types';

/** Of `SyntaxKind`, which exists for the compiler alone. */
const LINE_BREAK = 14;
const WHITE_SPACE = 15;
const END_OF_FILE = 17;

/** What the lexer of YAML puts in between, to stand for no text: a document, an end, a scalar. */
const LEXER_MARKS = ['\u0002', '\u0018', '\u001f'];

/** The leaves of a file's syntax tree, white space not included; undefined = it cannot be parsed. */
export async function readTokens(
  path: string,
  text: string,
): Promise<readonly Token[] | undefined> {
  if (/\.(tf|tfvars)$/.test(path)) {
    const file = await parseHcl(text);
    return file.kind === 'hcl' ? file.tokens : undefined;
  }
  if (path.endsWith('.tfvars.json')) {
    return parseJsonVariables(text).kind === 'hcl'
      ? jsonTokens(text)
      : undefined;
  }
  const isJson = /\.jsonc?$/.test(path);
  const parsed = isJson ? parseJsonData(text) : parseYamlData(text);
  if (parsed.kind !== 'data') {
    return undefined;
  }
  return isJson ? jsonTokens(text) : yamlTokens(text);
}

function jsonTokens(text: string): Token[] {
  const scanner = createScanner(text, false);
  const tokens: Token[] = [];
  const next = () => Number(scanner.scan());
  for (let kind = next(); kind !== END_OF_FILE; kind = next()) {
    const start = scanner.getTokenOffset();
    const end = start + scanner.getTokenLength();
    if (kind !== WHITE_SPACE && kind !== LINE_BREAK) {
      tokens.push({
        type: String(kind),
        text: text.slice(start, end),
        start,
        end,
      });
    }
  }
  return tokens;
}

function yamlTokens(text: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  for (const lexeme of new Lexer().lex(text)) {
    const isMark = LEXER_MARKS.includes(lexeme);
    if (!isMark) {
      if (lexeme.trim() !== '') {
        tokens.push({
          type: 'lexeme',
          text: lexeme,
          start: at,
          end: at + lexeme.length,
        });
      }
      at += lexeme.length;
    }
  }
  return tokens;
}
