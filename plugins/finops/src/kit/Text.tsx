import { makeStyles } from '@material-ui/core/styles';
import { ReactNode, Ref } from 'react';
import { Tone, toneColor } from './tones';

const useStyles = makeStyles(theme => ({
  root: {
    margin: 0,
    color: theme.palette.text.primary,
    overflowWrap: 'anywhere',
  },
  lead: {
    ...theme.typography.h6,
    margin: 0,
    fontSize: '1.15rem',
    lineHeight: 1.4,
    color: theme.palette.text.primary,
    overflowWrap: 'anywhere',
  },
  body: theme.typography.body2,
  small: { ...theme.typography.caption, color: theme.palette.text.secondary },
  figure: {
    fontSize: '1.5rem',
    fontWeight: 600,
    lineHeight: 1.2,
    fontVariantNumeric: 'tabular-nums',
  },
  heading: {
    margin: 0,
    fontSize: '1rem',
    fontWeight: 600,
    color: theme.palette.text.primary,
    overflowWrap: 'anywhere',
    '&:focus': { outline: 'none' },
  },
  toned: {
    color: (props: { tone?: Tone }) =>
      toneColor(theme, props.tone ?? 'neutral'),
  },
  hidden: {
    position: 'absolute',
    width: 1,
    height: 1,
    margin: -1,
    padding: 0,
    overflow: 'hidden',
    clip: 'rect(0 0 0 0)',
    whiteSpace: 'nowrap',
    border: 0,
  },
  code: {
    fontFamily: 'Menlo, Consolas, monospace',
    fontSize: '0.85em',
    overflowWrap: 'anywhere',
    whiteSpace: 'pre-wrap',
  },
}));

/** A paragraph. `lead` answers first, `figure` is a number to be seen from afar. */
export function Text(props: {
  children: ReactNode;
  kind?: 'lead' | 'body' | 'small' | 'figure';
  tone?: Tone;
  inline?: boolean;
  title?: string;
}) {
  const { children, kind = 'body', tone, inline = false, title } = props;
  const classes = useStyles({ tone });
  const className = [
    classes.root,
    classes[kind],
    tone ? classes.toned : '',
  ].join(' ');
  return inline ? (
    <span className={className} title={title}>
      {children}
    </span>
  ) : (
    <p className={className} title={title}>
      {children}
    </p>
  );
}

/** A heading that can take focus from code. */
export function Heading(props: {
  children: ReactNode;
  level: 2 | 3 | 4 | 5;
  id?: string;
  focusRef?: Ref<HTMLHeadingElement>;
}) {
  const classes = useStyles({});
  const Tag = `h${props.level}` as const;
  return (
    <Tag
      id={props.id}
      ref={props.focusRef}
      tabIndex={props.focusRef ? -1 : undefined}
      className={classes.heading}
    >
      {props.children}
    </Tag>
  );
}

/** Words for screen readers only. */
export function VisuallyHidden(props: { children: ReactNode }) {
  const classes = useStyles({});
  return <span className={classes.hidden}>{props.children}</span>;
}

/** Literal text: names, annotations, queries. */
export function Code(props: { children: ReactNode }) {
  const classes = useStyles({});
  return <code className={classes.code}>{props.children}</code>;
}

/** Announces what changed to screen readers without moving focus. */
export function LiveRegion(props: { children: ReactNode }) {
  return (
    <div role="status" aria-live="polite">
      {props.children}
    </div>
  );
}
