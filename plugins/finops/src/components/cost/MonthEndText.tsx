import { formatMoney } from '@apexlogic/backstage-plugin-finops-common';
import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { formatPercent } from '../../figures/percent';
import { formatMonth } from '../../figures/time';
import { Text } from '../../kit';

/** Where the calendar month is heading, with its interval, or why that cannot be said. */
export function MonthEndText(props: { monthEnd: Schemas['MonthEnd'] }) {
  const { month, forecast, abstention } = props.monthEnd;
  if (forecast) {
    return (
      <Text inline title={`${formatPercent(forecast.level)} interval`}>
        Forecast for {formatMonth(month)}:{' '}
        {formatMoney(forecast.expected, 'headline')}, likely{' '}
        {formatMoney(forecast.lower, 'headline')} to{' '}
        {formatMoney(forecast.upper, 'headline')}
      </Text>
    );
  }
  return abstention ? (
    <Text inline kind="small">
      No forecast for {formatMonth(month)}: {abstention.reason}
    </Text>
  ) : null;
}
