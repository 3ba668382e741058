import { randomUUID } from 'node:crypto';
import { Recommendation } from '@apexlogic/backstage-plugin-finops-common';
import { FinopsError } from '../../governance/errors';
import { Loop } from '../Loop';
import { orderWaves } from './orderWaves';
import { judgeState } from './judgeChange';

/** Changes that may go out together. */
export const MOST_CHANGES = 200;

/** Divides recommendations into waves without starting them; refuses those that can no longer go out. */
export function previewWaves(
  recommendations: readonly Recommendation[],
): string[][] {
  const over = recommendations.filter(
    ({ state }) => judgeState(state)?.kind !== 'to-deliver',
  );
  if (over.length > 0) {
    throw new FinopsError(
      'wrong-state',
      `Only changes that nobody has asked for can go out in waves: ${over
        .map(({ title, state }) => `${title} is ${state}`)
        .join('; ')}.`,
    );
  }
  return orderWaves(recommendations);
}

/** Starts waves on behalf of a person, who has asked for every change of them by that. */
export async function startWaves(
  loop: Loop,
  options: {
    readonly title: string;
    readonly recommendations: readonly Recommendation[];
    readonly observeMinutes: number;
    readonly startedBy: string;
  },
): Promise<string> {
  const { title, recommendations, observeMinutes, startedBy } = options;
  const waves = previewWaves(recommendations);
  const id = randomUUID();
  const now = loop.now();
  const started = await loop.stores.waves.start(
    {
      id,
      title,
      startedBy,
      startedAt: now,
      observeMinutes,
      items: waves.flatMap((ids, wave) =>
        ids.map(recommendationId => ({ recommendationId, wave })),
      ),
    },
    now,
  );
  if (started.kind === 'taken') {
    throw new FinopsError(
      'wrong-state',
      `${started.recommendationIds.length} of these changes go out in other waves already.`,
    );
  }
  return id;
}

/** Lets halted waves go on with the next one; the person takes on, with a reason, what they halted for. */
export async function resumeWaves(
  loop: Loop,
  id: string,
  actor: string,
  because: string,
): Promise<void> {
  await moveWaves(loop, id, 'halted', {
    to: 'running',
    event: 'waves-resumed',
    actor,
    because,
  });
}

/** Ends waves; what is open on the forge stays as it is. */
export async function stopWaves(
  loop: Loop,
  id: string,
  actor: string,
  because: string,
): Promise<void> {
  await moveWaves(loop, id, undefined, {
    to: 'stopped',
    event: 'waves-stopped',
    actor,
    because,
  });
}

async function moveWaves(
  { stores, now }: Loop,
  id: string,
  from: 'halted' | undefined,
  step: {
    readonly to: 'running' | 'stopped';
    readonly event: string;
    readonly actor: string;
    readonly because: string;
  },
): Promise<void> {
  const plan = await stores.waves.get(id);
  if (!plan) {
    throw new FinopsError('not-found', `There are no waves with id ${id}`);
  }
  const isOpen = plan.state === 'running' || plan.state === 'halted';
  if (!isOpen || (from && plan.state !== from)) {
    throw new FinopsError(
      'wrong-state',
      `Waves that are ${plan.state} cannot be ${step.to}.`,
    );
  }
  if (!(await stores.waves.move({ plan, ...step, now: now() }))) {
    throw new FinopsError(
      'wrong-state',
      'Somebody else changed these waves meanwhile; look at them again.',
    );
  }
}
