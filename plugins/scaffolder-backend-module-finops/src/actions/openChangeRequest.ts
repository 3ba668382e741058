import { ConflictError } from '@backstage/errors';
import { createTemplateAction } from '@backstage/plugin-scaffolder-node';
import { FinopsClient } from '@apexlogic/backstage-plugin-finops-common/client';
import {
  dataOf,
  FinopsApiDependencies,
  finopsClientOfInitiator,
} from '../finopsApi';
import { describePlan, planRecommendation } from '../planRecommendation';
import { examples } from './openChangeRequest.examples';

/**
 * `finops:recommendation:open-change-request`: opens the pull request with exactly the plan of the given
 * hash, or updates the one that is open. A dry run checks the hash, logs the exact diff and writes nothing.
 *
 * @public
 */
export function createOpenChangeRequestAction(
  dependencies: FinopsApiDependencies,
) {
  return createTemplateAction({
    id: 'finops:recommendation:open-change-request',
    description:
      'Opens, or updates, the change request of a FinOps recommendation with exactly the plan that was shown. A dry run logs the diff and writes nothing.',
    examples,
    supportsDryRun: true,
    schema: {
      input: {
        recommendationId: z =>
          z.string().min(1).describe('Id of the recommendation'),
        planHash: z =>
          z
            .string()
            .regex(/^[0-9a-f]{64}$/)
            .describe(
              'Hash of the plan, an output of finops:recommendation:plan',
            ),
      },
      output: {
        changeRequestUrl: z =>
          z
            .string()
            .optional()
            .describe('Web address of the change request; none in a dry run'),
      },
    },
    async handler(ctx) {
      const { recommendationId, planHash } = ctx.input;
      const client = await finopsClientOfInitiator(ctx, dependencies);
      if (ctx.isDryRun) {
        for (const line of await preview(client, recommendationId, planHash)) {
          ctx.logger.info(line);
        }
        return;
      }
      const changeRequestUrl = await ctx.checkpoint({
        // A recovered task must not ask again for what it already has; the plan is part of the key
        // since another plan is another change.
        key: `finops.change-request.${recommendationId}.${planHash}`,
        fn: () => deliver(client, recommendationId, planHash),
      });
      ctx.logger.info(`Change request: ${changeRequestUrl}`);
      ctx.output('changeRequestUrl', changeRequestUrl);
    },
  });
}

async function preview(
  client: FinopsClient,
  recommendationId: string,
  planHash: string,
): Promise<readonly string[]> {
  const plan = await planRecommendation(client, recommendationId);
  if (plan.planHash !== planHash) {
    throw new ConflictError(
      `The plan of recommendation '${recommendationId}' is now ${plan.planHash}, not ${planHash}: plan again and look at the new diff`,
    );
  }
  return [
    'Dry run: nothing is written. The change request would hold exactly this:',
    ...describePlan(plan),
  ];
}

async function deliver(
  client: FinopsClient,
  recommendationId: string,
  planHash: string,
): Promise<string> {
  const attempt = `Opening the change request of recommendation '${recommendationId}'`;
  const { changeRequest } = await dataOf(
    attempt,
    client.POST('/recommendations/{id}/deliver', {
      params: { path: { id: recommendationId } },
      body: { planHash },
    }),
  );
  if (!changeRequest) {
    throw new ConflictError(
      `${attempt} failed: the FinOps backend accepted the plan but names no change request`,
    );
  }
  return changeRequest.url;
}
