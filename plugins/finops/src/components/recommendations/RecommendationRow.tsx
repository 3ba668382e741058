import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { formatPercent } from '../../figures/percent';
import { EFFORT_WORDS, RISK_WORDS, STATE_WORDS } from '../../figures/words';
import { Badge, RowButton, Stack, Text, Tone } from '../../kit';
import { InstantText } from '../shared/InstantText';
import { SavingText } from '../shared/SavingText';

/** A recommendation in two lines: the action, what it saves, how sure we are, how it stands. */
export function RecommendationRow(props: {
  recommendation: Schemas['Recommendation'];
  now: number;
  onOpen: () => void;
}) {
  const { recommendation, now, onOpen } = props;
  const {
    title,
    workload,
    saving,
    risk,
    effort,
    confidence,
    state,
    createdAt,
    snoozedUntil,
  } = recommendation;
  return (
    <RowButton onClick={onOpen}>
      <Stack direction="row" gap={1} justify="space-between">
        <Text inline>
          <strong>{title}</strong>
        </Text>
        <Stack direction="row" gap={1}>
          <SavingText saving={saving} />
          <StateBadge state={state} />
        </Stack>
      </Stack>
      <Text kind="small">
        {workload} · {RISK_WORDS[risk]}, {EFFORT_WORDS[effort]} ·{' '}
        {formatPercent(confidence)} sure · proposed{' '}
        <InstantText instant={createdAt} now={now} />
        {state === 'snoozed' && snoozedUntil && (
          <>
            {' '}
            · until <InstantText instant={snoozedUntil} />
          </>
        )}
      </Text>
    </RowButton>
  );
}

const STATE_TONES: Partial<Record<Schemas['RecommendationState'], Tone>> = {
  blocked: 'risk',
  reverted: 'risk',
  realised: 'saving',
  open: 'info',
  'awaiting-approval': 'info',
  approved: 'info',
  merged: 'info',
  applied: 'info',
  observing: 'info',
};

/** The state as a word. */
export function StateBadge(props: { state: Schemas['RecommendationState'] }) {
  return (
    <Badge tone={STATE_TONES[props.state]}>{STATE_WORDS[props.state]}</Badge>
  );
}
