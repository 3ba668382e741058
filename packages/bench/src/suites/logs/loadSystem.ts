import { readCsv } from '../../readCsv';

/** Lines of one system with the event that wrote each. */
export interface LabelledLines {
  readonly content: readonly string[];
  readonly events: readonly string[];
  /** Corrected templates, where the file has them for every line. */
  readonly corrected?: readonly string[];
  /** Rows without an event or unreadable. */
  readonly bad: number;
}

/**
 * Reads `Content`, `EventId` and, where present, `EventTemplateCorrected` in the order of the file.
 *
 * @throws Error when one of the first two columns is missing.
 */
export async function loadSystem(path: string): Promise<LabelledLines> {
  const content: string[] = [];
  const events: string[] = [];
  const corrected: string[] = [];
  let columns:
    | { content: number; event: number; corrected: number }
    | undefined;
  let bad = 0;
  const { skipped } = await readCsv(path, cells => {
    if (!columns) {
      columns = {
        content: cells.indexOf('Content'),
        event: cells.indexOf('EventId'),
        corrected: cells.indexOf('EventTemplateCorrected'),
      };
      if (columns.content < 0 || columns.event < 0) {
        throw new Error("it has no columns 'Content' and 'EventId'");
      }
      return;
    }
    const event = cells[columns.event];
    if (!event) {
      bad += 1;
      return;
    }
    content.push(cells[columns.content] ?? '');
    events.push(event);
    const template = cells[columns.corrected];
    if (template) {
      corrected.push(template);
    }
  });
  return {
    content,
    events,
    ...(corrected.length > 0 && corrected.length === events.length
      ? { corrected }
      : {}),
    bad: bad + skipped,
  };
}
