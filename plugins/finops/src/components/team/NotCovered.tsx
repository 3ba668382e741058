import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { EntityRefLink } from '@backstage/plugin-catalog-react';
import { countOf } from '../../figures/words';
import { Panel, RuledList, Stack, Text } from '../../kit';

/** Owned entities without figures, and the one thing to do for each. */
export function NotCovered(props: {
  notCovered: Schemas['TeamReview']['notCovered'];
}) {
  return (
    <Panel title={`Not covered (${props.notCovered.length})`}>
      <Stack gap={1}>
        <Text>
          {countOf(props.notCovered.length, 'owned entity', 'owned entities')}{' '}
          without figures; the totals above leave them out.
        </Text>
        <RuledList
          label="Not covered"
          items={props.notCovered.map(({ entityRef, reason }) => ({
            key: entityRef,
            content: (
              <Stack direction="row" gap={1}>
                <EntityRefLink entityRef={entityRef} defaultKind="component" />
                <Text inline>{reason}</Text>
              </Stack>
            ),
          }))}
        />
      </Stack>
    </Panel>
  );
}
