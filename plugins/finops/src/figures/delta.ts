import { formatPercent } from './percent';

/** A change against an earlier span, in parts a screen and a screen reader can both use. */
export interface Delta {
  readonly direction: 'up' | 'down' | 'same';
  /** "▲", "▼" or "■"; decoration beside the words. */
  readonly arrow: string;
  /** "+18 %" */
  readonly text: string;
  /** "18 % more" */
  readonly words: string;
}

/** Below this the change is noise to a reader and is called the same. */
const SAME_BELOW_RATIO = 0.005;

/** Describes a ratio (0.18 is 18 % more); undefined stays undefined: there was nothing to compare with. */
export function describeDelta(
  changeRatio: number | undefined,
): Delta | undefined {
  if (changeRatio === undefined || !Number.isFinite(changeRatio)) {
    return undefined;
  }
  if (Math.abs(changeRatio) < SAME_BELOW_RATIO) {
    return {
      direction: 'same',
      arrow: '■',
      text: '±0 %',
      words: 'about the same',
    };
  }
  const magnitude = formatPercent(Math.abs(changeRatio));
  return changeRatio > 0
    ? {
        direction: 'up',
        arrow: '▲',
        text: `+${magnitude}`,
        words: `${magnitude} more`,
      }
    : {
        direction: 'down',
        arrow: '▼',
        text: `−${magnitude}`,
        words: `${magnitude} less`,
      };
}
