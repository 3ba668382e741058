import { formatMoney } from '@apexlogic/backstage-plugin-finops-common';
import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { costSentence } from '../../figures/costSentence';
import {
  buildCostChart,
  CostChartData,
  OTHER_KEY,
} from '../../figures/costChart';
import { formatDay } from '../../figures/time';
import {
  ChartFrame,
  CostChart,
  DataTable,
  layerColor,
  LegendEntry,
  Panel,
  Stack,
  Text,
  useChartPalette,
} from '../../kit';
import { DeltaText } from '../shared/DeltaText';
import { ProvenanceLine } from '../shared/ProvenanceLine';
import { CostGroupTable } from './CostGroupTable';
import { EventList } from './EventList';
import { MonthEndText } from './MonthEndText';
import { WhatChanged } from './WhatChanged';

type Block = Schemas['EntityCosts']['currencies'][number];

/** Everything in one currency; amounts of two are never mixed. */
export function CurrencyBlock(props: {
  block: Block;
  entityName: string;
  periodWords: string;
  groupTitle: string;
  now: number;
  titled: boolean;
}) {
  const { block, entityName, periodWords, groupTitle, now, titled } = props;
  const suffix = titled ? ` in ${block.currency}` : '';
  return (
    <Stack>
      <Panel title={`Cost${suffix}`}>
        <Stack gap={1}>
          <Text kind="lead">
            {costSentence({ name: entityName, periodWords, block })}
          </Text>
          <Stack direction="row" gap={2} align="baseline">
            <Text kind="figure" inline>
              {formatMoney(block.total)}
            </Text>
            <DeltaText
              changeRatio={block.changeRatio}
              than="than in the span before"
            />
            {block.monthEnd && <MonthEndText monthEnd={block.monthEnd} />}
          </Stack>
          <ProvenanceLine
            provenance={block.provenance}
            currency={block.currency}
            now={now}
          />
          <CostFigure block={block} now={now} />
          <EventList events={block.events} />
        </Stack>
      </Panel>
      <Panel title={`By ${groupTitle.toLowerCase()}${suffix}`}>
        <CostGroupTable block={block} groupTitle={groupTitle} />
      </Panel>
      <Panel title={`What changed${suffix}`}>
        <WhatChanged
          changes={block.changes}
          compared={block.previous !== undefined}
        />
      </Panel>
    </Stack>
  );
}

function CostFigure(props: { block: Block; now: number }) {
  const { block, now } = props;
  const palette = useChartPalette();
  const data = buildCostChart(block);
  const hasForecast = data.points.some(({ forecast }) => forecast);
  const legend: LegendEntry[] = data.layers.map(({ key, label }, index) => ({
    label,
    color: layerColor(palette, index, key === OTHER_KEY),
  }));
  if (data.provisionalFrom) {
    legend.push({
      label: 'Provisional, may be restated',
      color: palette.axis,
      hatched: true,
    });
  }
  if (hasForecast) {
    const model = block.forecastModel;
    legend.push({
      label: `Forecast with its interval${
        model ? ` (${model.name} ${model.version})` : ''
      }`,
      color: palette.forecast,
      line: 'dashed',
    });
  }
  return (
    <ChartFrame
      title={`Cost a day in ${block.currency}`}
      legend={legend}
      chart={<CostChart data={data} events={block.events} now={now} />}
      table={<CostDaysTable data={data} now={now} />}
    />
  );
}

function CostDaysTable(props: { data: CostChartData; now: number }) {
  const { data, now } = props;
  const amount = (amountMicros: number) =>
    formatMoney({ amountMicros, currency: data.currency });
  return (
    <DataTable
      caption={`Cost a day in ${data.currency}`}
      rows={data.points}
      rowKey={point => point.day}
      columns={[
        {
          id: 'day',
          title: 'Day (UTC)',
          render: point => formatDay(point.day, now),
          sortBy: point => point.day,
        },
        ...data.layers.map(({ key, label }) => ({
          id: `layer ${key}`,
          title: label,
          number: true,
          render: (point: CostChartData['points'][number]) =>
            point.layers ? amount(point.layers[key] ?? 0) : '',
        })),
        {
          id: 'total',
          title: 'Total',
          number: true,
          render: point =>
            point.total === undefined
              ? amount(point.forecast?.mean ?? 0)
              : amount(point.total),
          sortBy: point => point.total ?? point.forecast?.mean,
        },
        {
          id: 'status',
          title: 'Status',
          render: point => {
            if (point.forecast) {
              return `forecast, likely ${amount(
                point.forecast.lower,
              )} to ${amount(point.forecast.upper)}`;
            }
            return point.provisional ? 'provisional' : 'final';
          },
        },
      ]}
    />
  );
}
