import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';

export type EvidenceSeries = Schemas['EvidenceSeries'];
export type EvidenceRole = NonNullable<EvidenceSeries['role']>;

export interface EvidencePoint {
  /** Epoch milliseconds. */
  readonly time: number;
  /** By series key; absent where nothing was measured. */
  readonly values: Readonly<Record<string, number | undefined>>;
}

export interface EvidenceLine {
  readonly key: string;
  readonly label: string;
  readonly role?: EvidenceRole;
}

/** Series of one unit on one time axis. */
export interface EvidenceChartData {
  readonly unit: EvidenceSeries['unit'];
  readonly lines: readonly EvidenceLine[];
  readonly points: readonly EvidencePoint[];
  /** Keys of the pair that is drawn as a band. */
  readonly band?: { readonly lower: string; readonly upper: string };
}

const BANDS: readonly (readonly [EvidenceRole, EvidenceRole])[] = [
  ['usage-low', 'usage-high'],
  ['expected-lower', 'expected-upper'],
];

/**
 * Lays series over one another, one chart a unit. The grid is that of the finest series; a coarser
 * one holds its value over its step, so that a request line of two points spans the whole window.
 */
export function buildEvidenceCharts(
  series: readonly EvidenceSeries[],
): EvidenceChartData[] {
  const units = [...new Set(series.map(({ unit }) => unit))];
  return units
    .map(unit =>
      buildOne(
        unit,
        series.filter(candidate => candidate.unit === unit),
      ),
    )
    .filter(chart => chart.points.length > 0);
}

function buildOne(
  unit: EvidenceSeries['unit'],
  series: readonly EvidenceSeries[],
): EvidenceChartData {
  const measured = series.filter(
    ({ step, values }) => step > 0 && values.length > 0,
  );
  const lines = measured.map(({ label, role }, index) => ({
    key: `s${index}`,
    label,
    role,
  }));
  const step = Math.min(...measured.map(one => one.step));
  const start = Math.min(...measured.map(one => one.start));
  const end = Math.max(
    ...measured.map(one => one.start + one.step * one.values.length),
  );
  const points: EvidencePoint[] = [];
  for (let time = start; time < end; time += step) {
    points.push({
      time: time * 1000,
      values: Object.fromEntries(
        measured.map((one, index) => [`s${index}`, valueAt(one, time)]),
      ),
    });
  }
  return { unit, lines, points, band: findBand(lines) };
}

function valueAt(series: EvidenceSeries, time: number): number | undefined {
  const value = series.values[Math.floor((time - series.start) / series.step)];
  return value === null || value === undefined || !Number.isFinite(value)
    ? undefined
    : value;
}

function findBand(lines: readonly EvidenceLine[]): EvidenceChartData['band'] {
  for (const [low, high] of BANDS) {
    const lower = lines.find(({ role }) => role === low);
    const upper = lines.find(({ role }) => role === high);
    if (lower && upper) {
      return { lower: lower.key, upper: upper.key };
    }
  }
  return undefined;
}

/** The same window under the proposed value. */
export interface Replay {
  readonly unit: EvidenceSeries['unit'];
  /** Load as a share of the proposed value at each time; absent where nothing was measured. */
  readonly points: readonly {
    readonly time: number;
    readonly load: number | undefined;
  }[];
  /** Points at which the load would have been above the proposed value. */
  readonly over: number;
  readonly measured: number;
  /** Times that it went above, however long each lasted. */
  readonly overshoots: number;
  /** Milliseconds that a point stands for; its highest load is what is known of them. */
  readonly stepMs: number;
  /** What stood for the load: "p95", "peak" … */
  readonly loadLabel: string;
}

/** The load a replay judges by: the harshest series there is. */
const LOAD_ROLES: readonly EvidenceRole[] = ['peak', 'usage-high', 'usage'];

/** How the measured window would have looked under the proposal; undefined when the series do not say. */
export function replayProposal(chart: EvidenceChartData): Replay | undefined {
  const proposed = chart.lines.find(({ role }) => role === 'proposed');
  const load = LOAD_ROLES.map(role =>
    chart.lines.find(line => line.role === role),
  ).find(Boolean);
  if (!proposed || !load) {
    return undefined;
  }
  const points = chart.points.map(({ time, values }) => {
    const limit = values[proposed.key];
    const used = values[load.key];
    return {
      time,
      load:
        limit === undefined || used === undefined || limit <= 0
          ? undefined
          : used / limit,
    };
  });
  const loads = points.flatMap(point =>
    point.load === undefined ? [] : [point.load],
  );
  if (loads.length === 0) {
    return undefined;
  }
  return {
    unit: chart.unit,
    points,
    over: loads.filter(value => value > 1).length,
    measured: loads.length,
    overshoots: points.filter(
      ({ load: share }, i) =>
        (share ?? 0) > 1 && !((points[i - 1]?.load ?? 0) > 1),
    ).length,
    stepMs: points.length > 1 ? points[1].time - points[0].time : 0,
    loadLabel: load.label,
  };
}
