import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import {
  buildEvidenceCharts,
  Replay,
  replayProposal,
} from '../../figures/evidenceChart';
import { formatPercent } from '../../figures/percent';
import { formatInstant } from '../../figures/time';
import {
  ChartFrame,
  DataTable,
  ReplayStrip,
  Stack,
  Text,
  useChartPalette,
} from '../../kit';
import { EvidenceList } from '../shared/EvidenceList';

/** The evidence, and the same window as it would have been under the proposal. */
export function WhySection(props: {
  recommendation: Schemas['Recommendation'];
  now: number;
}) {
  const { evidence } = props.recommendation;
  const replays = evidence
    .flatMap(({ id, series = [] }) =>
      buildEvidenceCharts(series).map(chart => ({
        key: `${id} ${chart.unit}`,
        replay: replayProposal(chart),
      })),
    )
    .flatMap(({ key, replay }) => (replay ? [{ key, replay }] : []));
  if (evidence.length === 0) {
    return <Text>No evidence was kept with this recommendation.</Text>;
  }
  return (
    <Stack>
      <EvidenceList evidence={evidence} now={props.now} />
      {replays.map(({ key, replay }) => (
        <ReplayFigure key={key} replay={replay} />
      ))}
    </Stack>
  );
}

function ReplayFigure(props: { replay: Replay }) {
  const { replay } = props;
  const palette = useChartPalette();
  return (
    <Stack gap={1}>
      <Text>
        <strong>As it would have been.</strong>{' '}
        {replay.over === 0
          ? `${replay.loadLabel} would have stayed within the new value all the time.`
          : `${
              replay.loadLabel
            } would have been above the new value in ${formatPercent(
              replay.over / replay.measured,
            )} of the ${replay.measured} measured points.`}
      </Text>
      <ChartFrame
        title={`${replay.loadLabel} as a share of the new value`}
        legend={[
          { label: replay.loadLabel, color: palette.series[2] },
          { label: 'The new value', color: palette.over, line: 'dashed' },
        ]}
        chart={<ReplayStrip replay={replay} />}
        table={
          <DataTable
            caption={`${replay.loadLabel} as a share of the new value`}
            rows={replay.points}
            rowKey={point => String(point.time)}
            columns={[
              {
                id: 'time',
                title: 'Time',
                render: point =>
                  formatInstant(new Date(point.time).toISOString()).local,
                sortBy: point => point.time,
              },
              {
                id: 'load',
                title: 'Share of the new value',
                number: true,
                render: point =>
                  point.load === undefined ? '–' : formatPercent(point.load),
                sortBy: point => point.load,
              },
            ]}
          />
        }
      />
    </Stack>
  );
}
