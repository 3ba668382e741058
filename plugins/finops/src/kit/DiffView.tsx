// What scrolls must be reachable by keyboard, which the rule does not know.
/* eslint-disable jsx-a11y/no-noninteractive-tabindex */
import { makeStyles } from '@material-ui/core/styles';
import { Diff, Hunk, parseDiff } from 'react-diff-view';
import { Code } from './Text';

const useStyles = makeStyles(theme => {
  const dark = theme.palette.type === 'dark';
  const insert = dark ? 'rgba(60, 160, 110, 0.28)' : '#e3f6ea';
  const remove = dark ? 'rgba(210, 90, 80, 0.28)' : '#fdecea';
  return {
    // The library's own stylesheet is light only and global, so its classes are styled here.
    root: {
      overflowX: 'auto',
      border: `1px solid ${theme.palette.divider}`,
      borderRadius: theme.shape.borderRadius,
      fontSize: '0.8rem',
      '& table.diff': {
        width: '100%',
        borderCollapse: 'collapse',
        tableLayout: 'fixed',
      },
      '& .diff-gutter-col': { width: '5ch' },
      '& .diff-line': {
        fontFamily: 'Menlo, Consolas, monospace',
        lineHeight: 1.6,
      },
      '& .diff-gutter': {
        textAlign: 'right',
        padding: '0 1ch',
        userSelect: 'none',
        verticalAlign: 'top',
        // Secondary text is too faint on the colours of changed lines.
        color: theme.palette.text.primary,
      },
      '& .diff-code': {
        position: 'relative',
        padding: '0 1ch 0 3ch',
        whiteSpace: 'pre-wrap',
        // Breaking at spaces would move a long value away from its indentation.
        wordBreak: 'break-all',
        color: theme.palette.text.primary,
      },
      '& .diff-code-insert, & .diff-gutter-insert': { background: insert },
      '& .diff-code-delete, & .diff-gutter-delete': { background: remove },
      // A sign beside the colour, for those who do not see it.
      '& .diff-code-insert::before': {
        content: '"+"',
        position: 'absolute',
        left: '1ch',
      },
      '& .diff-code-delete::before': {
        content: '"−"',
        position: 'absolute',
        left: '1ch',
      },
    },
  };
});

/** A unified diff of one file, as text only. */
export function DiffView(props: { path: string; diff: string }) {
  const classes = useStyles();
  const hunks = parseUnifiedDiff(props.diff);
  if (!hunks) {
    return <Code>{props.diff}</Code>;
  }
  return (
    <div
      className={classes.root}
      role="region"
      aria-label={`Change of ${props.path}`}
      tabIndex={0}
    >
      <Diff viewType="unified" diffType="modify" hunks={hunks}>
        {parsed => parsed.map(hunk => <Hunk key={hunk.content} hunk={hunk} />)}
      </Diff>
    </div>
  );
}

function parseUnifiedDiff(diff: string) {
  const start = diff.search(/^--- /m);
  if (start === -1) {
    return undefined;
  }
  // The parser reads git's own header only, which plain unified diffs lack.
  const [file] = parseDiff(`diff --git a/file b/file\n${diff.slice(start)}`);
  return file && file.hunks.length > 0 ? file.hunks : undefined;
}
