import { formatMoney } from '@apexlogic/backstage-plugin-finops-common';
import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { countOf, STAGE_WORDS } from '../../figures/words';
import { Heading, Stack, Steps, Text } from '../../kit';

/** Monthly savings by how far their changes have come. */
export function SavingsPipeline(props: {
  pipeline: Schemas['TeamReview']['totals'][number]['pipeline'];
}) {
  const { pipeline } = props;
  return (
    <Stack gap={1}>
      <Heading level={3}>Savings a month on their way</Heading>
      {pipeline.some(({ count }) => count > 0) ? (
        <Steps
          label="Savings pipeline"
          steps={pipeline.map(({ stage, count, monthlySaving }) => ({
            label: STAGE_WORDS[stage],
            status: count > 0 ? 'done' : 'ahead',
            note: `${formatMoney(monthlySaving, 'headline')} in ${countOf(
              count,
              'change',
            )}`,
          }))}
        />
      ) : (
        <Text>No change is proposed or under way.</Text>
      )}
    </Stack>
  );
}
