import { createHash } from 'node:crypto';
import { ComparedCommit } from './schemas';

const TRAILER = 'Finops-Change';
const TRAILER_LINE = /^Finops-Change: ([0-9a-f]{64})$/gm;
/** Commits made through the API carry this committer when GitHub signs them. */
const GITHUB_COMMITTER_EMAIL = 'noreply@github.com';

interface CommitContent {
  readonly branch: string;
  readonly tree: string;
  readonly parents: readonly string[];
}

/**
 * Ends a commit message with a trailer that binds it to the commit's own content. A person who
 * amends the commit keeps the message but changes the content, so that the trailer no longer fits.
 */
export function addChangeTrailer(
  message: string,
  content: CommitContent,
): string {
  const trimmed = message.trimEnd();
  const lastParagraph = trimmed.split(/\n{2,}/).at(-1) ?? '';
  const endsInTrailers =
    trimmed.includes('\n\n') &&
    lastParagraph
      .split('\n')
      .every(line => /^[A-Za-z][A-Za-z-]*: \S/.test(line));
  return `${trimmed}${endsInTrailers ? '\n' : '\n\n'}${TRAILER}: ${digest(
    content,
  )}\n`;
}

/** Whether this module wrote the commit and nobody rewrote it since. */
export function isOwnCommit(branch: string, compared: ComparedCommit): boolean {
  const { author, committer, message, tree } = compared.commit;
  const parents = compared.parents.map(parent => parent.sha);
  const trailer = [...message.matchAll(TRAILER_LINE)].at(-1)?.[1];
  const committedByAuthor =
    author?.email === committer?.email ||
    committer?.email === GITHUB_COMMITTER_EMAIL;
  return (
    committedByAuthor && trailer === digest({ branch, tree: tree.sha, parents })
  );
}

function digest({ branch, tree, parents }: CommitContent): string {
  return createHash('sha256')
    .update([branch, tree, ...parents].join('\n'))
    .digest('hex');
}
