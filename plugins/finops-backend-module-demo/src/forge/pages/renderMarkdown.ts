import MarkdownIt from 'markdown-it';
import { Html } from './html';

/** The only HTML let through, each alone on its line, as folded evidence is written. */
const FOLD_LINE =
  /^\s*(<details(?: open)?>|<\/details>)?\s*(?:<summary>(.*?)<\/summary>)?\s*$/;
const COMMENT = /<!--[\s\S]*?-->/g;

/** Markdown of a pull request as markup; any HTML besides `details` and `summary` shows as text. */
export function renderMarkdown(source: string): Html {
  const markdown = new MarkdownIt({ html: false, linkify: false });
  const output: string[] = [];
  let text: string[] = [];
  let open = 0;
  const flush = () => {
    output.push(markdown.render(text.join('\n')));
    text = [];
  };
  for (const line of source.replace(COMMENT, '').split(/\r?\n/)) {
    const [, tag, summary] = line.match(FOLD_LINE) ?? [];
    if (tag === undefined && summary === undefined) {
      text.push(line);
      continue;
    }
    flush();
    if (tag === '</details>' ? open > 0 : tag !== undefined) {
      open += tag === '</details>' ? -1 : 1;
      output.push(tag);
    }
    if (summary !== undefined) {
      const inner = markdown.renderInline(
        summary.replace(/<\/?(b|strong)>/g, ''),
      );
      output.push(open > 0 ? `<summary>${inner}</summary>` : `<p>${inner}</p>`);
    }
  }
  flush();
  return new Html(output.join('') + '</details>'.repeat(open));
}
