import fc from 'fast-check';
import { addChangeTrailer, isOwnCommit } from './changeTrailer';
import { ComparedCommit } from './schemas';

const sha = fc.string({
  unit: fc.constantFrom(...'0123456789abcdef'),
  minLength: 40,
  maxLength: 40,
});
const content = fc.record({
  branch: fc.string({ minLength: 1 }),
  tree: sha,
  parents: fc.array(sha, { minLength: 1, maxLength: 2 }),
});

function committed(
  message: string,
  { tree, parents }: { tree: string; parents: string[] },
  committer = 'bot@example',
): ComparedCommit {
  return {
    sha: '',
    commit: {
      message,
      tree: { sha: tree },
      author: { email: 'bot@example' },
      committer: { email: committer },
    },
    parents: parents.map(parent => ({ sha: parent })),
  };
}

describe('changeTrailer', () => {
  it('recognises a commit by any message, and no commit of other content', () => {
    fc.assert(
      fc.property(fc.string(), content, content, (message, own, other) => {
        fc.pre(JSON.stringify(own) !== JSON.stringify(other));
        const signed = addChangeTrailer(message, own);
        expect(isOwnCommit(own.branch, committed(signed, own))).toBe(true);
        expect(isOwnCommit(other.branch, committed(signed, other))).toBe(false);
        expect(isOwnCommit(own.branch, committed(message, own))).toBe(false);
      }),
    );
  });

  it('does not recognise a commit that somebody else committed anew', () => {
    const own = { branch: 'b', tree: 't', parents: ['p'] };
    const signed = addChangeTrailer('Change', own);
    expect(isOwnCommit('b', committed(signed, own, 'noreply@github.com'))).toBe(
      true,
    );
    expect(isOwnCommit('b', committed(signed, own, 'person@example'))).toBe(
      false,
    );
  });

  it('joins the trailers a message has and starts a paragraph otherwise', () => {
    const own = { branch: 'b', tree: 't', parents: ['p'] };
    expect(addChangeTrailer('Change\n\nFinops-Plan: 1\n', own)).toMatch(
      /Plan: 1\nFinops-Change: /,
    );
    expect(addChangeTrailer('Change: it\n\nBecause.', own)).toMatch(
      /Because\.\n\nFinops-Change: /,
    );
    expect(addChangeTrailer('scale: web', own)).toMatch(
      /^scale: web\n\nFinops-Change: /,
    );
  });
});
