import { sep } from 'node:path';
import {
  Environment,
  Level,
  Money,
  scaleMoney,
  Verdict,
  zeroMoney,
} from '@apexlogic/backstage-plugin-finops-common';
import { ComparedObject } from '@apexlogic/backstage-plugin-finops-manifests';
import { teamOf } from '../delivery/makePlan';
import { CheckContext } from './CheckContext';
import { ChangedWorkload } from './matchWorkloads';
import { ReadChange } from './readChange';

/** `change.action` of what somebody wrote. */
const ACTION = 'change';

/** ISO 4217 for no currency: where nothing has a price. */
const NO_CURRENCY = 'XXX';

/** What of a change the policies are told beside its objects. */
export interface JudgedChange {
  readonly read: ReadChange;
  readonly workloads: readonly ChangedWorkload[];
  readonly isBot: boolean;
  readonly risk: Level;
  /** What it costs more a month, one a currency. */
  readonly monthly: readonly Money[];
}

/**
 * Asks the policies about a change, once for each entity and environment that it touches: a policy is told
 * one of each. Objects that belong to none are judged in an environment that is not known.
 */
export async function judgeChange(
  context: CheckContext,
  { read, workloads, isBot, risk, monthly }: JudgedChange,
): Promise<{ verdicts: readonly Verdict[]; policyVersion: string }> {
  const { comparison } = read;
  const groups = new Map<
    string,
    { entityRef: string; environment: Environment; objects: ComparedObject[] }
  >();
  const only = new Set(
    workloads.flatMap(({ match }) =>
      match.kind === 'known'
        ? [match.stored.environment]
        : ['unknown' as const],
    ),
  );
  for (const compared of comparison.objects) {
    const match = workloads.find(
      workload => workload.compared === compared,
    )?.match;
    const group =
      match?.kind === 'known'
        ? {
            entityRef: match.entity.context.entityRef,
            environment: match.stored.environment,
          }
        : {
            entityRef: '',
            // What belongs to workloads of one environment is judged as they are.
            environment: only.size === 1 ? [...only][0] : ('unknown' as const),
          };
    const key = `${group.entityRef}\n${group.environment}`;
    const objects = groups.get(key)?.objects ?? [];
    groups.set(key, { ...group, objects: [...objects, compared] });
  }
  const verdicts: Verdict[] = [];
  const [more] = monthly;
  for (const { entityRef, environment, objects } of groups.values()) {
    const currency = more?.currency ?? NO_CURRENCY;
    const judged = await context.policies.judge({
      objects: objects.map(({ path, before, after, changes }) => ({
        path,
        object: after,
        oldObject: before,
        changes,
      })),
      namespaces: comparison.namespaces,
      context: {
        action: ACTION,
        environment,
        entityRef,
        monthlySaving: more ? scaleMoney(more, -1) : zeroMoney(currency),
        confidence: 1,
        risk,
        author: isBot ? 'bot' : 'human',
      },
      team: entityRef ? await teamOf(context, entityRef, currency) : undefined,
    });
    verdicts.push(...judged.verdicts);
  }
  const { version, failed } = await context.policies.current();
  // Without an object no policy is asked, yet what cannot be loaded denies everything.
  if (groups.size === 0) {
    verdicts.push(
      ...failed.map(({ path, name, error }) => ({
        policy: name ?? path,
        outcome: 'deny' as const,
        message: error,
        cause: 'policy-error' as const,
        path,
      })),
    );
  }
  return {
    verdicts: verdicts.map(verdict =>
      withoutFolders(verdict, context.config.policyFolders),
    ),
    policyVersion: version,
  };
}

/** Where the portal keeps its policies is nothing for a comment. */
function withoutFolders(verdict: Verdict, folders: readonly string[]): Verdict {
  return verdict.cause === 'evaluated'
    ? verdict
    : {
        ...verdict,
        message: folders.reduce(
          (message, folder) =>
            message.replaceAll(`${folder}${sep}`, '').replaceAll(folder, ''),
          verdict.message,
        ),
      };
}
