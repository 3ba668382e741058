import { addDays, dayOf } from '@apexlogic/backstage-plugin-finops-common';
import { useState } from 'react';
import {
  parsePeriod,
  PeriodSelection,
  recentMonths,
  serializePeriod,
  spanOf,
} from '../../figures/periodSelection';
import { formatMonth } from '../../figures/time';
import { Button, Segments, SelectField, Stack, TextField } from '../../kit';

const ROLLING = ['7d', '30d', '90d'];
/** Months one can pick, as far back as daily cost is kept. */
const MONTHS = 25;
const NO_MONTH = '';

/** Chooses 7, 30 or 90 days, a month, or any span. */
export function PeriodPicker(props: {
  selection: PeriodSelection;
  now: number;
  onChange: (selection: PeriodSelection) => void;
}) {
  const { selection, now, onChange } = props;
  const [editing, setEditing] = useState(selection.kind === 'custom');
  const text = serializePeriod(selection);
  const choose = (value: string) => {
    setEditing(false);
    onChange(parsePeriod(value));
  };
  return (
    <Stack direction="row">
      <Segments
        label="Period"
        value={editing ? 'custom' : text}
        choices={[
          ...ROLLING.map(value => ({
            value,
            label: `${parseInt(value, 10)} days`,
          })),
          { value: 'custom', label: 'Custom' },
        ]}
        onChange={value =>
          value === 'custom' ? setEditing(true) : choose(value)
        }
      />
      <SelectField
        label="Month"
        value={selection.kind === 'month' ? selection.month : NO_MONTH}
        choices={[
          { value: NO_MONTH, label: 'Choose a month' },
          ...recentMonths(now, MONTHS).map(value => ({
            value,
            label: formatMonth(value),
          })),
        ]}
        onChange={value => value !== NO_MONTH && choose(value)}
      />
      {editing && (
        <CustomSpan
          key={text}
          selection={selection}
          now={now}
          onChange={onChange}
        />
      )}
    </Stack>
  );
}

function CustomSpan(props: {
  selection: PeriodSelection;
  now: number;
  onChange: (selection: PeriodSelection) => void;
}) {
  const span = spanOf(props.selection, props.now);
  const [firstDay, setFirstDay] = useState(span.startDay);
  const [lastDay, setLastDay] = useState(addDays(span.endDay, -1));
  const parsed = parsePeriod(`${firstDay}..${lastDay}`);
  return (
    <Stack direction="row">
      <TextField
        label="First day (UTC)"
        type="date"
        value={firstDay}
        max={lastDay}
        onChange={setFirstDay}
      />
      <TextField
        label="Last day (UTC)"
        type="date"
        value={lastDay}
        min={firstDay}
        max={dayOf(props.now)}
        onChange={setLastDay}
      />
      <Button
        disabled={parsed.kind !== 'custom'}
        onClick={() => props.onChange(parsed)}
      >
        Apply
      </Button>
    </Stack>
  );
}
