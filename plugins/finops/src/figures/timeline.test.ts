import { money } from '@apexlogic/backstage-plugin-finops-common';
import { sortRows } from './sortRows';
import { placeEvents } from './timeline';

const PERIOD = { start: '2026-11-01T00:00:00Z', end: '2026-11-11T00:00:00Z' };

describe('placeEvents', () => {
  it('places events on one axis by kind and cuts them to the span', () => {
    const lanes = placeEvents(
      [
        { id: 'd', kind: 'deployment', at: '2026-11-06T00:00:00Z', title: 'd' },
        {
          id: 'a',
          kind: 'anomaly',
          at: '2026-10-30T00:00:00Z',
          end: '2026-11-02T00:00:00Z',
          title: 'a',
        },
        {
          id: 'before',
          kind: 'alert',
          at: '2026-10-01T00:00:00Z',
          title: 'gone',
        },
        {
          id: 'after',
          kind: 'alert',
          at: '2026-11-11T00:00:00Z',
          title: 'not yet',
        },
        { id: 'broken', kind: 'alert', at: 'yesterday', title: 'not a time' },
      ],
      PERIOD,
    );
    expect(lanes.map(({ kind }) => kind)).toEqual(['anomaly', 'deployment']);
    expect(lanes[0].events[0]).toMatchObject({ left: 0, width: 0.1 });
    expect(lanes[1].events[0]).toMatchObject({ left: 0.5, width: 0 });
  });

  it('draws nothing on an empty axis', () => {
    expect(placeEvents([], { start: PERIOD.end, end: PERIOD.end })).toEqual([]);
  });
});

describe('sortRows', () => {
  it('keeps the unknown last in both directions and is stable', () => {
    const rows = [{ v: 2 }, { v: undefined }, { v: 1 }, { v: 2 }];
    const sort = (direction: 'ascending' | 'descending') =>
      sortRows(rows, row => row.v, direction).map(row => rows.indexOf(row));
    expect(sort('ascending')).toEqual([2, 0, 3, 1]);
    expect(sort('descending')).toEqual([0, 3, 2, 1]);
  });

  it('compares amounts within their currency only', () => {
    const rows = [money(1, 'USD'), money(500, 'EUR'), money(9, 'USD')];
    expect(sortRows(rows, row => row, 'descending')).toEqual([
      rows[1],
      rows[2],
      rows[0],
    ]);
  });
});
