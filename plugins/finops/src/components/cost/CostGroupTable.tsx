import { formatMoney } from '@apexlogic/backstage-plugin-finops-common';
import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { formatPercent } from '../../figures/percent';
import { UNOWNED_GROUPS } from '../../figures/words';
import { DataTable, Stack, Text } from '../../kit';
import { DeltaText } from '../shared/DeltaText';

type Block = Schemas['EntityCosts']['currencies'][number];

/** The groups with change and share; each unfolds to its workloads. */
export function CostGroupTable(props: { block: Block; groupTitle: string }) {
  const { block, groupTitle } = props;
  const unowned = block.groups.filter(
    ({ key }) => UNOWNED_GROUPS[key] !== undefined,
  );
  return (
    <Stack gap={1}>
      <DataTable
        caption={`Cost by ${groupTitle.toLowerCase()} in ${block.currency}`}
        rows={block.groups}
        rowKey={group => group.key}
        rowName={group => group.label}
        initialSort={{ column: 'cost', direction: 'descending' }}
        innerRows={group =>
          (group.workloads ?? []).map(({ workload, total, share }) => ({
            key: workload,
            cells: {
              group: workload,
              cost: formatMoney(total),
              share: formatPercent(share),
            },
          }))
        }
        columns={[
          {
            id: 'group',
            title: groupTitle,
            render: group => group.label,
            sortBy: group => group.label,
          },
          {
            id: 'cost',
            title: 'Cost',
            number: true,
            render: group => formatMoney(group.total),
            sortBy: group => group.total,
          },
          {
            id: 'change',
            title: 'Change',
            number: true,
            render: group => <DeltaText changeRatio={group.changeRatio} />,
            sortBy: group => group.changeRatio,
          },
          {
            id: 'share',
            title: 'Share',
            number: true,
            render: group => formatPercent(group.share),
            sortBy: group => group.share,
          },
        ]}
      />
      {unowned.map(({ key }) => (
        <Text key={key} kind="small">
          {UNOWNED_GROUPS[key]}
        </Text>
      ))}
    </Stack>
  );
}
