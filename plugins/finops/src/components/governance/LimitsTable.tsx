import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { LIMIT_WORDS } from '../../figures/governance';
import { RuledList, Text } from '../../kit';

/** How far each limit is used, and where it is fullest. */
export function LimitsTable(props: {
  limits: Schemas['Governance']['limits'];
}) {
  return (
    <RuledList
      label="Limits"
      items={props.limits.map(({ limit, most, fullest }) => ({
        key: limit,
        content: (
          <>
            <Text>
              {LIMIT_WORDS[limit].title}: {most} at most
            </Text>
            <Text kind="small">
              {fullest.length === 0
                ? 'None now.'
                : fullest
                    .map(({ name, used }) => `${name}: ${used} of ${most}`)
                    .join(' · ')}
            </Text>
          </>
        ),
      }))}
    />
  );
}
