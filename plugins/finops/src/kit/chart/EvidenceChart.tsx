import {
  Area,
  CartesianGrid,
  ComposedChart,
  Line,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import { EvidenceChartData, EvidenceRole } from '../../figures/evidenceChart';
import { formatQuantity } from '../../figures/quantity';
import { formatInstant } from '../../figures/time';
import { ChartTooltip } from './ChartTooltip';
import { lineColor, useChartPalette } from './palette';

const HEIGHT_PX = 220;

/** Measured series with their band, the request as a line and the proposal dashed. */
export default function EvidenceChart(props: { data: EvidenceChartData }) {
  const { data } = props;
  const palette = useChartPalette();
  const bandKeys = data.band ? [data.band.lower, data.band.upper] : [];
  const rows = data.points.map(({ time, values }) => ({
    time,
    ...values,
    band:
      data.band && bandValue(values[data.band.lower], values[data.band.upper]),
  }));
  const byTime = new Map(data.points.map(point => [point.time, point]));
  return (
    <ResponsiveContainer
      width="100%"
      height={HEIGHT_PX}
      initialDimension={{ width: 600, height: HEIGHT_PX }}
    >
      <ComposedChart
        data={rows}
        margin={{ top: 8, right: 12, bottom: 0, left: 4 }}
      >
        <CartesianGrid stroke={palette.grid} vertical={false} />
        <XAxis
          dataKey="time"
          type="number"
          scale="time"
          domain={['dataMin', 'dataMax']}
          tickFormatter={time =>
            formatInstant(new Date(time).toISOString()).local.split(',')[0]
          }
          tick={{ fill: palette.axis, fontSize: 12 }}
          stroke={palette.grid}
          minTickGap={40}
        />
        <YAxis
          tickFormatter={value =>
            // The axis is narrow; caption and table have the unit in full.
            formatQuantity(value, data.unit).replace(' requests/s', '/s')
          }
          tick={{ fill: palette.axis, fontSize: 11 }}
          stroke={palette.grid}
          width={84}
          domain={[0, 'auto']}
        />
        <Tooltip
          isAnimationActive={false}
          content={({ active, label }) => {
            const point = active ? byTime.get(Number(label)) : undefined;
            return point ? (
              <ChartTooltip
                title={formatInstant(new Date(point.time).toISOString()).local}
                rows={data.lines.map(line => {
                  const value = point.values[line.key];
                  return {
                    label: line.label,
                    value:
                      value === undefined
                        ? 'not measured'
                        : formatQuantity(value, data.unit),
                  };
                })}
              />
            ) : null;
          }}
        />
        {data.band && (
          <Area
            dataKey="band"
            type="linear"
            stroke="none"
            fill={palette.series[0]}
            fillOpacity={0.22}
            isAnimationActive={false}
          />
        )}
        {data.lines
          .filter(({ key }) => !bandKeys.includes(key))
          .map((line, index) => (
            <Line
              key={line.key}
              dataKey={line.key}
              name={line.label}
              type={isLevel(line.role) ? 'stepAfter' : 'linear'}
              stroke={
                line.role === 'peak' ? 'none' : lineColor(palette, line, index)
              }
              strokeWidth={2}
              strokeDasharray={
                line.role === 'proposed' || line.role === 'expected'
                  ? '6 4'
                  : undefined
              }
              dot={
                line.role === 'peak'
                  ? {
                      r: 1.8,
                      fill: lineColor(palette, line, index),
                      stroke: 'none',
                    }
                  : false
              }
              isAnimationActive={false}
            />
          ))}
      </ComposedChart>
    </ResponsiveContainer>
  );
}

function bandValue(
  lower: number | undefined,
  upper: number | undefined,
): [number, number] | undefined {
  return lower === undefined || upper === undefined
    ? undefined
    : [lower, upper];
}

function isLevel(role: EvidenceRole | undefined): boolean {
  return role === 'request' || role === 'proposed' || role === 'limit';
}
