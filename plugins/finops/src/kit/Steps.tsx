import { makeStyles } from '@material-ui/core/styles';
import { ReactNode } from 'react';
import { toneColor } from './tones';
import { VisuallyHidden } from './Text';

const useStyles = makeStyles(theme => ({
  list: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: theme.spacing(1),
    listStyle: 'none',
    margin: 0,
    padding: 0,
  },
  step: {
    flex: '1 1 100px',
    minWidth: 96,
    borderTop: `3px solid ${theme.palette.divider}`,
    paddingTop: theme.spacing(0.5),
    fontSize: '0.8rem',
    color: theme.palette.text.secondary,
  },
  done: { borderTopColor: toneColor(theme, 'saving') },
  current: {
    borderTopColor:
      theme.palette.type === 'dark'
        ? theme.palette.primary.light
        : theme.palette.primary.main,
    color: theme.palette.text.primary,
    fontWeight: 600,
  },
  ahead: {},
  note: {
    display: 'block',
    fontWeight: 400,
    fontSize: '0.75rem',
    color: theme.palette.text.secondary,
  },
}));

export interface Step {
  readonly label: string;
  readonly status: 'done' | 'current' | 'ahead';
  readonly note?: ReactNode;
}

const STATUS_WORDS = { done: 'done', current: 'now', ahead: 'not yet' };

/** A row of steps with the present one marked. */
export function Steps(props: { label: string; steps: readonly Step[] }) {
  const classes = useStyles();
  return (
    <ol className={classes.list} aria-label={props.label}>
      {props.steps.map(({ label, status, note }) => (
        <li
          key={label}
          className={`${classes.step} ${classes[status]}`}
          aria-current={status === 'current' ? 'step' : undefined}
        >
          {label}
          <VisuallyHidden> ({STATUS_WORDS[status]})</VisuallyHidden>
          {note && <span className={classes.note}>{note}</span>}
        </li>
      ))}
    </ol>
  );
}
