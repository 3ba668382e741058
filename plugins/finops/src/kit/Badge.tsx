import { makeStyles } from '@material-ui/core/styles';
import { ReactNode } from 'react';
import { Tone, toneColor } from './tones';

const useStyles = makeStyles(theme => ({
  root: {
    display: 'inline-block',
    padding: '1px 8px',
    borderRadius: 10,
    border: '1px solid currentColor',
    fontSize: '0.75rem',
    lineHeight: 1.5,
    whiteSpace: 'nowrap',
    color: (props: { tone: Tone }) => toneColor(theme, props.tone),
  },
}));

/** A short word of state. */
export function Badge(props: { children: ReactNode; tone?: Tone }) {
  const classes = useStyles({ tone: props.tone ?? 'neutral' });
  return <span className={classes.root}>{props.children}</span>;
}
