import { BenchReport, BenchResult } from './types';

/** The report as a table for people: whole sets first, then their groups, then the notes. */
export function formatReport(report: BenchReport): string {
  const baselineNames = [
    ...new Set(
      report.results.flatMap(({ baselines }) => Object.keys(baselines)),
    ),
  ];
  const header = [
    'set',
    'group',
    'metric',
    'n',
    'ours',
    '95 % interval',
    ...baselineNames,
  ];
  const rows = [...report.results]
    .sort(
      (a, b) => Number(a.group !== undefined) - Number(b.group !== undefined),
    )
    .map(result => [
      result.set,
      result.group ?? '',
      result.metric,
      String(result.n),
      figure(result.value),
      result.interval
        ? `${figure(result.interval[0])} – ${figure(result.interval[1])}`
        : '',
      ...baselineNames.map(name => baseline(result, name)),
    ]);
  const widths = header.map((title, column) =>
    Math.max(title.length, ...rows.map(row => row[column].length)),
  );
  const line = (cells: string[]) =>
    cells
      .map((cell, column) =>
        column < 3
          ? cell.padEnd(widths[column])
          : cell.padStart(widths[column]),
      )
      .join('  ')
      .trimEnd();
  return [
    line(header),
    widths.map(width => '-'.repeat(width)).join('  '),
    ...rows.map(line),
    ...report.notes.map(note => `note: ${note}`),
  ].join('\n');
}

function baseline(result: BenchResult, name: string): string {
  const value = result.baselines[name];
  return value === undefined ? '' : figure(value);
}

function figure(value: number): string {
  return Math.abs(value) >= 100 ? value.toFixed(1) : value.toFixed(4);
}
