import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { formatPercent } from '../../figures/percent';
import { formatQuantity } from '../../figures/quantity';
import { Code, Facts, Heading, Stack, Text } from '../../kit';
import { EvidenceList } from '../shared/EvidenceList';

/** The series with its expected band, and the evidence. */
export function AnomalyDetail(props: {
  anomaly: Schemas['Anomaly'];
  now: number;
}) {
  const { anomaly, now } = props;
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
