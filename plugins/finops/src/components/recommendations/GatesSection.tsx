import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { VERDICT_WORDS } from '../../figures/words';
import { EntityRefLink } from '@backstage/plugin-catalog-react';
import { Badge, Code, Heading, RuledList, Stack, Text, Tone } from '../../kit';
import { InstantText } from '../shared/InstantText';

const VERDICT_TONES: Record<Schemas['Verdict']['outcome'], Tone> = {
  allow: 'saving',
  warn: 'rise',
  'require-approval': 'info',
  deny: 'risk',
};

/** What the policies said of the plan and who approved it. */
export function GatesSection(props: {
  detail: Schemas['RecommendationDetail'];
}) {
  const { verdicts, approvals, plan } = props.detail;
  return (
    <Stack>
      {verdicts.length > 0 ? (
        <RuledList
          label="Policies"
          items={verdicts.map(({ policy, outcome, message, cause, path }) => ({
            key: `${policy} ${path ?? ''} ${outcome} ${message}`,
            content: (
              <Stack gap={0.5}>
                <Stack direction="row" gap={1}>
                  <Badge tone={VERDICT_TONES[outcome]}>
                    {VERDICT_WORDS[outcome]}
                  </Badge>
                  <Text inline>
                    <strong>{policy}</strong>
                    {cause === 'policy-error' &&
                      ' (the policy itself failed, which denies)'}
                  </Text>
                </Stack>
                <Text>{message}</Text>
                {path && (
                  <Text kind="small">
                    <Code>{path}</Code>
                  </Text>
                )}
              </Stack>
            ),
          }))}
        />
      ) : (
        <Text>
          {plan
            ? 'No policy applies to this change.'
            : 'Policies are asked once the change is worked out.'}
        </Text>
      )}
      <Heading level={4}>Approvals</Heading>
      <Text>{approvalSentence(props.detail)}</Text>
      {approvals.length > 0 && (
        <RuledList
          label="Approvals"
          items={approvals.map(({ approver, planHash, at }) => ({
            key: `${approver} ${at}`,
            content: (
              <Text>
                <EntityRefLink entityRef={approver} /> approved{' '}
                <InstantText instant={at} />
                {plan &&
                  planHash !== plan.hash &&
                  ' an earlier plan, which does not count for this one'}
              </Text>
            ),
          }))}
        />
      )}
    </Stack>
  );
}

function approvalSentence(detail: Schemas['RecommendationDetail']): string {
  const { plan, approvals, verdicts } = detail;
  const asking = verdicts.filter(
    ({ outcome }) => outcome === 'require-approval',
  );
  if (plan && approvals.some(({ planHash }) => planHash === plan.hash)) {
    return 'This plan is approved. Any changed byte voids the approval.';
  }
  if (asking.length > 0) {
    return `Approval is asked for by ${asking
      .map(({ policy }) => policy)
      .join(', ')}. Whoever opened the pull request cannot give it.`;
  }
  return 'Somebody other than whoever opens the pull request approves it, here or on the forge.';
}
