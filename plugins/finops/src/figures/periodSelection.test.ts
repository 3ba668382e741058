import { daysBetween } from '@apexlogic/backstage-plugin-finops-common';
import fc from 'fast-check';
import {
  addMonths,
  DEFAULT_PERIOD,
  parsePeriod,
  periodInWords,
  recentMonths,
  serializePeriod,
  spanOf,
} from './periodSelection';

const NOW = Date.parse('2026-11-23T23:30:00Z');

describe('periodSelection', () => {
  it('asks for whole UTC days up to and with today', () => {
    const span = spanOf(parsePeriod('7d'), NOW);
    expect(span).toEqual({ startDay: '2026-11-17', endDay: '2026-11-24' });
    expect(daysBetween(span.startDay, span.endDay)).toHaveLength(7);
  });

  it('takes a month and any span as half-open', () => {
    expect(spanOf(parsePeriod('2024-12'), NOW)).toEqual({
      startDay: '2024-12-01',
      endDay: '2025-01-01',
    });
    expect(spanOf(parsePeriod('2026-10-01..2026-10-15'), NOW)).toEqual({
      startDay: '2026-10-01',
      endDay: '2026-10-16',
    });
    expect(periodInWords(parsePeriod('2026-10-01..2026-10-15'), NOW)).toBe(
      '1 Oct to 15 Oct',
    );
  });

  it.each([
    undefined,
    '',
    '0d',
    '9999d',
    '2026-13',
    '2026-02-30..2026-03-01',
    '2026-10-15..2026-10-01',
    '2026-10-01..2026-10-02..2026-10-03',
    '1990-01-01..2026-01-01',
    '<script>',
  ])('falls back to the default on %p', text => {
    expect(parsePeriod(text)).toEqual(DEFAULT_PERIOD);
  });

  it('survives the way through the URL', () => {
    const dates = fc
      .date({
        min: new Date('2020-01-01'),
        max: new Date('2030-01-01'),
        noInvalidDate: true,
      })
      .map(date => date.toISOString().slice(0, 10));
    fc.assert(
      fc.property(dates, fc.nat({ max: 700 }), (firstDay, length) => {
        const span = spanOf(
          { kind: 'custom', firstDay, lastDay: firstDay },
          NOW,
        );
        const days = daysBetween(span.startDay, span.endDay);
        expect(days).toEqual([firstDay]);
        const selection = {
          kind: 'custom',
          firstDay,
          lastDay: new Date(Date.parse(firstDay) + length * 86_400_000)
            .toISOString()
            .slice(0, 10),
        } as const;
        expect(parsePeriod(serializePeriod(selection))).toEqual(selection);
      }),
    );
  });

  it('counts months over the turn of a year', () => {
    expect(addMonths('2026-01', -1)).toBe('2025-12');
    expect(recentMonths(Date.parse('2026-01-31T00:00:00Z'), 3)).toEqual([
      '2026-01',
      '2025-12',
      '2025-11',
    ]);
  });
});
