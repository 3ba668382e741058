import fc from 'fast-check';
import { SketchDecodeError, UsageSketch } from './sketch';

const CORES = fc.oneof(
  fc.double({ min: 0, max: 128, noNaN: true }),
  fc.double({ min: 1e-4, max: 0.05, noNaN: true }),
  fc.constant(0),
);

/** The smallest added value that at least `q` of the values do not exceed. */
function exactQuantile(values: number[], q: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.max(0, Math.ceil(q * sorted.length * (1 - 1e-12)) - 1)];
}

describe('UsageSketch', () => {
  it('keeps every quantile within 1.5 % and the totals exactly', () => {
    fc.assert(
      fc.property(
        fc.array(CORES, { minLength: 1, maxLength: 300 }),
        fc.double({ min: 0, max: 1, noNaN: true }),
        (values, q) => {
          const sketch = UsageSketch.empty('cpu').addSeries(values);
          const exact = exactQuantile(values, q);
          // Below a millicore there is only one bucket.
          expect(Math.abs(sketch.quantile(q) - exact)).toBeLessThanOrEqual(
            exact * 0.015 + 1e-3,
          );
          expect(sketch.count).toBe(values.length);
          expect(sketch.min).toBe(Math.min(...values));
          expect(sketch.max).toBe(Math.max(...values));
          expect(sketch.mean).toBeCloseTo(
            values.reduce((a, b) => a + b, 0) / values.length,
            9,
          );
        },
      ),
    );
  });

  it('bounds the share of time above a value by the buckets around it', () => {
    fc.assert(
      fc.property(
        fc.array(CORES, { minLength: 1, maxLength: 200 }),
        CORES,
        (values, limit) => {
          const share = UsageSketch.empty('cpu')
            .addSeries(values)
            .shareAbove(limit);
          const above = (bound: number) =>
            values.filter(value => value > bound).length / values.length;
          expect(share).toBeLessThanOrEqual(above(limit / 1.031 - 1e-3) + 1e-9);
          expect(share).toBeGreaterThanOrEqual(
            above(limit * 1.031 + 1e-3) - 1e-9,
          );
        },
      ),
    );
  });

  it('merges to the same sketch as one fed with everything, also into itself', () => {
    fc.assert(
      fc.property(fc.array(CORES), fc.array(CORES), (left, right) => {
        const merged = UsageSketch.empty('cpu')
          .addSeries(left)
          .merge(UsageSketch.empty('cpu').addSeries(right));
        const whole = UsageSketch.empty('cpu').addSeries([...left, ...right]);
        expect(merged.count).toBe(whole.count);
        expect(merged.max).toBe(whole.max);
        expect(merged.min).toBe(whole.min);
        expect(
          [0, 0.1, 0.5, 0.9, 0.99, 1].map(q => merged.quantile(q)),
        ).toEqual([0, 0.1, 0.5, 0.9, 0.99, 1].map(q => whole.quantile(q)));
      }),
    );
    const doubled = UsageSketch.empty('memory').addSeries([1e6, 2e6]);
    doubled.merge(doubled);
    expect([doubled.count, doubled.sum]).toEqual([4, 6e6]);
  });

  it('weighs values and merged sketches', () => {
    const sketch = UsageSketch.empty('cpu').add(1, 9);
    sketch.merge(UsageSketch.empty('cpu').addSeries([10, 10]), 0.5);
    expect([sketch.count, sketch.sum]).toEqual([10, 19]);
    expect(sketch.shareAbove(5)).toBeCloseTo(0.1);
    expect(sketch.quantile(0.9)).toBeCloseTo(1, 1);
    expect(sketch.quantile(0.91)).toBeCloseTo(10, 0);
  });

  it('answers zero when empty and skips missing values', () => {
    const sketch = UsageSketch.empty('memory').addSeries(
      Float64Array.of(NaN, NaN),
    );
    expect([
      sketch.count,
      sketch.sum,
      sketch.mean,
      sketch.min,
      sketch.max,
    ]).toEqual([0, 0, 0, 0, 0]);
    expect([sketch.quantile(0.5), sketch.shareAbove(0)]).toEqual([0, 0]);
    expect(UsageSketch.decode(sketch.encode()).count).toBe(0);
  });

  it.each([-1, Infinity])('refuses %p as a usage', value => {
    expect(() => UsageSketch.empty('cpu').addSeries([value])).toThrow(
      RangeError,
    );
  });

  it('refuses to mix resources', () => {
    expect(() =>
      UsageSketch.empty('cpu').merge(UsageSketch.empty('memory').add(1)),
    ).toThrow('cannot merge');
  });

  it('comes back from at most 2 KiB, whatever it holds', () => {
    const bytesOrCores = fc.tuple(
      fc.constantFrom('cpu' as const, 'memory' as const),
      fc.array(
        fc.tuple(
          fc.double({ min: 0, max: 1e14, noNaN: true }),
          fc.double({ min: 1e-3, max: 1e9, noNaN: true }),
        ),
      ),
    );
    fc.assert(
      fc.property(bytesOrCores, ([kind, entries]) => {
        const sketch = UsageSketch.empty(kind);
        entries.forEach(([value, weight]) => sketch.add(value, weight));
        const bytes = sketch.encode();
        const read = UsageSketch.decode(bytes);
        expect(bytes.length).toBeLessThanOrEqual(2048);
        expect([read.kind, read.count, read.sum, read.min, read.max]).toEqual([
          kind,
          sketch.count,
          sketch.sum,
          sketch.min,
          sketch.max,
        ]);
        expect(read.shareAbove(1)).toBeCloseTo(sketch.shareAbove(1), 3);
      }),
    );
    const everywhere = UsageSketch.empty('cpu');
    for (let exponent = -5; exponent < 5; exponent += 0.001) {
      everywhere.add(10 ** exponent, 1 + Math.abs(exponent));
    }
    expect(everywhere.encode().length).toBeLessThanOrEqual(2048);
  });

  it('restores unweighted sketches exactly', () => {
    fc.assert(
      fc.property(fc.array(CORES), values => {
        const sketch = UsageSketch.empty('cpu').addSeries(values);
        expect(UsageSketch.decode(sketch.encode()).encode()).toEqual(
          sketch.encode(),
        );
      }),
    );
  });

  it('rejects bytes that are not a sketch with a typed error and nothing else', () => {
    const good = UsageSketch.empty('cpu').addSeries([0.1, 0.2, 3]).encode();
    const broken = fc.oneof(
      fc.uint8Array({ maxLength: 200 }),
      fc.nat(good.length - 1).map(length => good.slice(0, length)),
      fc
        .tuple(fc.nat(1), fc.integer({ min: 2, max: 255 }))
        .map(([at, byte]) => good.map((old, i) => (i === at ? byte : old))),
    );
    fc.assert(
      fc.property(broken, bytes => {
        expect(() => UsageSketch.decode(bytes)).toThrow(SketchDecodeError);
      }),
    );
    const overCounted = good.slice();
    overCounted[overCounted.length - 1] = 2;
    expect(() => UsageSketch.decode(overCounted)).toThrow('contradict');
  });
});
