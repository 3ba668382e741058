import { Pull } from '../schemas';
import { html, Html } from './html';
import { pullState, stateBadge } from './stateBadge';

/** The list of pull requests, newest first. */
export function repositoryPage(options: {
  name: string;
  url: string;
  headSha: string;
  pulls: readonly Pull[];
}): Html {
  const { name, url, headSha, pulls } = options;
  return html`<h1>${name}</h1>
    <p class="dim">
      Branch <code>main</code> at <code>${headSha.slice(0, 10)}</code>
    </p>
    <section aria-labelledby="pulls">
      <h2 id="pulls">Pull requests</h2>
      ${pulls.length === 0
        ? html`<p>
            None yet. Propose a recommendation in the portal to open one.
          </p>`
        : html`<ul>
            ${pulls.map(
              pull =>
                html`<li>
                  ${stateBadge(pullState(pull))}
                  <a href="${url}/pull/${pull.number}"
                    >#${pull.number} ${pull.title}</a
                  >
                </li>`,
            )}
          </ul>`}
    </section>`;
}
