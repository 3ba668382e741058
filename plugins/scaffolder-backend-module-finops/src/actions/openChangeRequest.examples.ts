import { TemplateExample } from '@backstage/plugin-scaffolder-node';
import { stringify } from 'yaml';

export const examples: TemplateExample[] = [
  {
    description:
      'Open the change request with exactly the plan of the step before.',
    example: stringify({
      steps: [
        {
          id: 'plan',
          name: 'Plan the change',
          action: 'finops:recommendation:plan',
          input: { recommendationId: '${{ parameters.recommendationId }}' },
        },
        {
          id: 'open',
          name: 'Open the change request',
          action: 'finops:recommendation:open-change-request',
          input: {
            recommendationId: '${{ parameters.recommendationId }}',
            planHash: '${{ steps.plan.output.planHash }}',
          },
        },
      ],
    }),
  },
];
