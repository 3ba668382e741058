import fc from 'fast-check';
import { groupAnomalies, NamedAnomaly } from './groupAnomalies';
import { SEASONAL_DETECTOR } from './seasonalModel';

const anomaly = (
  name: string,
  from: number,
  to: number,
  options: {
    score?: number;
    direction?: 'above' | 'below';
    step?: number;
  } = {},
): NamedAnomaly => ({
  name,
  series: { start: 0, step: options.step ?? 3600 },
  anomaly: {
    from,
    to,
    shape: 'spike',
    direction: options.direction ?? 'above',
    observed: 2,
    expected: 1,
    lower: 0.5,
    upper: 1.5,
    impact: 1,
    ongoing: false,
    score: options.score ?? 10,
    confidence: 0.9,
    model: SEASONAL_DETECTOR,
  },
});
const names = (groups: ReturnType<typeof groupAnomalies>) =>
  groups.map(({ members }) => members.map(({ name }) => name));

describe('groupAnomalies', () => {
  it('makes one event of what happens together, over series of different steps', () => {
    const groups = groupAnomalies([
      anomaly('latency', 100, 110, { score: 30 }),
      anomaly('errors', 61, 66, { score: 20, step: 6000 }),
      anomaly('requests', 100, 110, { direction: 'below' }),
      anomaly('cpu', 300, 310),
    ]);
    expect(names(groups)).toEqual([
      ['latency', 'errors'],
      ['requests'],
      ['cpu'],
    ]);
    expect(groups[0].span).toEqual({ start: 100 * 3600, end: 110 * 3600 });
  });

  it('is not tied together by chains or by one series that never ends', () => {
    const chain = Array.from({ length: 20 }, (_, i) =>
      anomaly(`s${i}`, i * 5, i * 5 + 10, { score: 100 - i }),
    );
    expect(groupAnomalies(chain).length).toBeGreaterThanOrEqual(7);
    const hostile = anomaly('hostile', 0, 10_000, { score: 1000 });
    const far = [anomaly('a', 100, 110), anomaly('b', 5000, 5010)];
    expect(names(groupAnomalies([...far, hostile]))).toEqual([
      ['hostile'],
      ['a'],
      ['b'],
    ]);
  });

  it('puts every anomaly in one group, whatever the order', () => {
    const some = fc.array(
      fc
        .tuple(
          fc.nat(50),
          fc.integer({ min: 1, max: 30 }),
          fc.nat(20),
          fc.constantFrom('above' as const, 'below' as const),
        )
        .map(([from, length, score, direction]) => ({
          from,
          to: from + length,
          score,
          direction,
        })),
      { maxLength: 25 },
    );
    fc.assert(
      fc.property(some, fc.infiniteStream(fc.nat()), (drawn, order) => {
        const all = drawn.map(({ from, to, ...rest }, i) =>
          anomaly(`s${i}`, from, to, rest),
        );
        const groups = groupAnomalies(all);
        expect(groups.flatMap(({ members }) => members)).toHaveLength(
          all.length,
        );
        const shuffled = all
          .map(one => ({ one, key: order.next().value ?? 0 }))
          .sort((a, b) => a.key - b.key)
          .map(({ one }) => one);
        expect(groupAnomalies(shuffled)).toEqual(groups);
      }),
    );
  });
});
