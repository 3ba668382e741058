import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { countOf } from './words';

type WaveSet = Schemas['WaveSet'];
type Wave = Schemas['Wave'];
type Change = Wave['changes'][number];

export const OUTCOME_OF_CHANGE: Record<
  NonNullable<Change['outcome']>,
  string
> = {
  healthy: 'Is well',
  unhealthy: 'Does harm',
  'left-out': 'Left out',
};

/** How far a wave is; hidden changes are taken as the others are. */
export type WaveProgress = 'ahead' | 'current' | 'done';

/** How far each wave is. */
export function progressOf({ waves, state }: WaveSet): WaveProgress[] {
  if (state === 'done') {
    return waves.map(() => 'done');
  }
  const over = waves.map(({ changes }) =>
    changes.every(({ outcome }) => outcome !== undefined),
  );
  // A wave nobody may see any change of is past when a later one has begun.
  const begun = waves.map(({ changes }) =>
    changes.some(({ note }) => note !== undefined),
  );
  const next = over.findIndex(
    (isOver, index) => !isOver || waves[index].changes.length === 0,
  );
  // Halted waves stand where they halted, though nothing of that wave is under way any more.
  const current = Math.max(
    begun.lastIndexOf(true),
    state === 'halted' ? 0 : next,
    0,
  );
  return waves.map((_, index) => {
    if (index === current) {
      return 'current';
    }
    return index < current ? 'done' : 'ahead';
  });
}

/** How a set stands, in a sentence. */
export function setInWords(set: WaveSet): string {
  const total = set.waves.reduce(
    (sum, { changes, hidden }) => sum + changes.length + hidden,
    0,
  );
  const size = `${countOf(total, 'change')} in ${countOf(
    set.waves.length,
    'wave',
  )}`;
  switch (set.state) {
    case 'running':
      return `${size}. Wave ${
        progressOf(set).indexOf('current') + 1
      } is under way.`;
    case 'halted':
      return `${size}. Halted: ${set.haltedBecause ?? 'a person must look.'}`;
    case 'done':
      return `${size}, all of them out.`;
    default:
      return `${size}, stopped.`;
  }
}

/** How long each change is watched, in words. */
export function watchedFor(minutes: number): string {
  const hours = minutes / 60;
  if (hours >= 24 && hours % 24 === 0) {
    return countOf(hours / 24, 'day');
  }
  return Number.isInteger(hours)
    ? countOf(hours, 'hour')
    : countOf(minutes, 'minute');
}
