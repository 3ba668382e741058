import { dayOf } from '@apexlogic/backstage-plugin-finops-common';
import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import {
  buildEvidenceCharts,
  EvidenceChartData,
} from '../../figures/evidenceChart';
import { formatQuantity } from '../../figures/quantity';
import { formatDay, formatInstant } from '../../figures/time';
import {
  ChartFrame,
  Code,
  DataTable,
  EvidenceChart,
  ExternalLink,
  LegendEntry,
  lineColor,
  RuledList,
  Stack,
  Text,
  useChartPalette,
} from '../../kit';

type Evidence = Schemas['Evidence'];

/** Everything that stands behind a finding, each piece with where to look at it again. */
export function EvidenceList(props: {
  evidence: readonly Evidence[];
  now: number;
}) {
  return (
    <RuledList
      label="Evidence"
      items={props.evidence.map(evidence => ({
        key: evidence.id,
        content: <EvidenceItem evidence={evidence} now={props.now} />,
      }))}
    />
  );
}

function EvidenceItem(props: { evidence: Evidence; now: number }) {
  const { evidence, now } = props;
  const {
    summary,
    sourceId,
    window,
    query,
    link,
    lines = [],
    series = [],
  } = evidence;
  return (
    <Stack gap={1}>
      {/* Summaries may quote logs and commits of strangers: text only, never markup. */}
      <Text>{summary}</Text>
      <Text kind="small">
        {sourceId} · {formatDay(dayOf(window.start), now)} –{' '}
        {formatDay(dayOf(Date.parse(window.end) - 1), now)}
        {link && (
          <>
            {' · '}
            <ExternalLink href={link}>Open at the source</ExternalLink>
          </>
        )}
      </Text>
      {query && (
        <details>
          <summary>Query</summary>
          <Code>{query}</Code>
        </details>
      )}
      {lines.length > 0 && (
        <RuledList
          label="Log lines"
          items={lines.map((line, index) => ({
            key: String(index),
            content: <Code>{line}</Code>,
          }))}
        />
      )}
      {buildEvidenceCharts(series).map(chart => (
        <EvidenceFigure key={chart.unit} chart={chart} />
      ))}
    </Stack>
  );
}

const UNIT_TITLES: Record<EvidenceChartData['unit'], string> = {
  cores: 'CPU cores over time',
  bytes: 'Bytes over time',
  replicas: 'Replicas over time',
  'requests/s': 'Requests a second over time',
  ratio: 'Share over time',
  seconds: 'Seconds over time',
  money: 'Cost over time',
  count: 'Count over time',
};

/** One evidence chart with legend and table. */
export function EvidenceFigure(props: { chart: EvidenceChartData }) {
  const { chart } = props;
  const title = UNIT_TITLES[chart.unit];
  const palette = useChartPalette();
  const bandKeys = chart.band ? [chart.band.lower, chart.band.upper] : [];
  const legend: LegendEntry[] = chart.lines
    .filter(({ key }) => !bandKeys.includes(key))
    .map((line, index) => ({
      label: line.label,
      color: lineColor(palette, line, index),
      line:
        line.role === 'proposed' || line.role === 'expected'
          ? 'dashed'
          : 'solid',
    }));
  const banded = chart.lines.filter(({ key }) => bandKeys.includes(key));
  if (banded.length > 0) {
    legend.push({
      label: banded.map(({ label }) => label).join(' – '),
      color: `${palette.series[0]}55`,
    });
  }
  return (
    <ChartFrame
      title={title}
      legend={legend}
      chart={<EvidenceChart data={chart} />}
      table={
        <DataTable
          caption={title}
          rows={chart.points}
          rowKey={point => String(point.time)}
          columns={[
            {
              id: 'time',
              title: 'Time',
              render: point =>
                formatInstant(new Date(point.time).toISOString()).local,
              sortBy: point => point.time,
            },
            ...chart.lines.map(line => ({
              id: line.key,
              title: line.label,
              number: true,
              render: (point: EvidenceChartData['points'][number]) => {
                const value = point.values[line.key];
                return value === undefined
                  ? '–'
                  : formatQuantity(value, chart.unit);
              },
            })),
          ]}
        />
      }
    />
  );
}
