import { makeStyles } from '@material-ui/core/styles';
import { TimelineLane } from '../../figures/timeline';
import { formatInstant } from '../../figures/time';
import { EVENT_WORDS } from '../../figures/words';
import { useChartPalette } from './palette';

const useStyles = makeStyles(theme => ({
  root: { fontSize: '0.75rem', color: theme.palette.text.secondary },
  lane: { display: 'flex', alignItems: 'center', minHeight: 26 },
  name: { width: 96, flexShrink: 0 },
  track: {
    position: 'relative',
    flex: 1,
    height: 18,
    marginRight: theme.spacing(1),
    borderBottom: `1px solid ${theme.palette.divider}`,
  },
  mark: {
    position: 'absolute',
    top: 2,
    height: 14,
    minWidth: 14,
    padding: 0,
    border: `1px solid ${theme.palette.background.paper}`,
    borderRadius: 7,
    marginLeft: -7,
    cursor: 'pointer',
    '&:focus-visible': {
      outline: `2px solid ${theme.palette.text.primary}`,
      zIndex: 1,
    },
    '&[aria-pressed=true]': {
      outline: `2px solid ${theme.palette.text.primary}`,
      zIndex: 1,
    },
  },
  axis: {
    display: 'flex',
    justifyContent: 'space-between',
    paddingLeft: 96,
    paddingRight: 8,
  },
}));

const KIND_COLOR = {
  anomaly: 5,
  alert: 3,
  deployment: 0,
  'spec-change': 6,
  commit: 4,
  recommendation: 2,
} as const;

/** Events of all kinds on one axis, one lane a kind. */
export function TimelineStrip(props: {
  label: string;
  lanes: readonly TimelineLane[];
  axis: readonly string[];
  selectedId?: string;
  onSelect: (eventId: string) => void;
}) {
  const classes = useStyles();
  const palette = useChartPalette();
  return (
    <div className={classes.root} role="group" aria-label={props.label}>
      {props.lanes.map(({ kind, events }) => (
        <div key={kind} className={classes.lane}>
          <span className={classes.name}>{EVENT_WORDS[kind]}</span>
          <div className={classes.track}>
            {events.map(({ event, left, width }) => {
              const label = `${EVENT_WORDS[kind]}: ${event.title}, ${
                formatInstant(event.at).local
              }`;
              return (
                <button
                  key={event.id}
                  type="button"
                  className={classes.mark}
                  style={{
                    left: `${left * 100}%`,
                    width: `${width * 100}%`,
                    background: palette.series[KIND_COLOR[kind]],
                  }}
                  title={label}
                  aria-label={label}
                  aria-pressed={props.selectedId === event.id}
                  onClick={() => props.onSelect(event.id)}
                />
              );
            })}
          </div>
        </div>
      ))}
      <div className={classes.axis} aria-hidden>
        {props.axis.map(tick => (
          <span key={tick}>{tick}</span>
        ))}
      </div>
    </div>
  );
}
