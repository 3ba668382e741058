import { formatMoney } from '@apexlogic/backstage-plugin-finops-common';
import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { durationInWords } from '../../figures/time';
import { Badge, RowButton, Stack, Text } from '../../kit';
import { InstantText } from '../shared/InstantText';

/** What a shape means to somebody who decides whether to act. */
const SHAPES: Record<NonNullable<Schemas['Anomaly']['shape']>, string> = {
  spike: 'a spike',
  'level-shift': 'a new level',
  'trend-change': 'a changed trend',
};

/** What, since when, what it costs, and whether it still goes on. */
export function AnomalyRow(props: {
  anomaly: Schemas['Anomaly'];
  now: number;
  open: boolean;
  onToggle: () => void;
}) {
  const { anomaly, now, open, onToggle } = props;
  const { kind, title, ongoing, period, monthlyImpact, signal, shape } =
    anomaly;
  const length =
    (ongoing ? now : Date.parse(period.end)) - Date.parse(period.start);
  return (
    <RowButton onClick={onToggle} current={open}>
      <Stack direction="row" gap={1} justify="space-between">
        <Text inline>{title}</Text>
        <Stack direction="row" gap={1}>
          {monthlyImpact && (
            <Text
              inline
              tone={monthlyImpact.amountMicros > 0 ? 'rise' : 'saving'}
            >
              {kind !== 'waste' && monthlyImpact.amountMicros > 0 ? '+' : ''}
              {formatMoney(monthlyImpact, 'headline')}{' '}
              {kind === 'budget-deviation'
                ? 'above it this month'
                : 'a month if it stays'}
            </Text>
          )}
          <Badge tone={ongoing ? 'rise' : 'neutral'}>
            {ongoing ? 'Going on' : 'Over'}
          </Badge>
        </Stack>
      </Stack>
      <Text kind="small">
        {signal}
        {shape && ` · ${SHAPES[shape]}`} · since{' '}
        <InstantText instant={period.start} /> · {ongoing ? 'for' : 'lasted'}{' '}
        {durationInWords(length)}
      </Text>
    </RowButton>
  );
}
