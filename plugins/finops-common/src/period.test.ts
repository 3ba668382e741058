import {
  addDays,
  dayOf,
  daysBetween,
  periodDays,
  periodOfDays,
} from './period';
import { parseWorkloadKey, workloadKey } from './workload';

describe('days and periods', () => {
  it('crosses months, leap days and years in UTC', () => {
    expect(addDays('2028-02-28', 1)).toBe('2028-02-29');
    expect(addDays('2027-01-01', -1)).toBe('2026-12-31');
    expect(dayOf('2026-03-29T23:59:59.999-01:00')).toBe('2026-03-30');
  });

  it('is half-open', () => {
    expect(daysBetween('2026-10-30', '2026-11-02')).toEqual([
      '2026-10-30',
      '2026-10-31',
      '2026-11-01',
    ]);
    expect(daysBetween('2026-10-30', '2026-10-30')).toEqual([]);
    expect(periodDays(periodOfDays('2026-10-30', '2026-11-02'))).toBe(3);
  });
});

describe('workload keys', () => {
  it('read back what they were made from and refuse the rest', () => {
    const workload = {
      cluster: 'c',
      namespace: 'n',
      kind: 'Deployment',
      name: 'w',
    };
    expect(parseWorkloadKey(workloadKey(workload))).toEqual(workload);
    for (const bad of ['', 'a/b/c', 'a/b/c/d/e', 'a//c/d']) {
      expect(() => parseWorkloadKey(bad)).toThrow(/not a workload key/);
    }
  });
});
