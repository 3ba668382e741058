import { Abstention } from '@apexlogic/backstage-plugin-finops-common';
import {
  ResourceAdvice,
  rightsize,
  Tuning,
  UsageHistory,
  UsageSketch,
} from '@apexlogic/backstage-plugin-finops-analysis';
import { Window } from './types';

const NOTHING: UsageHistory = { days: [] };

/** What the product advises with exactly what was known at the decision, and a choice of risk. */
export function adviseWindow(
  window: Window,
  tuning?: Tuning,
): ResourceAdvice | Abstention {
  const { resource, times, use } = window.trace;
  const sketches = new Map<string, UsageSketch>();
  for (let i = window.fitFrom; i < window.fitTo; i++) {
    const day = new Date(times[i] * 1000).toISOString().slice(0, 10);
    let sketch = sketches.get(day);
    if (!sketch) {
      sketch = UsageSketch.empty(resource);
      sketches.set(day, sketch);
    }
    sketch.add(use[i]);
  }
  const history: UsageHistory = {
    days: [...sketches].map(([day, sketch]) => ({ day, sketch })),
  };
  const advice = rightsize(
    {
      cpu: resource === 'cpu' ? history : NOTHING,
      memory: resource === 'memory' ? history : NOTHING,
    },
    {
      now: new Date(window.now * 1000).toISOString(),
      // The protocols say how much history a window has to have.
      minimumHistoryDays: 0,
      tuning: tuning && { [resource]: tuning },
      ...(window.hasUnit ? {} : { minimumCpuCores: 0, minimumMemoryBytes: 0 }),
    },
  );
  return advice.kind === 'abstention' ? advice : advice[resource];
}
