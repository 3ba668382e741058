import MuiTextField from '@material-ui/core/TextField';
import { makeStyles } from '@material-ui/core/styles';
import { ReactNode, useId } from 'react';

const useStyles = makeStyles(theme => ({
  select: { minWidth: 150, maxWidth: '100%' },
  // The theme's own label is too pale on the ground of a page.
  label: { color: theme.palette.text.primary },
  check: {
    display: 'flex',
    gap: theme.spacing(1),
    alignItems: 'baseline',
    fontSize: '0.875rem',
    color: theme.palette.text.primary,
    cursor: 'pointer',
  },
  segments: {
    display: 'inline-flex',
    flexWrap: 'wrap',
    border: `1px solid ${theme.palette.divider}`,
    borderRadius: theme.shape.borderRadius,
    margin: 0,
    padding: 0,
    overflow: 'hidden',
  },
  segment: {
    font: 'inherit',
    fontSize: '0.85rem',
    padding: theme.spacing(0.75, 1.5),
    border: 0,
    cursor: 'pointer',
    color: theme.palette.text.primary,
    background: 'transparent',
    '&[aria-pressed=true]': {
      background: theme.palette.action.selected,
      fontWeight: 600,
    },
    '&:focus-visible': {
      outline: `2px solid ${theme.palette.primary.main}`,
      outlineOffset: -2,
    },
  },
}));

export interface Choice<Value extends string> {
  readonly value: Value;
  readonly label: string;
}

/** One of a list, by a drop-down that is the platform's own. */
export function SelectField<Value extends string>(props: {
  label: string;
  value: Value;
  choices: readonly Choice<Value>[];
  onChange: (value: Value) => void;
}) {
  const classes = useStyles();
  const id = useId();
  return (
    <MuiTextField
      id={id}
      select
      className={classes.select}
      size="small"
      variant="outlined"
      margin="none"
      label={props.label}
      value={props.value}
      onChange={event => props.onChange(event.target.value as Value)}
      SelectProps={{ native: true }}
      InputLabelProps={{ shrink: true, className: classes.label }}
    >
      {props.choices.map(({ value, label }) => (
        <option key={value} value={value}>
          {label}
        </option>
      ))}
    </MuiTextField>
  );
}

/** A thing that is chosen or not. */
export function CheckField(props: {
  label: ReactNode;
  checked: boolean;
  onChange: (checked: boolean) => void;
}) {
  const classes = useStyles();
  return (
    <label className={classes.check}>
      <input
        type="checkbox"
        checked={props.checked}
        onChange={event => props.onChange(event.target.checked)}
      />
      <span>{props.label}</span>
    </label>
  );
}

/** A line (or, with `rows`, a block) of text, or a date. */
export function TextField(props: {
  label: string;
  value: string;
  onChange: (value: string) => void;
  type?: 'text' | 'date';
  rows?: number;
  maxLength?: number;
  min?: string;
  max?: string;
  required?: boolean;
}) {
  const classes = useStyles();
  const id = useId();
  return (
    <MuiTextField
      id={id}
      size="small"
      variant="outlined"
      margin="none"
      fullWidth={props.rows !== undefined}
      label={props.label}
      type={props.type ?? 'text'}
      value={props.value}
      required={props.required}
      multiline={props.rows !== undefined}
      minRows={props.rows}
      onChange={event => props.onChange(event.target.value)}
      InputLabelProps={{ shrink: true, className: classes.label }}
      inputProps={{
        maxLength: props.maxLength,
        min: props.min,
        max: props.max,
      }}
    />
  );
}

/** A few choices side by side. */
export function Segments<Value extends string>(props: {
  label: string;
  value: Value | undefined;
  choices: readonly Choice<Value>[];
  onChange: (value: Value) => void;
}) {
  const classes = useStyles();
  return (
    <div role="group" aria-label={props.label} className={classes.segments}>
      {props.choices.map(({ value, label }) => (
        <button
          key={value}
          type="button"
          className={classes.segment}
          aria-pressed={value === props.value}
          onClick={() => props.onChange(value)}
        >
          {label}
        </button>
      ))}
    </div>
  );
}
