import {
  Config,
  ConfigReader,
  readDurationFromConfig,
} from '@backstage/config';
import { durationToMilliseconds } from '@backstage/types';
import { groupRef } from './changeRules';

/** What may wait for somebody. */
export const WAITING_KINDS = ['approval', 'needsInput', 'breaker'] as const;

export type WaitingKind = (typeof WAITING_KINDS)[number];

/** After how long others than the owner are told. */
export interface EscalationConfig {
  /** Group that is told last, and first of what has no owner. */
  readonly platform?: string;
  /** Milliseconds from when it began to wait, rising: the first tells the parent group, later ones the platform. */
  readonly afterMs: Readonly<Record<WaitingKind, readonly number[]>>;
}

/** Reads `finops.escalation`; absent: nobody is told. Throws on what makes no sense. */
export function readEscalation(
  config: Config | undefined,
): EscalationConfig | undefined {
  if (!config) {
    return undefined;
  }
  const platform = config.getOptionalString('platform');
  const afterMs = (kind: WaitingKind): number[] => {
    const items = config.getOptional(kind) ?? [];
    if (!Array.isArray(items)) {
      throw new Error(`finops.escalation.${kind} must be a list of durations`);
    }
    const times = items.map(item =>
      durationToMilliseconds(
        readDurationFromConfig(new ConfigReader({ after: item }), {
          key: 'after',
        }),
      ),
    );
    times.forEach((time, index) => {
      if (!(time > (times[index - 1] ?? 0))) {
        throw new Error(
          `finops.escalation.${kind} must rise from step to step, above 0`,
        );
      }
    });
    return times;
  };
  return {
    ...(platform !== undefined && { platform: groupRef(platform) }),
    afterMs: {
      approval: afterMs('approval'),
      needsInput: afterMs('needsInput'),
      breaker: afterMs('breaker'),
    },
  };
}

/** Steps whose time has come: 0 at once, the others after their times. */
export function dueSteps(
  since: string,
  afterMs: readonly number[],
  now: string,
): number[] {
  const waited = Date.parse(now) - Date.parse(since);
  return [0, ...afterMs].flatMap((time, step) =>
    waited >= time ? [step] : [],
  );
}
