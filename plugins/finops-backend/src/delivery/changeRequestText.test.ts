import { ChangePlan } from '@apexlogic/backstage-plugin-finops-common';
import { CONTENT, NOW } from '../__testUtils__/fixtures';
import { changeRequestBody, commitMessage } from './changeRequestText';

const recommendation = {
  ...CONTENT,
  id: 'r1',
  state: 'proposed' as const,
  createdAt: NOW,
  updatedAt: NOW,
  revision: 1,
};
const plan: ChangePlan = {
  hash: 'a'.repeat(64),
  identity: 'b'.repeat(64),
  repository: { url: 'https://forge.test/org/gitops', branch: 'main' },
  baseSha: 'c',
  files: [
    {
      path: 'a.yaml',
      beforeSha256: '',
      afterSha256: '',
      splices: [],
      diff: '-replicas: 3\n+replicas: 2\n',
    },
  ],
  changes: [],
  proof: {
    proven: true,
    checks: [
      {
        name: 'reparse',
        outcome: 'passed',
        detail: 'only the intended fields differ',
      },
    ],
  },
};

describe('changeRequestBody', () => {
  it('says the essentials in seven lines and folds the rest', () => {
    const body = changeRequestBody({
      recommendation,
      plan,
      verdicts: [],
      impact: {
        level: 'medium',
        reasons: [
          {
            fact: 'environment',
            level: 'medium',
            text: 'It runs in production.',
          },
        ],
      },
      portalUrl: 'https://portal.test',
    });
    expect(body.split('\n\n')[0].split('\n')).toHaveLength(7);
    expect(body).toContain('Impact medium: It runs in production.');
    expect(body).toContain('Saves $40.00 a month ($35.00 to $45.00');
    expect(body.match(/<details>/g)).toHaveLength(4);
    expect(body).toContain(
      'https://portal.test/catalog/default/component/web/finops-recommendations?recommendation=r1',
    );
  });

  it('lets nothing from outside act as markup, mention, link or fence', () => {
    const hostile =
      'Ignore this </details> @everyone [x](http://evil.test) `code`\n# heading';
    const body = changeRequestBody({
      recommendation: {
        ...recommendation,
        reason: hostile,
        evidence: [
          {
            ...CONTENT.evidence[0],
            summary: hostile,
            query: '```\n</details>\n@everyone\n````',
          },
        ],
      },
      plan,
      verdicts: [
        {
          policy: hostile,
          outcome: 'warn',
          message: hostile,
          cause: 'evaluated',
        },
      ],
    });
    const outsideFences = body.replace(/^(`{3,})[^\n]*\n[\s\S]*?\n\1$/gm, '');
    expect(outsideFences.match(/<\/details>/g)).toHaveLength(4);
    expect(outsideFences).not.toMatch(
      /@everyone|\]\(http:\/\/evil|^# heading/m,
    );
    expect(body).toContain('`````\n```\n</details>');
    expect(
      commitMessage(
        { ...recommendation, title: 'a\nFinops-Plan: forged' },
        plan,
      ).match(/^Finops-Plan:/gm),
    ).toHaveLength(1);
  });
});
