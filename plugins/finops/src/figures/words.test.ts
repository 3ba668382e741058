import { describeDelta } from './delta';
import { formatPercent } from './percent';
import { formatQuantity } from './quantity';
import {
  ageInWords,
  durationInWords,
  formatDay,
  formatInstant,
  formatMonth,
} from './time';
import { countOf } from './words';

const HOUR = 3_600_000;
const NOW = Date.parse('2026-11-23T12:00:00Z');

describe('words for figures', () => {
  it('writes percentages without decimals from 10 on', () => {
    expect(
      [0, 0.0004, -0.0004, 0.042, 0.05, 0.0996, 0.184, -0.18, 1.5].map(
        formatPercent,
      ),
    ).toEqual([
      '0 %',
      '< 0.1 %',
      '> −0.1 %',
      '4.2 %',
      '5 %',
      '10 %',
      '18 %',
      '−18 %',
      '150 %',
    ]);
  });

  it('describes a change by arrow, sign and words, and says nothing without a comparison', () => {
    expect(describeDelta(0.18)).toEqual({
      direction: 'up',
      arrow: '▲',
      text: '+18 %',
      words: '18 % more',
    });
    expect(describeDelta(-0.052)).toMatchObject({
      direction: 'down',
      text: '−5.2 %',
    });
    expect(describeDelta(0.001)).toMatchObject({ direction: 'same' });
    expect(describeDelta(undefined)).toBeUndefined();
    expect(describeDelta(Infinity)).toBeUndefined();
  });

  it('writes measured values in units a person reads', () => {
    expect(formatQuantity(0.25, 'cores')).toBe('0.25 cores');
    expect(formatQuantity(512 * 1024 ** 2, 'bytes')).toBe('512 MiB');
    expect(formatQuantity(0, 'bytes')).toBe('0 B');
    expect(formatQuantity(0.42, 'ratio')).toBe('42 %');
    expect(formatQuantity(0.085, 'seconds')).toBe('85 ms');
    expect(formatQuantity(2.5, 'seconds')).toBe('2.5 s');
    expect(formatQuantity(1, 'replicas')).toBe('1 replica');
    expect(formatQuantity(1234.5, 'requests/s')).toBe('1,230 requests/s');
  });

  it('tells lengths and ages in words', () => {
    expect(durationInWords(90 * 24 * HOUR)).toBe('3 months');
    expect(durationInWords(24 * HOUR)).toBe('1 day');
    expect(durationInWords(2.9 * HOUR)).toBe('2 hours');
    expect(durationInWords(20_000)).toBe('less than a minute');
    expect(ageInWords('2026-11-20T12:00:00Z', NOW)).toBe('3 days ago');
    // The backend's clock may run ahead of the browser's.
    expect(ageInWords('2026-11-23T12:00:30Z', NOW)).toBe('just now');
  });

  it('keeps billing days in UTC and names the year only when it differs', () => {
    expect(formatDay('2026-10-01', NOW)).toBe('1 Oct');
    expect(formatDay('2025-12-31', NOW)).toBe('31 Dec 2025');
    expect(formatMonth('2026-10')).toBe('October 2026');
    expect(formatInstant('2026-10-01T06:00:00Z').utc).toBe(
      '1 Oct 2026, 06:00 UTC',
    );
  });

  it('counts', () => {
    expect(countOf(1, 'anomaly', 'anomalies')).toBe('1 anomaly');
    expect(countOf(1200, 'row')).toBe('1,200 rows');
  });
});
