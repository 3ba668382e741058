/** An attribute of Terraform code: where it stands and its text, as it is written. */
export interface ScannedAttribute {
  /** Types and labels of the blocks around it and its name: `resource aws_instance web / instance_type`. */
  readonly place: string;
  readonly text: string;
}

/**
 * Reads the attributes of Terraform code with a scanner of its own: blocks by their braces, expressions up
 * to the end of their line outside of brackets, strings, comments and heredocs. It evaluates nothing.
 * Throws where brackets do not match.
 */
export function scanAttributes(text: string): ScannedAttribute[] {
  const found: ScannedAttribute[] = [];
  const blocks: string[] = [];
  let at = text.startsWith('\uFEFF') ? 1 : 0;
  for (;;) {
    at = skipSpace(text, at);
    if (at >= text.length) {
      break;
    }
    if (text[at] === '}') {
      if (blocks.pop() === undefined) {
        throw new Error(`A brace closes nothing at ${at}`);
      }
      at += 1;
      continue;
    }
    const words: string[] = [];
    while (at < text.length && text[at] !== '=' && text[at] !== '{') {
      const end =
        text[at] === '"' ? endOfString(text, at) : endOfWord(text, at);
      words.push(text.slice(at, end).replaceAll('"', ''));
      at = skipSpace(text, end);
    }
    if (text[at] === '{') {
      blocks.push(words.join(' '));
      at += 1;
      continue;
    }
    const start = skipBlanks(text, at + 1);
    at = endOfExpression(text, start);
    found.push({
      place: [...blocks, words.join(' ')].join(' / '),
      text: text.slice(start, at).trim(),
    });
  }
  if (blocks.length > 0) {
    throw new Error(`${blocks.join(' / ')} is not closed`);
  }
  return found;
}

function skipBlanks(text: string, from: number): number {
  let at = from;
  while (text[at] === ' ' || text[at] === '\t') {
    at += 1;
  }
  return at;
}

function skipSpace(text: string, from: number): number {
  let at = from;
  for (;;) {
    const end = endOfComment(text, at);
    if (end !== at) {
      at = end;
    } else if (at < text.length && /\s/.test(text[at])) {
      at += 1;
    } else {
      return at;
    }
  }
}

function endOfComment(text: string, at: number): number {
  if (text[at] === '#' || text.startsWith('//', at)) {
    const end = text.indexOf('\n', at);
    return end === -1 ? text.length : end;
  }
  if (text.startsWith('/*', at)) {
    const end = text.indexOf('*/', at + 2);
    return end === -1 ? text.length : end + 2;
  }
  return at;
}

function endOfWord(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && /[^\s={}"#/]/.test(text[at])) {
    at += 1;
  }
  return at;
}

function endOfString(text: string, from: number): number {
  let at = from + 1;
  while (at < text.length && text[at] !== '"') {
    if (text[at] === '\\') {
      at += 2;
    } else if (
      (text.startsWith('${', at) || text.startsWith('%{', at)) &&
      text[at - 1] !== text[at]
    ) {
      at = endOfTemplate(text, at + 2);
    } else {
      at += 1;
    }
  }
  return at + 1;
}

function endOfTemplate(text: string, from: number): number {
  let depth = 1;
  let at = from;
  while (at < text.length && depth > 0) {
    if (text[at] === '"') {
      at = endOfString(text, at);
      continue;
    }
    depth += text[at] === '{' ? 1 : 0;
    depth -= text[at] === '}' ? 1 : 0;
    at += 1;
  }
  return at;
}

function endOfExpression(text: string, from: number): number {
  let depth = 0;
  let at = from;
  while (at < text.length) {
    const comment = endOfComment(text, at);
    if (comment !== at) {
      if (depth === 0 && !text.startsWith('/*', at)) {
        return at;
      }
      at = comment;
    } else if (text[at] === '"') {
      at = endOfString(text, at);
    } else if (text.startsWith('<<', at)) {
      at = endOfHeredoc(text, at);
    } else if ('([{'.includes(text[at])) {
      depth += 1;
      at += 1;
    } else if (')]}'.includes(text[at])) {
      if (depth === 0) {
        return at;
      }
      depth -= 1;
      at += 1;
    } else if (text[at] === '\n' && depth === 0) {
      return at;
    } else {
      at += 1;
    }
  }
  return at;
}

function endOfHeredoc(text: string, from: number): number {
  const [, word] = /^<<-?([^\s]+)/.exec(text.slice(from, from + 100)) ?? [];
  if (word === undefined) {
    return from + 2;
  }
  let line = text.indexOf('\n', from);
  while (line !== -1) {
    const next = text.indexOf('\n', line + 1);
    const end = next === -1 ? text.length : next;
    if (text.slice(line + 1, end).trim() === word) {
      return end;
    }
    line = next;
  }
  return text.length;
}
