import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { changesBefore, movedTogether } from './aroundAnomaly';

const anomaly = (id: string, start: string, signal = 'latency') =>
  ({
    id,
    kind: 'anomaly',
    signal,
    period: { start, end: '2026-11-30T00:00:00Z' },
    evidence: [],
  } as unknown as Schemas['Anomaly']);

const event = (id: string, at: string, kind = 'deployment') =>
  ({ id, kind, at, title: id } as Schemas['TimelineEvent']);

describe('around an anomaly', () => {
  it('names the changes of the day before, the nearest first', () => {
    const events = [
      event('early', '2026-11-20T12:00:00Z'),
      event('near', '2026-11-21T12:50:00Z'),
      event('same hour', '2026-11-21T13:20:00Z', 'spec-change'),
      event('commit', '2026-11-21T09:00:00Z', 'commit'),
      event('alert', '2026-11-21T12:55:00Z', 'alert'),
      event('later', '2026-11-21T14:00:00Z'),
      event('day before', '2026-11-20T14:00:00Z'),
    ];
    const ids = (of: Schemas['Anomaly']) =>
      changesBefore(of, events).map(({ id }) => id);
    expect(ids(anomaly('a', '2026-11-21T13:00:00Z'))).toEqual([
      'near',
      'same hour',
      'commit',
    ]);
    // A day of cost begins before what raised it.
    expect(ids(anomaly('a', '2026-11-21T00:00:00Z', 'cost'))).toEqual([
      'commit',
      'day before',
      'early',
    ]);
  });

  it('names what began about then, itself and waste left out', () => {
    const all = [
      anomaly('self', '2026-11-21T13:00:00Z'),
      anomaly('soon', '2026-11-21T18:00:00Z'),
      anomaly('cost', '2026-11-21T00:00:00Z', 'cost'),
      anomaly('other day', '2026-11-19T13:00:00Z'),
      {
        ...anomaly('waste', '2026-11-21T13:00:00Z'),
        kind: 'waste',
      } as Schemas['Anomaly'],
    ];
    expect(movedTogether(all[0], all).map(({ id }) => id)).toEqual([
      'soon',
      'cost',
    ]);
  });
});
