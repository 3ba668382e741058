import { countAlarms } from './alarms';
import { nabScore, nabScoreTuned, probationRows } from './nabScore';

const STANDARD = { tp: 1, fn: 1, fp: 0.11 };
const LOW_FN = { tp: 1, fn: 2, fp: 0.11 };
/** Two anomalies in 1,000 rows, of which the first 150 do not count. */
const WINDOWS = [
  [300, 399],
  [600, 699],
] as const;
const alarmsAt = (...rows: number[]) => {
  const scores = new Float64Array(1000);
  rows.forEach(row => scores.fill(1, row, row + 1));
  return [{ scores, windows: WINDOWS }];
};
const sigmoid = (y: number) => 2 / (1 + Math.exp(5 * y)) - 1;

describe('nabScore', () => {
  it('gives 100 for every anomaly at once and nothing else, and 0 for silence', () => {
    expect(nabScore(alarmsAt(300, 600), 1, STANDARD)).toBe(100);
    expect(nabScore(alarmsAt(), 1, STANDARD)).toBe(0);
    expect(nabScore(alarmsAt(300, 600), 1, LOW_FN)).toBe(100);
  });

  it('counts the best alarm of a window, the later the less', () => {
    const late = nabScore(alarmsAt(300, 650, 690), 1, STANDARD);
    // The window's second half begins: half of it is left.
    const value = sigmoid(-50 / 100) / sigmoid(-1);
    expect(late).toBeCloseTo((100 * (1 + value + 2)) / 4, 9);
  });

  it('takes off what false alarms cost, less right after an anomaly, and nothing on probation', () => {
    const before = nabScore(alarmsAt(200, 300, 600), 1, STANDARD);
    expect(before).toBeCloseTo(100 - (100 * 0.11) / 4, 9);
    const after = nabScore(alarmsAt(300, 410, 600), 1, STANDARD);
    expect(after).toBeCloseTo(100 + (100 * 0.11 * sigmoid(11 / 99)) / 4, 9);
    expect(nabScore(alarmsAt(149, 300, 600), 1, STANDARD)).toBe(100);
    expect(probationRows(1000)).toBe(150);
    expect(probationRows(100_000)).toBe(750);
  });

  it('takes off more for a missed anomaly where that is what counts', () => {
    expect(nabScore(alarmsAt(300), 1, STANDARD)).toBe(50);
    expect(nabScore(alarmsAt(300), 1, LOW_FN)).toBe(50);
    const noisy = alarmsAt(...Array.from({ length: 20 }, (_, i) => 200 + i));
    expect(nabScore(noisy, 1, LOW_FN)).toBeCloseTo((-100 * 2.2) / 6, 9);
  });

  it('finds the one threshold that suits all series best', () => {
    const scores = new Float64Array(1000);
    scores[300] = 0.9;
    scores[600] = 0.6;
    scores[500] = 0.3;
    const series = [{ scores, windows: WINDOWS }];
    expect(nabScoreTuned(series, STANDARD)).toEqual({
      score: 100,
      threshold: 0.6,
    });
    const quiet = [{ scores: new Float64Array(1000), windows: WINDOWS }];
    expect(nabScoreTuned(quiet, STANDARD).score).toBe(0);
  });
});

describe('countAlarms', () => {
  it('counts windows and runs of rows', () => {
    const [series] = alarmsAt(100, 200, 201, 202, 210, 300, 301, 399, 400);
    expect(countAlarms([series], 1)).toEqual({
      found: 1,
      windows: 2,
      falseAlarms: 3,
    });
  });
});
