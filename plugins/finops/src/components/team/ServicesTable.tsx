import { formatMoney } from '@apexlogic/backstage-plugin-finops-common';
import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { EntityRefLink } from '@backstage/plugin-catalog-react';
import { formatPercent } from '../../figures/percent';
import { formatMonth } from '../../figures/time';
import { countOf } from '../../figures/words';
import { Column, DataTable, Text } from '../../kit';
import { DeltaText } from '../shared/DeltaText';

type Row = Schemas['TeamReview']['entities'][number];

const COLUMNS: readonly Column<Row>[] = [
  {
    id: 'entity',
    title: 'Service',
    render: row => (
      <EntityRefLink entityRef={row.entityRef} defaultKind="component" />
    ),
    sortBy: row => row.entityRef,
  },
  {
    id: 'cost',
    title: 'Cost',
    number: true,
    render: row => formatMoney(row.total),
    sortBy: row => row.total,
  },
  {
    id: 'change',
    title: 'Change',
    number: true,
    render: row => (
      <DeltaText
        changeRatio={row.changeRatio}
        than="than in the month before"
      />
    ),
    sortBy: row => row.changeRatio,
  },
  {
    id: 'efficiency',
    title: 'Efficiency',
    number: true,
    render: row =>
      row.efficiency === undefined ? '–' : formatPercent(row.efficiency),
    sortBy: row => row.efficiency,
  },
  {
    id: 'advice',
    title: 'Open advice',
    number: true,
    render: row => adviceWords(row),
    sortBy: row => row.monthlySaving,
  },
  {
    id: 'anomalies',
    title: 'Anomalies',
    number: true,
    render: row =>
      row.openAnomalies === 0 ? '–' : row.openAnomalies.toLocaleString('en-US'),
    sortBy: row => row.openAnomalies,
  },
  {
    id: 'coverage',
    title: 'Covered',
    number: true,
    render: row => formatPercent(row.coverage),
    sortBy: row => row.coverage,
  },
];

/** Every owned service with its month. */
export function ServicesTable(props: {
  entities: readonly Row[];
  month: string;
}) {
  if (props.entities.length === 0) {
    return <Text>No service has figures in this month.</Text>;
  }
  return (
    <>
      <DataTable
        caption={`Services in ${formatMonth(props.month)}`}
        rows={props.entities}
        rowKey={row => `${row.entityRef} ${row.total.currency}`}
        columns={COLUMNS}
        initialSort={{ column: 'cost', direction: 'descending' }}
      />
      <Text kind="small">
        Efficiency is what was used of what was requested, weighted by cost.
        Covered is the share of a service’s spend that the figures explain.
      </Text>
    </>
  );
}

function adviceWords(row: Row): string {
  if (row.openRecommendations === 0) {
    return '–';
  }
  const saving = row.monthlySaving
    ? `, ${formatMoney(row.monthlySaving, 'headline')} a month`
    : '';
  return `${countOf(row.openRecommendations, 'change')}${saving}`;
}
