import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { changesBefore, movedTogether } from '../../figures/aroundAnomaly';
import { formatPercent } from '../../figures/percent';
import { formatQuantity } from '../../figures/quantity';
import { EVENT_WORDS } from '../../figures/words';
import { Code, ExternalLink, Facts, Heading, Stack, Text } from '../../kit';
import { EvidenceList } from '../shared/EvidenceList';
import { InstantText } from '../shared/InstantText';

/** The series with its expected band, what changed before it and what else moved, and the evidence. */
export function AnomalyDetail(props: {
  anomaly: Schemas['Anomaly'];
  /** All findings and events of the span, this one among them. */
  all: readonly Schemas['Anomaly'][];
  events: readonly Schemas['TimelineEvent'][];
  now: number;
}) {
  const { anomaly, all, events, now } = props;
  const isAnomaly = anomaly.kind === 'anomaly';
  const changes = isAnomaly ? changesBefore(anomaly, events) : [];
  const together = isAnomaly ? movedTogether(anomaly, all) : [];
  const {
    observed,
    expected,
    confidence,
    model,
    workload,
    direction,
    evidence,
    occasion,
  } = anomaly;
  // The currency of money stands in the title.
  const unit = evidence[0]?.series?.[0]?.unit ?? 'count';
  const number = (value: number) => formatQuantity(value, unit);
  return (
    <Stack>
      <Facts
        facts={[
          ...(workload
            ? [{ name: 'Workload', value: <Code>{workload}</Code> }]
            : []),
          ...(observed !== undefined && expected
            ? [
                {
                  name: 'Observed',
                  value: `${number(observed)}, ${
                    direction ?? 'outside'
                  } the expected ${number(expected.lower)} to ${number(
                    expected.upper,
                  )}`,
                },
              ]
            : []),
          ...(occasion ? [{ name: 'Occasion', value: occasion }] : []),
          ...(isAnomaly
            ? [
                {
                  name: 'Changed before',
                  value:
                    changes.length > 0 ? (
                      <ChangeLines changes={changes} />
                    ) : (
                      'No commit, deployment or spec change is known in the day before'
                    ),
                },
              ]
            : []),
          ...(together.length > 0
            ? [
                {
                  name: 'Began about then',
                  value: together.map(({ title }) => title).join(' · '),
                },
              ]
            : []),
          { name: 'Confidence', value: formatPercent(confidence) },
          { name: 'Method', value: `${model.name} ${model.version}` },
        ]}
      />
      <Heading level={3}>Evidence</Heading>
      {evidence.length > 0 ? (
        <EvidenceList evidence={evidence} now={now} />
      ) : (
        <Text>No evidence was kept with this anomaly.</Text>
      )}
    </Stack>
  );
}

function ChangeLines(props: { changes: readonly Schemas['TimelineEvent'][] }) {
  return (
    <Stack gap={0.5}>
      {props.changes.map(({ id, kind, at, title, link }) => (
        <span key={id}>
          {EVENT_WORDS[kind]}:{' '}
          {link ? <ExternalLink href={link}>{title}</ExternalLink> : title},{' '}
          <InstantText instant={at} />
        </span>
      ))}
    </Stack>
  );
}
