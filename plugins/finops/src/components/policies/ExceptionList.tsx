import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { Badge, Code, Panel, RuledList, Stack, Text } from '../../kit';

/** Who need not keep which policy, why, and for how long; what has expired does not hold any more. */
export function ExceptionList(props: {
  exceptions: readonly Schemas['PolicyException'][];
}) {
  const { exceptions } = props;
  return (
    <Panel title="Exceptions">
      {exceptions.length === 0 ? (
        <Text>Nothing is excepted from any policy.</Text>
      ) : (
        <RuledList
          label="Exceptions"
          items={[...exceptions]
            .sort((a, b) => a.expires.localeCompare(b.expires))
            .map(({ name, path, policies, reason, expires, expired }) => ({
              key: `${path} ${name}`,
              content: (
                <Stack gap={0.5}>
                  <Stack direction="row" gap={1}>
                    <Text inline>
                      <strong>{name}</strong>
                    </Text>
                    <Badge tone={expired ? 'risk' : 'neutral'}>
                      {expired ? 'Expired' : 'Holds'}
                    </Badge>
                  </Stack>
                  <Text>
                    From {policies.join(', ')}: {reason}
                  </Text>
                  <Text kind="small">
                    {expired ? 'It held until ' : 'It holds until '}
                    {utcMinute(expires)} · <Code>{path}</Code>
                  </Text>
                </Stack>
              ),
            }))}
        />
      )}
    </Panel>
  );
}

/** With its year, since exceptions may hold for more than one. */
function utcMinute(instant: string): string {
  return `${instant.slice(0, 16).replace('T', ' ')} UTC`;
}
