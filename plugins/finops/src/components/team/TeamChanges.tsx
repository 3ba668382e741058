import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { EntityRefLink } from '@backstage/plugin-catalog-react';
import { RuledList, Stack, Text } from '../../kit';
import { SignedMoney } from '../cost/WhatChanged';

/** The largest movements against the month before. */
export function TeamChanges(props: {
  changes: readonly Schemas['TeamCostChange'][];
}) {
  const changes = [...props.changes].sort(
    (a, b) => Math.abs(b.delta.amountMicros) - Math.abs(a.delta.amountMicros),
  );
  if (changes.length === 0) {
    return <Text>Nothing of note changed against the month before.</Text>;
  }
  return (
    <RuledList
      label="What changed"
      items={changes.map(({ entityRef, label, delta }, index) => ({
        key: `${entityRef} ${index}`,
        content: (
          <Stack direction="row" gap={1} align="baseline">
            <SignedMoney amount={delta} />
            <EntityRefLink entityRef={entityRef} defaultKind="component" />
            <Text inline>{label}</Text>
          </Stack>
        ),
      }))}
    />
  );
}
