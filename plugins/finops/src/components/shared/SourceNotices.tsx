import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { Notice, RuledList, Text } from '../../kit';
import { InstantText } from './InstantText';

type SourceStatus = Schemas['SourceStatus'];

const KIND_WORDS: Record<SourceStatus['kind'], string> = {
  metric: 'Metrics',
  log: 'Logs',
  trace: 'Traces',
  cost: 'Costs',
  change: 'Changes',
  alert: 'Alerts',
  state: 'Live state',
  document: 'Documents',
};

/** Names the sources that did not answer, and since when; the rest of the screen is what did. */
export function SourceNotices(props: { sources: readonly SourceStatus[] }) {
  const failing = props.sources.filter(({ status }) =>
    ['down', 'denied', 'malformed'].includes(status),
  );
  const unset = props.sources.filter(
    ({ status }) => status === 'not-configured',
  );
  if (failing.length === 0 && unset.length === 0) {
    return null;
  }
  return (
    <Notice
      tone={failing.length > 0 ? 'warning' : 'info'}
      title={
        failing.length > 0
          ? 'Some sources did not answer'
          : 'Some sources are not set up'
      }
    >
      {failing.length > 0 && (
        <Text>
          What you see is what the others know. Figures may be too low.
        </Text>
      )}
      <RuledList
        label="Sources"
        items={[...failing, ...unset].map(source => ({
          key: `${source.kind}/${source.sourceId}`,
          content: <SourceLine source={source} />,
        }))}
      />
    </Notice>
  );
}

function SourceLine(props: { source: SourceStatus }) {
  const { kind, sourceId, status, reason, since, fix } = props.source;
  return (
    <>
      {KIND_WORDS[kind]} from {sourceId}: {status === 'down' && 'not reachable'}
      {status === 'denied' && 'access denied'}
      {status === 'malformed' && 'gave an answer that could not be read'}
      {status === 'not-configured' && 'not set up'}
      {since && (
        <>
          {' '}
          since <InstantText instant={since} />
        </>
      )}
      {reason && `. ${reason}`}
      {fix && `. ${fix}`}
    </>
  );
}
