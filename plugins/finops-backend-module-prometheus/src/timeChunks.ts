import { Period } from '@apexlogic/backstage-plugin-finops-common';

const DAY_SECONDS = 86_400;

/** Instants `start, start + step, …`, `points` of them. */
export interface TimeChunk {
  /** Epoch seconds, a multiple of `step`. */
  readonly start: number;
  readonly step: number;
  /** At least 1. */
  readonly points: number;
}

/**
 * The instants of a half-open period that are multiples of `step`, in chunks of at most `maxPoints`
 * (a hard limit) and about `preferredPoints` (never less than a day's). Where a chunk spans a UTC
 * midnight it ends at one, so that a day comes in one piece.
 */
export function timeChunks(
  period: Period,
  options: {
    readonly step: number;
    readonly maxPoints: number;
    readonly preferredPoints: number;
  },
): readonly TimeChunk[] {
  const { step, maxPoints } = options;
  const dayPoints = Math.ceil(DAY_SECONDS / step);
  const chunkPoints = Math.max(
    1,
    Math.min(maxPoints, Math.max(options.preferredPoints, dayPoints)),
  );
  const end = Date.parse(period.end) / 1000;
  const chunks: TimeChunk[] = [];
  let start = Math.ceil(Date.parse(period.start) / 1000 / step) * step;
  while (start < end) {
    let stop = Math.min(end, start + chunkPoints * step);
    const midnight = Math.floor(stop / DAY_SECONDS) * DAY_SECONDS;
    if (stop < end && midnight > start) {
      stop = midnight;
    }
    const points = Math.ceil((stop - start) / step);
    chunks.push({ start, step, points });
    start += points * step;
  }
  return chunks;
}

/** A chunk of at least two points in two parts. */
export function halve(chunk: TimeChunk): readonly [TimeChunk, TimeChunk] {
  const first = Math.floor(chunk.points / 2);
  return [
    { ...chunk, points: first },
    {
      ...chunk,
      start: chunk.start + first * chunk.step,
      points: chunk.points - first,
    },
  ];
}

/** The last instant, inclusive, as range queries want it. */
export function lastInstant(chunk: TimeChunk): number {
  return chunk.start + (chunk.points - 1) * chunk.step;
}
