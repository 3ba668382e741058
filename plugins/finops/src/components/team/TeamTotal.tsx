import { dayOf, formatMoney } from '@apexlogic/backstage-plugin-finops-common';
import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { describeDelta } from '../../figures/delta';
import { addMonths } from '../../figures/periodSelection';
import { formatPercent } from '../../figures/percent';
import { formatDay, formatMonth } from '../../figures/time';
import { Panel, Stack, Text } from '../../kit';
import { MonthEndText } from '../cost/MonthEndText';
import { DeltaText } from '../shared/DeltaText';
import { ProvenanceLine } from '../shared/ProvenanceLine';
import { SavingsPipeline } from './SavingsPipeline';

/** What was spent in one currency, where the month is heading, and the savings under way. */
export function TeamTotal(props: {
  total: Schemas['TeamReview']['totals'][number];
  month: string;
  now: number;
}) {
  const { total, month, now } = props;
  const delta = describeDelta(total.changeRatio);
  const running = month === dayOf(now).slice(0, 7);
  // A month that still runs is compared with as many days of the one before.
  const before = `${running ? 'the same days of ' : ''}${formatMonth(
    addMonths(month, -1),
  )}`;
  const spent = `${formatMonth(month)} cost ${formatMoney(
    total.total,
    'headline',
  )}${running ? ' so far' : ''}`;
  return (
    <Panel title={`${formatMonth(month)} in ${total.total.currency}`}>
      <Stack gap={1.5}>
        <Text kind="lead">
          {delta
            ? `${spent}, ${delta.words} ${
                delta.direction === 'same' ? 'as' : 'than'
              } in ${before}.`
            : `${spent}.`}
        </Text>
        <Stack direction="row" align="baseline">
          <Text kind="figure" inline>
            {formatMoney(total.total)}
          </Text>
          <DeltaText
            changeRatio={total.changeRatio}
            than={`than in ${before}`}
          />
          {total.forecast && <MonthEndText monthEnd={total.forecast} />}
        </Stack>
        {total.budget && (
          <Text>{budgetInWords(total.budget, total.total, now)}</Text>
        )}
        <ProvenanceLine
          provenance={total.provenance}
          currency={total.total.currency}
          now={now}
        />
        <SavingsPipeline pipeline={total.pipeline} />
      </Stack>
    </Panel>
  );
}

function budgetInWords(
  budget: NonNullable<Schemas['TeamReview']['totals'][number]['budget']>,
  spent: Schemas['Money'],
  now: number,
): string {
  const { monthly, probability, passedOn } = budget;
  const name = `The budget of ${formatMoney(monthly, 'headline')}`;
  if (spent.amountMicros > monthly.amountMicros) {
    return `${name} is passed.`;
  }
  if (probability === undefined) {
    return `${name} is not passed; whether it will be cannot be said.`;
  }
  const chance = `the chance to pass it is ${chanceInWords(probability)}`;
  return passedOn
    ? `${name} will be passed about ${formatDay(passedOn, now)}; ${chance}.`
    : `${name} will likely be kept; ${chance}.`;
}

/** No forecast is certain, however far it is from the budget. */
function chanceInWords(probability: number): string {
  if (probability < 0.01) {
    return 'below 1 %';
  }
  return probability > 0.99 ? 'above 99 %' : formatPercent(probability);
}
