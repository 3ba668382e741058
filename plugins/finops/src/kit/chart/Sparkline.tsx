import { makeStyles } from '@material-ui/core/styles';
import { useChartPalette } from './palette';

const WIDTH = 160;
const HEIGHT = 36;

const useStyles = makeStyles({
  root: { width: WIDTH, maxWidth: '100%', height: HEIGHT, display: 'block' },
});

/** The shape of a series in a few pixels; the label says it in words. */
export function Sparkline(props: {
  label: string;
  values: readonly number[];
  provisional?: number;
}) {
  const classes = useStyles();
  const palette = useChartPalette();
  const { values, provisional = 0 } = props;
  if (values.length < 2) {
    return null;
  }
  const highest = Math.max(...values, 0) || 1;
  const place = (value: number, index: number) =>
    `${((index / (values.length - 1)) * WIDTH).toFixed(1)},${(
      HEIGHT -
      2 -
      (Math.max(0, value) / highest) * (HEIGHT - 4)
    ).toFixed(1)}`;
  const points = values.map(place);
  const settled = Math.max(1, values.length - provisional);
  return (
    <svg
      className={classes.root}
      viewBox={`0 0 ${WIDTH} ${HEIGHT}`}
      preserveAspectRatio="none"
      role="img"
      aria-label={props.label}
    >
      <polyline
        points={points.slice(0, settled).join(' ')}
        fill="none"
        stroke={palette.series[0]}
        strokeWidth="2"
      />
      <polyline
        points={points.slice(settled - 1).join(' ')}
        fill="none"
        stroke={palette.series[0]}
        strokeWidth="2"
        strokeDasharray="3 3"
      />
    </svg>
  );
}
