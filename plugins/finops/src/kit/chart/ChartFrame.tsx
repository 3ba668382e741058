import { makeStyles } from '@material-ui/core/styles';
import { ReactNode, useId, useState } from 'react';
import { Button } from '../Button';
import { Text } from '../Text';

const useStyles = makeStyles(theme => ({
  figure: { margin: 0, minWidth: 0 },
  legend: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: theme.spacing(0.5, 2),
    listStyle: 'none',
    margin: theme.spacing(1, 0, 0),
    padding: 0,
    fontSize: '0.8rem',
    color: theme.palette.text.secondary,
  },
  entry: {
    display: 'inline-flex',
    alignItems: 'center',
    gap: theme.spacing(0.75),
  },
  head: {
    display: 'flex',
    justifyContent: 'space-between',
    alignItems: 'flex-start',
    gap: theme.spacing(1),
    flexWrap: 'wrap',
    marginBottom: theme.spacing(0.5),
  },
  swatch: { width: 14, height: 10, display: 'inline-block', flexShrink: 0 },
}));

export interface LegendEntry {
  readonly label: string;
  readonly color: string;
  readonly line?: 'solid' | 'dashed';
  readonly hatched?: boolean;
}

/** A chart with its legend and, at a click, the same numbers as a table. */
export function ChartFrame(props: {
  title: string;
  legend: readonly LegendEntry[];
  chart: ReactNode;
  table: ReactNode;
}) {
  const classes = useStyles();
  const id = useId();
  const [asTable, setAsTable] = useState(false);
  return (
    <figure className={classes.figure} aria-labelledby={id}>
      <div className={classes.head}>
        <figcaption id={id}>
          <Text kind="small" inline>
            {props.title}
          </Text>
        </figcaption>
        <Button
          kind="quiet"
          pressed={asTable}
          onClick={() => setAsTable(present => !present)}
        >
          {asTable ? 'Show as chart' : 'Show as table'}
        </Button>
      </div>
      {asTable ? (
        props.table
      ) : (
        <>
          {props.chart}
          <ul className={classes.legend} aria-label="Legend">
            {props.legend.map(({ label, color, line, hatched }) => (
              <li key={label} className={classes.entry}>
                <span
                  className={classes.swatch}
                  style={swatchStyle(color, line, hatched)}
                  aria-hidden
                />
                {label}
              </li>
            ))}
          </ul>
        </>
      )}
    </figure>
  );
}

function swatchStyle(
  color: string,
  line?: 'solid' | 'dashed',
  hatched?: boolean,
) {
  if (line) {
    return { height: 0, borderTop: `2px ${line} ${color}` };
  }
  return hatched
    ? {
        background: `repeating-linear-gradient(45deg, ${color} 0 2px, transparent 2px 5px)`,
      }
    : { background: color };
}
