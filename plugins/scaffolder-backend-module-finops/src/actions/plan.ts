import { createTemplateAction } from '@backstage/plugin-scaffolder-node';
import { FinopsApiDependencies, finopsClientOfInitiator } from '../finopsApi';
import { describePlan, planRecommendation } from '../planRecommendation';
import { examples } from './plan.examples';

/**
 * `finops:recommendation:plan`: the exact edit of a recommendation and what the policies say of it.
 * It only reads, so a dry run does the same.
 *
 * @public
 */
export function createPlanRecommendationAction(
  dependencies: FinopsApiDependencies,
) {
  return createTemplateAction({
    id: 'finops:recommendation:plan',
    description:
      "Plans the exact edit of a FinOps recommendation at the repository's present head and asks the policies. Writes nothing to the repository.",
    examples,
    supportsDryRun: true,
    schema: {
      input: {
        recommendationId: z =>
          z.string().min(1).describe('Id of the recommendation'),
      },
      output: {
        planHash: z =>
          z
            .string()
            .describe('Hash of the plan; opening a change request binds to it'),
        diff: z => z.string().describe('Unified diff of all files'),
        verdicts: z =>
          z
            .array(
              z.object({
                policy: z.string(),
                outcome: z.enum(['allow', 'warn', 'require-approval', 'deny']),
                message: z.string(),
                cause: z.enum(['evaluated', 'policy-error']),
                path: z.string().optional(),
              }),
            )
            .describe('What the policies said of the plan'),
      },
    },
    async handler(ctx) {
      const client = await finopsClientOfInitiator(ctx, dependencies);
      const plan = await planRecommendation(client, ctx.input.recommendationId);
      for (const line of describePlan(plan)) {
        ctx.logger.info(line);
      }
      ctx.output('planHash', plan.planHash);
      ctx.output('diff', plan.diff);
      ctx.output('verdicts', [...plan.verdicts]);
    },
  });
}
