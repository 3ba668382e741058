import { html, Html } from './html';

const STYLE = `
:root{color-scheme:light dark;--text:#1f2328;--dim:#57606a;--back:#fff;--panel:#f6f8fa;--line:#d0d7de;--link:#0550ae;
--good:#116329;--bad:#a40e26;--wait:#7d4e00;--add:#dafbe1;--remove:#ffebe9;--button:#1a7f37}
@media(prefers-color-scheme:dark){:root{--text:#e6edf3;--dim:#9ea7b3;--back:#0d1117;--panel:#161b22;--line:#3d444d;
--link:#79c0ff;--good:#56d364;--bad:#ff7b72;--wait:#e3b341;--add:#12361f;--remove:#44191c;--button:#238636}}
*{box-sizing:border-box}body{margin:0;font:16px/1.5 system-ui,sans-serif;color:var(--text);background:var(--back)}
header,main{max-width:72rem;margin:0 auto;padding:1rem}header{border-bottom:1px solid var(--line)}
a{color:var(--link)}h1{font-size:1.5rem;margin:.5rem 0;overflow-wrap:anywhere}h2{font-size:1.1rem;margin:0 0 .5rem}
section{border:1px solid var(--line);border-radius:.5rem;padding:1rem;margin:1rem 0}
.dim{color:var(--dim)}.good{color:var(--good)}.bad{color:var(--bad)}.wait{color:var(--wait)}
.state{border:1px solid currentColor;border-radius:1rem;padding:.1rem .6rem;font-weight:600}
code{font:0.9em ui-monospace,monospace;background:var(--panel);padding:.1em .3em;border-radius:.3em;overflow-wrap:anywhere}
pre{overflow-x:auto;background:var(--panel);padding:.75rem;border-radius:.4rem}pre code{padding:0}
.patch{margin:0 0 1rem;padding:.5rem 0;font:0.85rem/1.45 ui-monospace,monospace}.patch span{display:block;padding:0 .75rem;white-space:pre;min-width:max-content}
.add{background:var(--add)}.remove{background:var(--remove)}.hunk{color:var(--dim)}
table{border-collapse:collapse;display:block;overflow-x:auto}th,td{border:1px solid var(--line);padding:.3rem .6rem;text-align:left}
form{display:inline-block;margin:.25rem .5rem .25rem 0}button{font:inherit;font-weight:600;padding:.4rem 1rem;border-radius:.4rem;border:1px solid var(--line);background:var(--panel);color:var(--text);cursor:pointer}
button.main{background:var(--button);border-color:var(--button);color:#fff}button:disabled{opacity:.55;cursor:not-allowed}
button:focus-visible,a:focus-visible,summary:focus-visible,pre:focus-visible{outline:3px solid var(--link);outline-offset:2px}
select{font:inherit;padding:.35rem;background:var(--back);color:var(--text);border:1px solid var(--line);border-radius:.4rem}
ul{padding-left:1.25rem}.notice{border-left:.3rem solid var(--wait);padding:.5rem 1rem;background:var(--panel)}
`;

/** A whole page. */
export function layout(options: {
  title: string;
  repositoryName: string;
  repositoryUrl: string;
  content: Html;
}): string {
  const page = html`<!DOCTYPE html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <title>${options.title}</title>
        <style>
          ${new Html(STYLE)}
        </style>
      </head>
      <body>
        <header>
          <a href="${options.repositoryUrl}">${options.repositoryName}</a>
          <span class="dim">· demo forge on this machine</span>
        </header>
        <main>${options.content}</main>
      </body>
    </html>`;
  return page.markup;
}
