import { TemplateExample } from '@backstage/plugin-scaffolder-node';
import { stringify } from 'yaml';

export const examples: TemplateExample[] = [
  {
    description:
      'Plan the edit of a recommendation and show what the policies say of it.',
    example: stringify({
      steps: [
        {
          id: 'plan',
          name: 'Plan the change',
          action: 'finops:recommendation:plan',
          input: { recommendationId: '${{ parameters.recommendationId }}' },
        },
      ],
    }),
  },
];
