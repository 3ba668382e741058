import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { bitesInWords, OUTCOME_WORDS } from '../../figures/policies';
import { Badge, Code, RuledList, Stack, Text, Tone } from '../../kit';
import { RecommendationLink } from '../shared/RecommendationLink';

type Policy = Schemas['PolicyInForce'];

const OUTCOME_TONES: Record<Policy['outcomes'][number], Tone> = {
  deny: 'risk',
  'require-approval': 'info',
  warn: 'rise',
  audit: 'neutral',
};

/** Each policy with what it leads to and where it bites. */
export function PolicyInForce(props: { policies: readonly Policy[] }) {
  const { policies } = props;
  if (policies.length === 0) {
    return null;
  }
  return (
    <RuledList
      label="Policies"
      items={policies.map(policy => ({
        key: policy.name,
        content: <OnePolicy policy={policy} />,
      }))}
    />
  );
}

function OnePolicy(props: { policy: Policy }) {
  const { name, kind, path, description, control, outcomes, bites } =
    props.policy;
  return (
    <Stack gap={0.5}>
      <Stack direction="row" gap={1}>
        <Text inline>
          <strong>{name}</strong>
        </Text>
        {outcomes.map(outcome => (
          <Badge key={outcome} tone={OUTCOME_TONES[outcome]}>
            {OUTCOME_WORDS[outcome]}
          </Badge>
        ))}
        {control && <Badge>{control}</Badge>}
      </Stack>
      {description && <Text>{description}</Text>}
      <Text kind="small">
        {kind} in <Code>{path}</Code>
      </Text>
      <Bites name={name} bites={bites} />
    </Stack>
  );
}

function Bites(props: { name: string; bites: Schemas['PolicyBites'] }) {
  const { name, bites } = props;
  const { denied, approvalAsked, warned, newest } = bites;
  const total = denied + approvalAsked + warned;
  return (
    <>
      <Text>{bitesInWords(bites)}</Text>
      {newest.length > 0 && (
        <details>
          <summary>
            {newest.length < total
              ? `The newest ${newest.length} of ${total}`
              : 'Show them'}
          </summary>
          <RuledList
            label={`Where ${name} bites`}
            items={newest.map(bite => ({
              key: `${bite.recommendationId} ${bite.message}`,
              content: <OneBite bite={bite} />,
            }))}
          />
        </details>
      )}
    </>
  );
}

function OneBite(props: { bite: Schemas['PolicyBite'] }) {
  const { recommendationId, entityRef, title, outcome, message } = props.bite;
  return (
    <Stack gap={0.5}>
      <Text>
        <RecommendationLink
          recommendationId={recommendationId}
          entityRef={entityRef}
          title={title}
        />
      </Text>
      <Text kind="small">
        {OUTCOME_WORDS[outcome]}: {message}
      </Text>
    </Stack>
  );
}
