import { formatMoney } from '@apexlogic/backstage-plugin-finops-common';
import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { useId } from 'react';
import {
  Area,
  CartesianGrid,
  ComposedChart,
  Line,
  ReferenceArea,
  ReferenceLine,
  ResponsiveContainer,
  Tooltip,
  XAxis,
  YAxis,
} from 'recharts';
import { CostChartData, CostPoint, OTHER_KEY } from '../../figures/costChart';
import { formatDay } from '../../figures/time';
import { eventsByDay } from '../../figures/timeline';
import { EVENT_WORDS } from '../../figures/words';
import { ChartTooltip } from './ChartTooltip';
import { layerColor, useChartPalette } from './palette';

const HEIGHT_PX = 280;

/** Cost a day stacked by group, days that may be restated hatched, the forecast as a band. */
export default function CostChart(props: {
  data: CostChartData;
  events: readonly Schemas['TimelineEvent'][];
  now: number;
}) {
  const { data, events, now } = props;
  const palette = useChartPalette();
  const hatchId = `hatch${useId().replace(/:/g, '')}`;
  const markers = eventsByDay(events);
  const lastKnown = data.points
    .filter(point => point.total !== undefined)
    .at(-1);
  const rows = data.points.map(point => ({
    day: point.day,
    ...point.layers,
    mean: forecastOf(point, lastKnown)?.mean,
    band: bandOf(point, lastKnown),
  }));
  const points = new Map(data.points.map(point => [point.day, point]));
  const amount = (amountMicros: number, style: 'headline' | 'exact') =>
    formatMoney(
      { amountMicros: Math.round(amountMicros), currency: data.currency },
      style,
    );

  return (
    <ResponsiveContainer
      width="100%"
      height={HEIGHT_PX}
      initialDimension={{ width: 600, height: HEIGHT_PX }}
    >
      <ComposedChart
        data={rows}
        margin={{ top: 16, right: 12, bottom: 0, left: 4 }}
      >
        <defs>
          <pattern
            id={hatchId}
            width="6"
            height="6"
            patternUnits="userSpaceOnUse"
            patternTransform="rotate(45)"
          >
            <line
              x1="0"
              y1="0"
              x2="0"
              y2="6"
              stroke={palette.ground}
              strokeWidth="4"
              strokeOpacity="0.65"
            />
          </pattern>
        </defs>
        <CartesianGrid stroke={palette.grid} vertical={false} />
        <XAxis
          dataKey="day"
          tickFormatter={day => formatDay(day, now)}
          tick={{ fill: palette.axis, fontSize: 12 }}
          stroke={palette.grid}
          minTickGap={28}
        />
        <YAxis
          tickFormatter={value => amount(value, 'headline')}
          tick={{ fill: palette.axis, fontSize: 12 }}
          stroke={palette.grid}
          width={62}
        />
        <Tooltip
          isAnimationActive={false}
          content={({ active, label }) => {
            const point = active ? points.get(String(label)) : undefined;
            return point ? (
              <ChartTooltip
                title={`${formatDay(point.day, now)}${
                  point.provisional ? ' (provisional)' : ''
                }`}
                rows={tooltipRows(data, point, value => amount(value, 'exact'))}
                notes={(markers.get(point.day) ?? []).map(
                  event => `${EVENT_WORDS[event.kind]}: ${event.title}`,
                )}
              />
            ) : null;
          }}
        />
        {data.layers.map(({ key, label }, index) => {
          const color = layerColor(palette, index, key === OTHER_KEY);
          return (
            <Area
              key={key}
              dataKey={key}
              name={label}
              stackId="cost"
              type="linear"
              stroke={color}
              fill={color}
              fillOpacity={0.75}
              isAnimationActive={false}
            />
          );
        })}
        <Area
          dataKey="band"
          name="Forecast interval"
          type="linear"
          stroke="none"
          fill={palette.forecast}
          fillOpacity={0.25}
          isAnimationActive={false}
        />
        <Line
          dataKey="mean"
          name="Forecast"
          type="linear"
          stroke={palette.forecast}
          strokeDasharray="5 4"
          strokeWidth={2}
          dot={false}
          isAnimationActive={false}
        />
        {data.provisionalFrom && lastKnown && (
          <ReferenceArea
            x1={dayBefore(data, data.provisionalFrom)}
            x2={lastKnown.day}
            fill={`url(#${hatchId})`}
            fillOpacity={1}
            stroke="none"
          />
        )}
        {[...markers.keys()]
          .filter(day => points.has(day))
          .map(day => (
            <ReferenceLine
              key={day}
              x={day}
              stroke={palette.marker}
              strokeDasharray="2 3"
              label={{
                value: '▼',
                position: 'top',
                fill: palette.marker,
                fontSize: 10,
              }}
            />
          ))}
      </ComposedChart>
    </ResponsiveContainer>
  );
}

/** The forecast starts where the known days end, so that the line does not hang in the air. */
function forecastOf(point: CostPoint, lastKnown: CostPoint | undefined) {
  if (point.forecast || point !== lastKnown || point.total === undefined) {
    return point.forecast;
  }
  return { mean: point.total, lower: point.total, upper: point.total };
}

function bandOf(
  point: CostPoint,
  lastKnown: CostPoint | undefined,
): [number, number] | undefined {
  const forecast = forecastOf(point, lastKnown);
  return forecast && [forecast.lower, forecast.upper];
}

function dayBefore(data: CostChartData, day: string): string {
  const index = data.points.findIndex(point => point.day === day);
  return data.points[Math.max(0, index - 1)].day;
}

function tooltipRows(
  data: CostChartData,
  point: CostPoint,
  write: (micros: number) => string,
) {
  if (point.forecast) {
    return [
      { label: 'Forecast', value: write(point.forecast.mean) },
      {
        label: 'Likely between',
        value: `${write(point.forecast.lower)} – ${write(
          point.forecast.upper,
        )}`,
      },
    ];
  }
  return [
    ...data.layers
      .map(({ key, label }) => ({ label, micros: point.layers?.[key] ?? 0 }))
      .filter(({ micros }) => micros !== 0)
      .map(({ label, micros }) => ({ label, value: write(micros) })),
    { label: 'Total', value: write(point.total ?? 0) },
  ];
}
