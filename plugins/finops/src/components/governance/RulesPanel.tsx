import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import {
  approvalInWords,
  escalationInWords,
  windowInWords,
} from '../../figures/governance';
import { durationInWords } from '../../figures/time';
import { Badge, Heading, Panel, RuledList, Stack, Text } from '../../kit';
import { InstantText } from '../shared/InstantText';

type Governance = Schemas['Governance'];

/** Who approves, when changes may be opened, and who is told when nobody answers. */
export function RulesPanel(props: { governance: Governance }) {
  const { approvals, windows, minimumAgeMs, escalation } = props.governance;
  return (
    <Panel title="Approvals and times">
      <Stack>
        <Heading level={3}>Approvals</Heading>
        {approvals.map(rule => (
          <Text key={JSON.stringify(rule)}>{approvalInWords(rule)}</Text>
        ))}
        <Text>
          {approvals.length > 0 ? 'Everything else is' : 'Every change is'}{' '}
          approved by one person who did not ask for it.
        </Text>
        <Heading level={3}>Times</Heading>
        {windows.length > 0 && (
          <RuledList
            label="Windows"
            items={windows.map(window => ({
              key: JSON.stringify({ ...window, opening: undefined }),
              content: <WindowRow window={window} />,
            }))}
          />
        )}
        <Text>
          {windows.length > 0
            ? 'Everything else may be opened at any time.'
            : 'Change requests may be opened at any time.'}
          {minimumAgeMs > 0 &&
            ` Advice must stand for ${durationInWords(minimumAgeMs)} first.`}
          {(windows.length > 0 || minimumAgeMs > 0) &&
            ' What keeps a service well does not wait.'}
        </Text>
        <Heading level={3}>Who is told</Heading>
        <Text>{escalationInWords(escalation)}</Text>
      </Stack>
    </Panel>
  );
}

function WindowRow(props: { window: Governance['windows'][number] }) {
  const { opening } = props.window;
  const next = opening.kind === 'open' ? opening.until : opening.opensAt;
  return (
    <Stack gap={0.5}>
      <Text>{windowInWords(props.window)}</Text>
      <Stack direction="row" gap={1}>
        <Badge tone={opening.kind === 'open' ? 'saving' : 'neutral'}>
          {opening.kind === 'open' ? 'Open now' : 'Closed now'}
        </Badge>
        {next && (
          <Text kind="small" inline>
            {opening.kind === 'open' ? 'Closes' : 'Opens'}{' '}
            <InstantText instant={next} />
          </Text>
        )}
      </Stack>
    </Stack>
  );
}
