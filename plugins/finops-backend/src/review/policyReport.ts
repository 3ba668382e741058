import { VerdictOutcome } from '@apexlogic/backstage-plugin-finops-common';
import { EntityFilter } from '../database/entityFilter';
import { Loop } from '../delivery/Loop';
import { Schemas } from './types';

/** Recommendations told of each policy; the counts are of all. */
const MOST_TOLD = 20;

/** Outcomes in which a policy has made a difference. */
const BITING: readonly VerdictOutcome[] = ['deny', 'require-approval', 'warn'];

type Bite = Schemas['PolicyBite'];

/**
 * The policies, the exceptions from them, what could not be loaded, and where each of them bites now: the
 * open recommendations that the reader may see and whose plan does not keep it.
 *
 * @param filter - the recommendations the reader may see; absent = all
 */
export async function policyReport(
  { policies: gate, stores, now }: Loop,
  filter: EntityFilter | undefined,
): Promise<Schemas['PolicyList']> {
  const { policies, failed, exceptions = [], version } = await gate.current();
  const bites = new Map<string, Bite[]>();
  for (const plan of await stores.plans.listVerdicts(filter)) {
    const { recommendationId, entityRef, title, verdicts } = plan;
    for (const { policy, outcome, message } of verdicts) {
      if (isBite(outcome)) {
        const others = bites.get(policy) ?? [];
        bites.set(policy, others);
        others.push({ recommendationId, entityRef, title, outcome, message });
      }
    }
  }
  const present = now();
  return {
    version,
    policies: [
      ...policies.map(({ path, outcomes, ...policy }) => ({
        ...policy,
        status: 'loaded' as const,
        path: gate.shortPath(path),
        outcomes: [...outcomes],
        bites: bitesOf(bites.get(policy.name) ?? []),
      })),
      ...failed.map(({ path, name, error }) => ({
        status: 'failed' as const,
        name: name ?? gate.shortPath(path),
        path: gate.shortPath(path),
        error,
        bites: bitesOf(bites.get(name ?? path) ?? []),
      })),
    ],
    exceptions: exceptions.map(
      ({ path, policies: from, expires, ...rest }) => ({
        ...rest,
        path: gate.shortPath(path),
        policies: [...from],
        expires: expires.toISOString(),
        expired: expires.toISOString() <= present,
      }),
    ),
  };
}

/** What the tests beside the policies say. */
export async function policyTestReport({
  policies: gate,
}: Loop): Promise<Schemas['PolicyTestReport']> {
  const tests = await gate.test();
  return tests.kind === 'ran'
    ? {
        kind: 'ran',
        results: tests.results.map(result => ({
          ...result,
          path: gate.shortPath(result.path),
        })),
      }
    : tests;
}

function isBite(outcome: VerdictOutcome): outcome is Bite['outcome'] {
  return BITING.includes(outcome);
}

function bitesOf(bites: readonly Bite[]): Schemas['PolicyBites'] {
  const count = (wanted: VerdictOutcome) =>
    bites.filter(({ outcome }) => outcome === wanted).length;
  return {
    denied: count('deny'),
    approvalAsked: count('require-approval'),
    warned: count('warn'),
    newest: bites.slice(0, MOST_TOLD),
  };
}
