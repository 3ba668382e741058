import { formatMoney } from '@apexlogic/backstage-plugin-finops-common';
import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { CHANGE_WORDS } from '../../figures/words';
import { Badge, RuledList, Stack, Text } from '../../kit';

/** What moved the cost against the span before: price, usage, new and removed things. */
export function WhatChanged(props: {
  changes: readonly Schemas['CostChange'][];
  compared: boolean;
}) {
  const { changes, compared } = props;
  if (changes.length === 0) {
    return (
      <Text>
        {compared
          ? 'Nothing of note changed against the span before.'
          : 'There is no earlier span to compare with yet.'}
      </Text>
    );
  }
  const sorted = [...changes].sort(
    (a, b) => Math.abs(b.delta.amountMicros) - Math.abs(a.delta.amountMicros),
  );
  return (
    <RuledList
      label="What changed"
      items={sorted.map(({ kind, label, delta, explanation }, index) => ({
        key: `${kind} ${label} ${index}`,
        content: (
          <Stack direction="row" gap={1} align="baseline">
            <SignedMoney amount={delta} />
            <Badge>{CHANGE_WORDS[kind]}</Badge>
            <Text inline>
              {label}
              {explanation && `: ${explanation}`}
            </Text>
          </Stack>
        ),
      }))}
    />
  );
}

/** An amount with its sign, coloured by direction. */
export function SignedMoney(props: { amount: Schemas['Money'] }) {
  const { amount } = props;
  const more = amount.amountMicros > 0;
  const magnitude = { ...amount, amountMicros: Math.abs(amount.amountMicros) };
  return (
    <Text inline tone={more ? 'rise' : 'saving'}>
      {more ? '+' : '−'}
      {formatMoney(magnitude)}
    </Text>
  );
}
