import { PauseStore } from '../database/PauseStore';
import { FinopsConfig } from './config';
import { FinopsError } from './errors';

/** Lowest autonomy that opens change requests; below it the portal only suggests. */
const MINIMUM_AUTONOMY = 2;

interface Gate {
  readonly config: Pick<FinopsConfig, 'autonomy' | 'paused'>;
  readonly stores: { readonly pauses: PauseStore };
}

/** Whether writing is paused, and by whom. */
export type Writing =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'paused-by-configuration' }
  | {
      readonly kind: 'paused';
      readonly reason: string;
      readonly pausedBy: string;
      readonly pausedAt: string;
    };

/** Read anew each time: the configuration and the database may have changed since. */
export async function writingNow({ config, stores }: Gate): Promise<Writing> {
  if (config.paused()) {
    return { kind: 'paused-by-configuration' };
  }
  const pause = await stores.pauses.current();
  return pause ? { kind: 'paused', ...pause } : { kind: 'allowed' };
}

/** Refuses when somebody paused writing or change requests are not allowed. Checked last before each write. */
export async function assertMayWrite(gate: Gate): Promise<void> {
  const { config } = gate;
  if (config.autonomy() < MINIMUM_AUTONOMY) {
    throw new FinopsError(
      'autonomy-too-low',
      `Autonomy ${config.autonomy()} only suggests; change requests need finops.autonomy ${MINIMUM_AUTONOMY} or more.`,
    );
  }
  const writing = await writingNow(gate);
  switch (writing.kind) {
    case 'paused-by-configuration':
      throw new FinopsError(
        'paused',
        'Writing is paused by the operator (finops.paused); nothing was written.',
      );
    case 'paused':
      throw new FinopsError(
        'paused',
        `${writing.pausedBy} paused writing: ${writing.reason}. Nothing was written.`,
      );
    default:
  }
}
