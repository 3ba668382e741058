import { formatMoney } from '@apexlogic/backstage-plugin-finops-common';
import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import {
  buildEvidenceCharts,
  Replay,
  replayProposal,
} from '../../figures/evidenceChart';
import { formatPercent } from '../../figures/percent';
import { durationInWords, formatInstant } from '../../figures/time';
import {
  ChartFrame,
  DataTable,
  ReplayStrip,
  Stack,
  Text,
  useChartPalette,
} from '../../kit';
import { EvidenceList } from '../shared/EvidenceList';

/** A month of 730 hours, as savings are given for. */
const MONTH_MS = 730 * 3_600_000;

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
      {replays.length > 0 && (
        <Text>{costInWords(props.recommendation, replays[0].replay)}</Text>
      )}
      {replays.map(({ key, replay }) => (
        <ReplayFigure key={key} replay={replay} />
      ))}
    </Stack>
  );
}

/** What a load above the new value means for the resource. */
const ABOVE: Partial<Record<Replay['unit'], string>> = {
  cores: 'its pods get more than that only while their node has CPU to spare',
  bytes: 'a pod above its request is evicted first when its node runs out',
};

function replayInWords(replay: Replay): string {
  const { loadLabel, over, overshoots, measured, stepMs, unit } = replay;
  const window = durationInWords(measured * stepMs);
  if (over === 0) {
    return `${loadLabel} would have stayed within the new value for all of ${window}.`;
  }
  return `${loadLabel} would have gone above the new value ${
    overshoots === 1 ? 'once' : `${overshoots} times`
  }, for at most ${durationInWords(
    over * stepMs,
  )} of ${window} (${formatPercent(over / measured)}); ${
    ABOVE[unit] ?? 'what is above has to wait'
  }.`;
}

/** What the measured window would have cost, at the price of the saving. */
function costInWords(
  { saving }: Schemas['Recommendation'],
  { measured, stepMs }: Replay,
): string {
  const { amountMicros, currency } = saving.expected;
  const share = (measured * stepMs) / MONTH_MS;
  const amount = formatMoney(
    { amountMicros: Math.round(Math.abs(amountMicros) * share), currency },
    'headline',
  );
  return `With the change, ${durationInWords(
    measured * stepMs,
  )} like these would have cost about ${amount} ${
    amountMicros < 0 ? 'more' : 'less'
  }.`;
}

function ReplayFigure(props: { replay: Replay }) {
  const { replay } = props;
  const palette = useChartPalette();
  return (
    <Stack gap={1}>
      <Text>
        <strong>As it would have been.</strong> {replayInWords(replay)}
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
