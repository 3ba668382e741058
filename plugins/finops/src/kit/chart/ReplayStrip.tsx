import {
  Area,
  AreaChart,
  ReferenceLine,
  ResponsiveContainer,
  XAxis,
  YAxis,
} from 'recharts';
import { Replay } from '../../figures/evidenceChart';
import { useChartPalette } from './palette';

const HEIGHT_PX = 90;

/** The measured load as a share of the proposed value; above the line it would not have fitted. */
export default function ReplayStrip(props: { replay: Replay }) {
  const palette = useChartPalette();
  const highest = Math.max(
    1.2,
    ...props.replay.points.map(({ load }) => load ?? 0),
  );
  return (
    <ResponsiveContainer
      width="100%"
      height={HEIGHT_PX}
      initialDimension={{ width: 600, height: HEIGHT_PX }}
    >
      <AreaChart
        data={[...props.replay.points]}
        margin={{ top: 4, right: 12, bottom: 4, left: 4 }}
      >
        <XAxis
          dataKey="time"
          type="number"
          scale="time"
          domain={['dataMin', 'dataMax']}
          hide
        />
        <YAxis
          width={84}
          domain={[0, highest]}
          ticks={[0, 1]}
          tickFormatter={value => `${Math.round(value * 100)} %`}
          tick={{ fill: palette.axis, fontSize: 11 }}
          stroke={palette.grid}
        />
        <Area
          dataKey="load"
          type="linear"
          stroke={palette.series[2]}
          fill={palette.series[2]}
          fillOpacity={0.3}
          isAnimationActive={false}
        />
        <ReferenceLine y={1} stroke={palette.over} strokeDasharray="6 4" />
      </AreaChart>
    </ResponsiveContainer>
  );
}
