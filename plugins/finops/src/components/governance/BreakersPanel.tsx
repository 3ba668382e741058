import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { useState } from 'react';
import {
  BREAKER_STATE_WORDS,
  breakerLimitsInWords,
  scopeInWords,
} from '../../figures/governance';
import {
  Badge,
  Button,
  Code,
  Panel,
  RuledList,
  Stack,
  Text,
  Tone,
} from '../../kit';
import { InstantText } from '../shared/InstantText';
import { GovernDialog } from './GovernDialog';

type Breaker = Schemas['Breaker'];

const STATE_TONES: Record<Breaker['state'], Tone> = {
  closed: 'neutral',
  'half-open': 'info',
  open: 'risk',
};

/** What stopped changes by itself, since when and why, and the button that ends it. */
export function BreakersPanel(props: { governance: Schemas['Governance'] }) {
  const { breakers, breakerLimits, manage } = props.governance;
  const [resetting, setResetting] = useState<string>();
  return (
    <Panel title="Breakers">
      <Stack>
        <Text>
          {breakers.some(({ state }) => state !== 'closed')
            ? 'Some changes are stopped because too many of them went wrong.'
            : 'No breaker is open.'}
        </Text>
        {breakers.length > 0 && (
          <RuledList
            label="Breakers"
            items={breakers.map(breaker => ({
              key: breaker.scope,
              content: (
                <BreakerRow
                  breaker={breaker}
                  onReset={
                    manage ? () => setResetting(breaker.scope) : undefined
                  }
                />
              ),
            }))}
          />
        )}
        <Text kind="small">{breakerLimitsInWords(breakerLimits)}</Text>
      </Stack>
      {resetting !== undefined && (
        <GovernDialog
          title="Reset this breaker?"
          confirm="Reset it"
          confirming="Resetting…"
          consequence={
            <Text>
              {scopeInWords(resetting)} may be proposed again at once. What
              happened until now no longer counts; it opens again when more goes
              wrong.
            </Text>
          }
          govern={(api, reason) => api.resetBreaker(resetting, reason)}
          onClose={() => setResetting(undefined)}
        />
      )}
    </Panel>
  );
}

function BreakerRow(props: { breaker: Breaker; onReset?: () => void }) {
  const { scope, state, reason, since, canary } = props.breaker;
  return (
    <Stack gap={0.5}>
      <Stack direction="row" gap={1}>
        <Badge tone={STATE_TONES[state]}>{BREAKER_STATE_WORDS[state]}</Badge>
        <Text inline>
          <strong>{scopeInWords(scope)}</strong>
        </Text>
      </Stack>
      <Text>{reason}</Text>
      <Text kind="small">
        Since <InstantText instant={since} />
        {canary && (
          <>
            {' '}
            · being tried: <Code>{canary}</Code>
          </>
        )}
      </Text>
      {props.onReset && state !== 'closed' && (
        <Stack direction="row">
          <Button onClick={props.onReset}>
            {`Reset ${scopeInWords(scope).toLocaleLowerCase('en-US')}`}
          </Button>
        </Stack>
      )}
    </Stack>
  );
}
