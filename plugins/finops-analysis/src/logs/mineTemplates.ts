import { createTemplateMiner, TemplateMinerOptions } from './templateMiner';

/** @public */
export interface MinedTemplates {
  /** For each line the index of its template. */
  readonly templateIds: Int32Array;
  /** Words of each template with `<*>` for what varies, in order of their first line. */
  readonly templates: readonly string[];
}

/**
 * The message that each of the lines came from, in bounded memory beside the result.
 *
 * @public
 */
export function mineTemplates(
  lines: Iterable<string>,
  options: TemplateMinerOptions = {},
): MinedTemplates {
  const miner = createTemplateMiner(options);
  const raw: number[] = [];
  for (const line of lines) {
    raw.push(miner.add(line));
  }
  const indices = new Map<number, number>();
  const templates: string[] = [];
  const templateIds = Int32Array.from(raw, template => {
    const final = miner.resolve(template);
    let index = indices.get(final);
    if (index === undefined) {
      index = templates.length;
      indices.set(final, index);
      templates.push(miner.text(final));
    }
    return index;
  });
  return { templateIds, templates };
}
