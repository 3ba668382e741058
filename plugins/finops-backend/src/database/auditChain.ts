import { createHash } from 'node:crypto';
import { AuditEvent } from './AuditStore';

/** What the first entry follows. */
export const CHAIN_START = '0'.repeat(64);

/** An audit event and what it is about. */
export type ChainedEvent = AuditEvent & { readonly recommendationId: string };

/** One link of the chain, as stored beside its event. */
export interface AuditLink {
  readonly position: number;
  readonly eventId: string;
  readonly previousHash: string;
  readonly hash: string;
}

/** A link with its event, which is missing when somebody removed it. */
export interface ChainEntry extends AuditLink {
  readonly event?: ChainedEvent;
}

/** What is wrong with an entry, each named by itself. */
export interface AuditProblem {
  readonly kind: /** The event no longer says what was written. */
  | 'altered'
    /** The event is gone. */
    | 'missing'
    /** Links before it are gone, or it was put in. */
    | 'broken-link'
    /** Links after the last one are gone. */
    | 'cut-off'
    /** An event that no link stands for. */
    | 'unchained';
  readonly position?: number;
  readonly eventId?: string;
  readonly recommendationId?: string;
}

/** SHA-256 over the hash before and every field of the event, in hex. */
export function chainHash(previousHash: string, event: ChainedEvent): string {
  const { id, recommendationId, at, actor, from, to, detail } = event;
  return createHash('sha256')
    .update(
      JSON.stringify([
        previousHash,
        id,
        recommendationId,
        at,
        event.event,
        actor,
        from ?? null,
        to ?? null,
        detail,
      ]),
    )
    .digest('hex');
}

/**
 * Checks one entry against the last hash before it. An altered entry is told once: those after it are
 * checked against what is stored, so that each is named that was changed itself.
 */
export function checkEntry(
  entry: ChainEntry,
  before: Pick<AuditLink, 'position' | 'hash'>,
): AuditProblem[] {
  const { position, eventId, event, previousHash, hash } = entry;
  const problem = (kind: AuditProblem['kind']): AuditProblem => ({
    kind,
    position,
    eventId,
    recommendationId: event?.recommendationId,
  });
  const follows =
    position === before.position + 1 && previousHash === before.hash;
  const problems = follows ? [] : [problem('broken-link')];
  if (!event) {
    problems.push(problem('missing'));
  } else if (chainHash(previousHash, event) !== hash) {
    problems.push(problem('altered'));
  }
  return problems;
}
