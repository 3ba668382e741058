import { InputError } from '@backstage/errors';
import {
  FinopsClient,
  Schemas,
} from '@apexlogic/backstage-plugin-finops-common/client';
import { dataOf } from './finopsApi';

/** A plan that could be made. */
export interface PlannedChange {
  readonly planHash: string;
  /** Unified diff of all files. */
  readonly diff: string;
  readonly verdicts: readonly Schemas['Verdict'][];
}

/**
 * Has the exact edit planned at the repository's present head. Nothing is written outside the backend.
 * A refusal (value not found, several candidates, …) throws with the refusal's own words.
 */
export async function planRecommendation(
  client: FinopsClient,
  recommendationId: string,
): Promise<PlannedChange> {
  const attempt = `Planning recommendation '${recommendationId}'`;
  const { plan, verdicts, refusal } = await dataOf(
    attempt,
    client.POST('/recommendations/{id}/plan', {
      params: { path: { id: recommendationId } },
    }),
  );
  if (!plan) {
    throw new InputError(
      `${attempt} was refused: ${
        refusal ? `${refusal.reason} (${refusal.code})` : 'no reason was given'
      }`,
    );
  }
  return {
    planHash: plan.hash,
    diff: plan.files.map(file => file.diff).join(''),
    verdicts: (verdicts ?? []).map(verdictOf),
  };
}

/** Only what the output's schema names, in an object of this process: templates take nothing else. */
function verdictOf({
  policy,
  outcome,
  message,
  cause,
  path,
}: Schemas['Verdict']): Schemas['Verdict'] {
  return {
    policy,
    outcome,
    message,
    cause,
    ...(path === undefined ? {} : { path }),
  };
}

/** The plan as lines of a task's log. */
export function describePlan(plan: PlannedChange): readonly string[] {
  return [
    `Plan ${plan.planHash}`,
    ...plan.diff.trimEnd().split('\n'),
    ...plan.verdicts.map(
      ({ policy, outcome, message }) => `${policy}: ${outcome}: ${message}`,
    ),
  ];
}
