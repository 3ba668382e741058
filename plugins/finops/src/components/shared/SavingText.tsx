import { formatMoney } from '@apexlogic/backstage-plugin-finops-common';
import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { Text } from '../../kit';

/** A monthly saving with its interval; a negative one is a cost and is called so. */
export function SavingText(props: {
  saving: Schemas['Recommendation']['saving'];
  large?: boolean;
}) {
  const { expected, lower, upper } = props.saving;
  const costs = expected.amountMicros < 0;
  const flip = (amount: Schemas['Money']) => ({
    ...amount,
    amountMicros: costs ? -amount.amountMicros : amount.amountMicros,
  });
  const bounds = [flip(lower), flip(upper)].sort(
    (a, b) => a.amountMicros - b.amountMicros,
  );
  return (
    <Text
      inline
      kind={props.large ? 'figure' : 'body'}
      tone={costs ? 'rise' : 'saving'}
    >
      {costs ? 'Costs' : 'Saves'} {formatMoney(flip(expected), 'headline')} a
      month{' '}
      <Text inline kind="small">
        ({intervalWords(bounds[0], bounds[1])})
      </Text>
    </Text>
  );
}

/** A price that did not move gives an interval without width, which is better said than shown. */
function intervalWords(lower: Schemas['Money'], upper: Schemas['Money']) {
  const [from, to] = [lower, upper].map(bound =>
    formatMoney(bound, 'headline'),
  );
  return from === to ? 'at a steady price' : `likely ${from} to ${to}`;
}
