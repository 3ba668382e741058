import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { Code, Panel, RuledList, Stack, Text } from '../../kit';
import { InstantText } from '../shared/InstantText';

/** Advice that was not given, and the reason: abstaining is an answer too. */
export function WithheldAdvice(props: {
  withheld: readonly Schemas['WithheldAdvice'][];
}) {
  return (
    <Panel title={`No advice given (${props.withheld.length})`}>
      <RuledList
        label="Withheld advice"
        items={props.withheld.map(
          ({ workload, subject, code, reason, model, at }) => ({
            key: `${workload} ${subject} ${code}`,
            content: (
              <Stack gap={0.5}>
                <Text>
                  <Code>{workload}</Code> ({subject}): {reason}
                </Text>
                <Text kind="small">
                  {model.name} {model.version} · <InstantText instant={at} />
                </Text>
              </Stack>
            ),
          }),
        )}
      />
    </Panel>
  );
}
