import { makeStyles } from '@material-ui/core/styles';
import { ReactNode } from 'react';

const useStyles = makeStyles(theme => ({
  list: { listStyle: 'none', margin: 0, padding: 0 },
  item: {
    padding: theme.spacing(1, 0),
    borderBottom: `1px solid ${theme.palette.divider}`,
    '&:last-child': { borderBottom: 0 },
  },
  facts: {
    display: 'grid',
    gridTemplateColumns: 'minmax(110px, max-content) minmax(0, 1fr)',
    gap: theme.spacing(0.5, 2),
    margin: 0,
    fontSize: '0.875rem',
  },
  term: { color: theme.palette.text.secondary, margin: 0 },
  value: { margin: 0, overflowWrap: 'anywhere' },
  rowButton: {
    display: 'block',
    width: '100%',
    font: 'inherit',
    color: 'inherit',
    textAlign: 'left',
    background: 'none',
    border: 0,
    padding: theme.spacing(0.5),
    borderRadius: theme.shape.borderRadius,
    cursor: 'pointer',
    '&:hover': { background: theme.palette.action.hover },
    '&:focus-visible': { outline: `2px solid ${theme.palette.primary.main}` },
    '&[aria-current=true]': {
      boxShadow: `inset 3px 0 0 ${theme.palette.text.primary}`,
      paddingLeft: theme.spacing(1.5),
    },
  },
}));

/** Things below one another with a line between. */
export function RuledList(props: {
  label?: string;
  items: readonly { key: string; content: ReactNode }[];
}) {
  const classes = useStyles();
  return (
    <ul className={classes.list} aria-label={props.label}>
      {props.items.map(({ key, content }) => (
        <li key={key} className={classes.item}>
          {content}
        </li>
      ))}
    </ul>
  );
}

/** Names and their values. */
export function Facts(props: {
  facts: readonly { name: string; value: ReactNode }[];
}) {
  const classes = useStyles();
  return (
    <dl className={classes.facts}>
      {props.facts.map(({ name, value }) => [
        <dt key={`${name}-name`} className={classes.term}>
          {name}
        </dt>,
        <dd key={`${name}-value`} className={classes.value}>
          {value}
        </dd>,
      ])}
    </dl>
  );
}

/** A whole row that opens something. */
export function RowButton(props: {
  onClick: () => void;
  current?: boolean;
  children: ReactNode;
}) {
  const classes = useStyles();
  return (
    <button
      type="button"
      className={classes.rowButton}
      aria-current={props.current || undefined}
      onClick={props.onClick}
    >
      {props.children}
    </button>
  );
}
