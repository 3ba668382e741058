import { addDays, dayOf } from '@apexlogic/backstage-plugin-finops-common';
import { useState } from 'react';
import { formatDay } from '../../figures/time';
import { useDecision } from '../../hooks/queries';
import { useNow } from '../../hooks/useNow';
import { Segments, Text, TextField } from '../../kit';
import { DecisionDialog, DecisionDialogProps } from '../shared/DecisionDialog';

const CHOICES_DAYS = [7, 30, 90];
/** The longest the backend takes. */
const MAX_DAYS = 180;

/** Puts the recommendation away until a day. */
export function SnoozeDialog(props: DecisionDialogProps) {
  const { detail, onClose, onDone } = props;
  const { id } = detail.recommendation;
  const now = useNow();
  const today = dayOf(now);
  const [day, setDay] = useState(addDays(today, CHOICES_DAYS[1]));
  const mutation = useDecision(id, api =>
    api.snoozeRecommendation(id, `${day}T00:00:00.000Z`),
  );
  const valid =
    /^\d{4}-\d{2}-\d{2}$/.test(day) &&
    day > today &&
    day < addDays(today, MAX_DAYS);
  return (
    <DecisionDialog
      title="Snooze this recommendation?"
      confirm="Snooze it"
      confirming="Snoozing…"
      disabled={!valid}
      mutation={mutation}
      onClose={onClose}
      onSuccess={() => onDone(`Snoozed until ${formatDay(day, now)}.`)}
      consequence={
        <>
          <Text>
            It leaves the list of open advice and comes back on the day you
            choose. Nothing is written to the repository.
          </Text>
          <Segments
            label="For how long"
            value={CHOICES_DAYS.map(String).find(
              days => addDays(today, Number(days)) === day,
            )}
            choices={CHOICES_DAYS.map(days => ({
              value: String(days),
              label: `${days} days`,
            }))}
            onChange={days => setDay(addDays(today, Number(days)))}
          />
          <TextField
            label="Back on (UTC day)"
            type="date"
            value={day}
            min={addDays(today, 1)}
            max={addDays(today, MAX_DAYS - 1)}
            onChange={setDay}
          />
        </>
      }
    />
  );
}
