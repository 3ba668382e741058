import {
  createTemplateMiner,
  TemplateMinerOptions,
} from './createTemplateMiner';

/** @public */
export interface MinedTemplates {
  /** For each line the index of its template. */
  readonly templateIds: Int32Array;
  /** Texts with `<*>` for values, in the order of the first line of each. */
  readonly templates: readonly string[];
}

/**
 * Finds the templates of log lines: lines of one event have the same id, whatever their values.
 * One configuration for all systems. For a stream see {@link createTemplateMiner}, which this runs.
 *
 * @public
 */
export function mineTemplates(
  lines: Iterable<string>,
  options: TemplateMinerOptions = {},
): MinedTemplates {
  const miner = createTemplateMiner(options);
  const ids: number[] = [];
  for (const line of lines) {
    ids.push(miner.add(line));
  }
  miner.merge();
  const indices = new Map<number, number>();
  const templates: string[] = [];
  const templateIds = Int32Array.from(ids, id => {
    const root = miner.resolve(id);
    let index = indices.get(root);
    if (index === undefined) {
      index = templates.length;
      indices.set(root, index);
      templates.push(miner.template(root));
    }
    return index;
  });
  return { templateIds, templates };
}
