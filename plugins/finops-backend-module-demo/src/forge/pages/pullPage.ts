import { PullDetails } from '../PullRequests';
import { ForgePerson } from '../types';
import { html, Html } from './html';
import { renderMarkdown } from './renderMarkdown';
import { pullState, stateBadge } from './stateBadge';

const STATUS_WORDS = {
  success: ['good', 'Passed'],
  pending: ['wait', 'Waiting'],
  failure: ['bad', 'Failed'],
  error: ['bad', 'Error'],
} as const;

export interface PullPageOptions {
  readonly details: PullDetails;
  readonly url: string;
  readonly people: readonly ForgePerson[];
  /** Why the last click did nothing. */
  readonly notice?: string;
}

/** One pull request: what it says, what it changes, and what may be done with it. */
export function pullPage({
  details,
  url,
  people,
  notice,
}: PullPageOptions): Html {
  const { pull, files, statuses, reviews, blockers } = details;
  const author = pull.user?.login ?? 'somebody';
  const approvals = reviews.filter(review => review.state === 'APPROVED');
  return html`<h1>${pull.title} <span class="dim">#${pull.number}</span></h1>
    <p>
      ${stateBadge(pullState(pull))}
      <span class="dim">${author} wants to merge</span>
      <code>${pull.head.ref}</code> <span class="dim">into</span>
      <code>${pull.base.ref}</code>
    </p>
    ${notice === undefined
      ? undefined
      : html`<p class="notice" role="alert">${notice}</p>`}
    ${pull.labels.length === 0
      ? undefined
      : html`<p>
          <span class="dim">Labels:</span> ${pull.labels.map(
            label => html`<code>${label.name}</code> `,
          )}
        </p>`}
    <section aria-label="Description">
      ${renderMarkdown(pull.body ?? '')}
    </section>
    <section aria-labelledby="checks">
      <h2 id="checks">Checks</h2>
      ${statuses.length === 0
        ? html`<p class="dim">
            No status reported for <code>${pull.head.sha.slice(0, 10)}</code>.
          </p>`
        : html`<ul>
            ${statuses.map(status => {
              const [style, word] = STATUS_WORDS[status.state];
              const name = status.target_url
                ? html`<a href="${status.target_url}">${status.context}</a>`
                : html`${status.context}`;
              return html`<li>
                <span class="${style}">${word}</span> ${name}
                <span class="dim">${status.description ?? ''}</span>
              </li>`;
            })}
          </ul>`}
      <p>
        ${approvals.length === 0
          ? html`<span class="dim">No review yet.</span>`
          : html`Approved by
            ${approvals
              .map(review => review.user?.login ?? 'somebody')
              .join(', ')}.`}
      </p>
      ${pull.state === 'open'
        ? actions(pull, blockers, url, people)
        : undefined}
    </section>
    <section aria-labelledby="files">
      <h2 id="files">
        ${files.length} changed ${files.length === 1 ? 'file' : 'files'}
      </h2>
      ${files.map(
        file => html`<h3>
            <code>${file.filename}</code>
            <span class="good">+${file.additions}</span>
            <span class="bad">−${file.deletions}</span>
          </h3>
          ${file.patch
            ? patch(file.filename, file.patch)
            : html`<p class="dim">No text to compare.</p>`}`,
      )}
    </section>`;
}

function actions(
  pull: PullDetails['pull'],
  blockers: readonly string[],
  url: string,
  people: readonly ForgePerson[],
): Html {
  const reviewers = people.filter(({ login }) => login !== pull.user?.login);
  return html`${blockers.length === 0
      ? html`<p class="good">This pull request can be merged.</p>`
      : html`<div class="notice" id="blockers">
          <p>Merging is blocked:</p>
          <ul>
            ${blockers.map(blocker => html`<li>${blocker}</li>`)}
          </ul>
        </div>`}
    <form method="post" action="${url}/merge">
      <input type="hidden" name="sha" value="${pull.head.sha}" />
      <button
        class="main"
        ${blockers.length > 0
          ? html` disabled aria-describedby="blockers"`
          : undefined}
      >
        Merge pull request
      </button>
    </form>
    ${pull.draft
      ? html`<form method="post" action="${url}/ready">
          <button>Ready for review</button>
        </form>`
      : undefined}
    <form method="post" action="${url}/close">
      <button>Close pull request</button>
    </form>
    <form method="post" action="${url}/approve">
      <label
        >Approve as
        <select name="login">
          ${reviewers.map(
            ({ login, name }) =>
              html`<option value="${login}">${name}</option>`,
          )}
        </select></label
      >
      <button>Approve</button>
    </form>`;
}

function patch(name: string, text: string): Html {
  return html`<pre class="patch" tabindex="0" aria-label="Changes of ${name}">
${text
      .split('\n')
      .map(line => html`<span class="${lineClass(line)}">${line}</span>`)}</pre
  >`;
}

function lineClass(line: string): string {
  if (line.startsWith('@@')) {
    return 'hunk';
  }
  if (line.startsWith('+')) {
    return 'add';
  }
  return line.startsWith('-') ? 'remove' : '';
}
