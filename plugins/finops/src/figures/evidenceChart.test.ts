import { fixtureUsageSeries } from '../__testUtils__/fixtureRecommendations';
import { buildEvidenceCharts, replayProposal } from './evidenceChart';

const NOW = Date.parse('2026-11-23T12:00:00Z');

describe('buildEvidenceCharts', () => {
  it('lays coarse levels over fine measurements and keeps gaps open', () => {
    const [chart] = buildEvidenceCharts(fixtureUsageSeries(NOW));
    expect(chart.points).toHaveLength(168);
    const key = (label: string) =>
      chart.lines.find(line => line.label === label)!.key;
    expect(
      chart.points.every(({ values }) => values[key('Requested now')] === 2.25),
    ).toBe(true);
    expect(chart.points[40].values[key('Peak')]).toBeUndefined();
    expect(chart.band).toEqual({ lower: key('p50'), upper: key('p95') });
  });

  it('draws one chart a unit and none of nothing', () => {
    const [cores] = fixtureUsageSeries(NOW);
    const charts = buildEvidenceCharts([
      cores,
      { ...cores, unit: 'bytes', label: 'Memory' },
      { ...cores, unit: 'seconds', values: [] },
      { ...cores, unit: 'ratio', step: 0 },
    ]);
    expect(charts.map(({ unit }) => unit)).toEqual(['cores', 'bytes']);
    expect(charts[0].band).toBeUndefined();
  });

  it('takes series that start at different times', () => {
    const charts = buildEvidenceCharts([
      { label: 'a', unit: 'count', start: 0, step: 10, values: [1, 2, 3] },
      { label: 'b', unit: 'count', start: 20, step: 10, values: [7, 8] },
    ]);
    expect(
      charts[0].points.map(({ values }) => [values.s0, values.s1]),
    ).toEqual([
      [1, undefined],
      [2, undefined],
      [3, 7],
      [undefined, 8],
    ]);
  });
});

describe('replayProposal', () => {
  const replayOf = (proposed: number) =>
    replayProposal(
      buildEvidenceCharts(
        fixtureUsageSeries(NOW).map(series =>
          series.role === 'proposed'
            ? { ...series, values: [proposed, proposed] }
            : series,
        ),
      )[0],
    );

  it('judges by the peak and leaves gaps uncounted', () => {
    const fits = replayOf(1.5);
    expect(fits).toMatchObject({ over: 0, measured: 167, loadLabel: 'Peak' });
    expect(Math.max(...fits!.points.map(({ load }) => load ?? 0))).toBeCloseTo(
      1.18 / 1.5,
      2,
    );
    expect(fits).toMatchObject({ overshoots: 0, stepMs: 3_600_000 });
    const tight = replayOf(1)!;
    expect(tight.over).toBeGreaterThan(0);
    // A day's peak lasts for hours and is one overshoot.
    expect(tight.overshoots).toBeGreaterThan(0);
    expect(tight.overshoots).toBeLessThan(tight.over);
  });

  it('says nothing without a proposal or with one of nothing', () => {
    expect(replayOf(0)).toBeUndefined();
    const [chart] = buildEvidenceCharts(
      fixtureUsageSeries(NOW).filter(({ role }) => role !== 'proposed'),
    );
    expect(replayProposal(chart)).toBeUndefined();
  });
});
