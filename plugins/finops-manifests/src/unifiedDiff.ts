import { createTwoFilesPatch, FILE_HEADERS_ONLY } from 'diff';

const CONTEXT_LINES = 3;

/** The diff of one file as `git diff` prints it and `git apply` takes it; line ends are part of the lines. */
export function unifiedDiff(
  path: string,
  before: string,
  after: string,
): string {
  return createTwoFilesPatch(
    `a/${path}`,
    `b/${path}`,
    before,
    after,
    undefined,
    undefined,
    {
      context: CONTEXT_LINES,
      headerOptions: FILE_HEADERS_ONLY,
    },
  );
}
