const BYTE_ORDER_MARK = '\uFEFF';
const BYTE_ORDER_MARK_BYTES = 3;

/** A file's text with the way back from UTF-16 indexes to byte offsets. */
export interface SourceText {
  /** Without the byte order mark, which parsers take for a column. */
  readonly text: string;
  /** All of it. */
  readonly wholeText: string;
  /** Byte offset in the file of an index of `text` that lies between two characters. */
  byteOffset(index: number): number;
}

/** Decodes strict UTF-8; undefined when the bytes are something else. */
export function decodeSource(bytes: Uint8Array): SourceText | undefined {
  let wholeText: string;
  try {
    wholeText = new TextDecoder('utf-8', {
      fatal: true,
      ignoreBOM: true,
    }).decode(bytes);
  } catch {
    return undefined;
  }
  // UTF-16 without other than ASCII letters is valid UTF-8 with zeros in between.
  if (wholeText.includes('\0')) {
    return undefined;
  }
  const hasMark = wholeText.startsWith(BYTE_ORDER_MARK);
  const text = hasMark ? wholeText.slice(1) : wholeText;
  const skipped = hasMark ? BYTE_ORDER_MARK_BYTES : 0;
  return {
    text,
    wholeText,
    byteOffset: index =>
      skipped + Buffer.byteLength(text.slice(0, index), 'utf8'),
  };
}
