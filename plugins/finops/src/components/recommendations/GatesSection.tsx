import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { IMPACT_WORDS, VERDICT_WORDS } from '../../figures/words';
import { EntityRefLink } from '@backstage/plugin-catalog-react';
import { Badge, Code, Heading, RuledList, Stack, Text, Tone } from '../../kit';
import { InstantText } from '../shared/InstantText';

const VERDICT_TONES: Record<Schemas['Verdict']['outcome'], Tone> = {
  allow: 'saving',
  warn: 'rise',
  'require-approval': 'info',
  deny: 'risk',
};

const IMPACT_TONES: Record<Schemas['Impact']['level'], Tone> = {
  low: 'neutral',
  medium: 'info',
  high: 'risk',
};

/** Why an approval does not count, as a subclause. */
const UNCOUNTED_WORDS: Record<
  NonNullable<
    Schemas['RecommendationDetail']['approvals'][number]['uncounted']
  >,
  string
> = {
  voided: 'which is void',
  'other-plan': 'an earlier plan, which does not count for this one',
  requester: 'which does not count: they asked for the change themselves',
  expired: 'which has expired',
  'not-asked': 'which does not count: somebody else is asked',
};

/** What the policies said of the plan and who approved it. */
export function GatesSection(props: {
  detail: Schemas['RecommendationDetail'];
}) {
  const { verdicts, approvals, approval, plan, impact } = props.detail;
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
      {impact && (
        <>
          <Heading level={4}>Impact</Heading>
          <Stack direction="row" gap={1}>
            <Badge tone={IMPACT_TONES[impact.level]}>
              {IMPACT_WORDS[impact.level]}
            </Badge>
            <Text inline>
              {impact.reasons.map(({ text }) => text).join(' ') ||
                'Nothing of it weighs.'}
            </Text>
          </Stack>
        </>
      )}
      <Heading level={4}>Approvals</Heading>
      <Text>
        {approvalSentence(props.detail)}
        {approval.expiresAt && (
          <>
            {' '}
            It holds until <InstantText instant={approval.expiresAt} />.
          </>
        )}
      </Text>
      {approvals.length > 0 && (
        <RuledList
          label="Approvals"
          items={approvals.map(({ approver, at, uncounted }) => ({
            key: `${approver} ${at}`,
            content: (
              <Text>
                <EntityRefLink entityRef={approver} /> approved{' '}
                <InstantText instant={at} />
                {uncounted && `, ${UNCOUNTED_WORDS[uncounted]}`}
              </Text>
            ),
          }))}
        />
      )}
    </Stack>
  );
}

function approvalSentence(detail: Schemas['RecommendationDetail']): string {
  const { approval, verdicts, recommendation } = detail;
  const { given, needed, from } = approval;
  const asking = verdicts.filter(
    ({ outcome }) => outcome === 'require-approval',
  );
  if (given >= needed) {
    return 'This plan is approved. Any changed byte voids the approval.';
  }
  const whose = from ? ` of ${from.join(' or ')}` : '';
  if (needed > 1) {
    return recommendation.state === 'awaiting-approval'
      ? `${given} of ${needed} approvals${whose} so far. Whoever opened the pull request cannot give one.`
      : `${needed} people${whose} other than whoever opens the pull request must approve it.`;
  }
  if (asking.length > 0) {
    return `Approval${
      from ? ` by somebody${whose}` : ''
    } is asked for by ${asking
      .map(({ policy }) => policy)
      .join(', ')}. Whoever opened the pull request cannot give it.`;
  }
  return from
    ? `Somebody${whose} other than whoever opens the pull request approves it.`
    : 'Somebody other than whoever opens the pull request approves it, here or on the forge.';
}
