import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { isPlannable } from '../../figures/planning';
import { countOf } from '../../figures/words';
import { usePlan } from '../../hooks/queries';
import {
  Badge,
  Button,
  Code,
  DiffView,
  Facts,
  Heading,
  LiveRegion,
  Notice,
  RuledList,
  Stack,
  Text,
} from '../../kit';
import { RequestFailure } from '../shared/RequestFailure';

type ChangePlan = Schemas['ChangePlan'];

/** The edit byte for byte, with its proof; nothing is written before somebody says so. */
export function ChangeSection(props: {
  detail: Schemas['RecommendationDetail'];
}) {
  const { plan, refusal, recommendation } = props.detail;
  const planning = usePlan(recommendation.id);
  const plannable = isPlannable(recommendation.state);
  return (
    <Stack>
      {refusal && (
        <Notice tone="warning" title="No change could be planned">
          {refusal.reason}
        </Notice>
      )}
      {!plan && !refusal && (
        <Text>
          {plannable
            ? 'The change has not been worked out yet. A preview reads the repository and writes nothing.'
            : 'No change was planned for this recommendation.'}
        </Text>
      )}
      {plan && <Plan plan={plan} />}
      {plannable && (
        <Stack gap={1} align="flex-start">
          <Button
            // The next step is a preview until there is one; then it is the decision below.
            kind={plan || refusal ? 'quiet' : 'primary'}
            onClick={() => planning.mutate()}
            busy={planning.isPending}
          >
            {previewLabel(planning.isPending, Boolean(plan || refusal))}
          </Button>
          <LiveRegion>
            {planning.data?.result === 'planned' &&
              'The preview below is of the repository as it is now.'}
          </LiveRegion>
          {planning.isError && <RequestFailure error={planning.error} />}
        </Stack>
      )}
    </Stack>
  );
}

function previewLabel(busy: boolean, again: boolean): string {
  if (busy) {
    return 'Reading the repository…';
  }
  return again ? 'Work it out again' : 'Preview the change';
}

function Plan(props: { plan: ChangePlan }) {
  const { plan } = props;
  return (
    <Stack>
      <Facts
        facts={[
          {
            name: 'Repository',
            value: (
              <>
                <Code>{plan.repository.url}</Code>, branch{' '}
                <Code>{plan.repository.branch}</Code>
              </>
            ),
          },
          {
            name: 'On commit',
            value: <Code>{plan.baseSha.slice(0, 12)}</Code>,
          },
          { name: 'Files', value: countOf(plan.files.length, 'file') },
        ]}
      />
      {(plan.notes ?? []).map(note => (
        <Text key={note}>{note}</Text>
      ))}
      {plan.files.map(({ path, diff }) => (
        <Stack key={path} gap={0.5}>
          <Heading level={4}>
            <Code>{path}</Code>
          </Heading>
          <DiffView path={path} diff={diff} />
        </Stack>
      ))}
      <Heading level={4}>Fields and annotations</Heading>
      <RuledList
        label="Changed fields"
        items={plan.changes.map(
          ({ path, documentIndex, object, pointer, before, after }) => ({
            key: `${path} ${documentIndex} ${pointer}`,
            content: (
              <Stack gap={0.5}>
                <Text>
                  {object.kind} {object.name}:{' '}
                  <Code>{readPointer(pointer)}</Code>
                </Text>
                <Text kind="small">
                  {before === undefined ? (
                    'was not set'
                  ) : (
                    <Code>{String(before)}</Code>
                  )}{' '}
                  →{' '}
                  {after === undefined ? (
                    'removed'
                  ) : (
                    <Code>{String(after)}</Code>
                  )}
                </Text>
              </Stack>
            ),
          }),
        )}
      />
      {plan.notes?.length ? (
        <>
          <Heading level={4}>Before it goes live</Heading>
          <RuledList
            label="What to know before it goes live"
            items={plan.notes.map(note => ({
              key: note,
              content: <Text>{note}</Text>,
            }))}
          />
        </>
      ) : null}
      <Heading level={4}>Proof</Heading>
      <Proof proof={plan.proof} />
    </Stack>
  );
}

const CHECK_WORDS: Record<
  ChangePlan['proof']['checks'][number]['name'],
  string
> = {
  reparse: 'Only these fields differ',
  schema: 'Still valid against the schema',
  're-extract': 'The new values read back',
  render: 'Rendered before and after',
  format: 'Still formatted as its tool does it',
};

const OUTCOME_TONES = {
  passed: 'saving',
  failed: 'risk',
  skipped: 'neutral',
} as const;

function Proof(props: { proof: ChangePlan['proof'] }) {
  const { proven, checks } = props.proof;
  return (
    <Stack gap={1}>
      <Text tone={proven ? 'saving' : 'risk'}>
        {proven
          ? 'Proven: every check that could run passed.'
          : 'Not proven; it cannot be opened.'}
      </Text>
      <RuledList
        label="Checks"
        items={checks.map(({ name, outcome, detail }) => ({
          key: name,
          content: (
            <Stack direction="row" gap={1}>
              <Badge tone={OUTCOME_TONES[outcome]}>{outcome}</Badge>
              <Text inline>
                {CHECK_WORDS[name]}: {detail}
              </Text>
            </Stack>
          ),
        }))}
      />
    </Stack>
  );
}

/** A JSON pointer as people write paths: `spec.replicas`, `metadata.annotations["a/b"]`. */
function readPointer(pointer: string): string {
  return pointer
    .split('/')
    .slice(1)
    .map(part => part.replace(/~1/g, '/').replace(/~0/g, '~'))
    .reduce((path, part) => {
      if (/^\d+$/.test(part)) {
        return `${path}[${part}]`;
      }
      if (!/^[\w-]+$/.test(part)) {
        return `${path}["${part}"]`;
      }
      return path === '' ? part : `${path}.${part}`;
    }, '');
}
