import { makeStyles } from '@material-ui/core/styles';

const useStyles = makeStyles(theme => ({
  root: {
    background: theme.palette.background.paper,
    color: theme.palette.text.primary,
    border: `1px solid ${theme.palette.divider}`,
    borderRadius: theme.shape.borderRadius,
    padding: theme.spacing(1),
    fontSize: '0.8rem',
    boxShadow: theme.shadows[2],
    maxWidth: 340,
  },
  title: { fontWeight: 600, marginBottom: theme.spacing(0.5) },
  row: {
    display: 'flex',
    justifyContent: 'space-between',
    gap: theme.spacing(2),
  },
  value: { fontVariantNumeric: 'tabular-nums', whiteSpace: 'nowrap' },
}));

/** Exact values at one place of a chart. */
export function ChartTooltip(props: {
  title: string;
  rows: readonly { label: string; value: string }[];
  notes?: readonly string[];
}) {
  const classes = useStyles();
  return (
    <div className={classes.root}>
      <div className={classes.title}>{props.title}</div>
      {props.rows.map(({ label, value }) => (
        <div key={label} className={classes.row}>
          <span>{label}</span>
          <span className={classes.value}>{value}</span>
        </div>
      ))}
      {props.notes?.map((note, index) => (
        <div key={index}>{note}</div>
      ))}
    </div>
  );
}
