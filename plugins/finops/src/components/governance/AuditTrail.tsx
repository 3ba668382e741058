import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { finopsGovernanceReadPermission } from '@apexlogic/backstage-plugin-finops-common/permissions';
import { problemInWords, verificationInWords } from '../../figures/governance';
import { STATE_WORDS } from '../../figures/words';
import { downloadText } from '../../hooks/downloadText';
import {
  useAudit,
  useAuditExport,
  useAuditVerification,
} from '../../hooks/queries';
import {
  Button,
  Code,
  LiveRegion,
  Notice,
  Panel,
  RuledList,
  Stack,
  Text,
} from '../../kit';
import { InstantText } from '../shared/InstantText';
import { QueryStates } from '../shared/QueryStates';
import { RequestFailure } from '../shared/RequestFailure';

/** Who did what, newest first; whether it is whole, and all of it as a file. */
export function AuditTrail() {
  const query = useAudit();
  const verification = useAuditVerification();
  const exporting = useAuditExport();
  return (
    <QueryStates
      query={query}
      title="Audit trail"
      permission={finopsGovernanceReadPermission.name}
    >
      {({ pages }) => (
        <Panel title="Audit trail">
          <Stack>
            <Stack direction="row">
              <Button
                busy={verification.isPending}
                onClick={() => verification.mutate()}
              >
                {verification.isPending ? 'Checking every entry…' : 'Verify it'}
              </Button>
              <Button
                busy={exporting.isPending}
                onClick={() =>
                  exporting.mutate(undefined, {
                    onSuccess: text =>
                      downloadText(
                        'finops-audit.ndjson',
                        'application/x-ndjson;charset=utf-8',
                        text,
                      ),
                  })
                }
              >
                Export it
              </Button>
            </Stack>
            <LiveRegion>
              {verification.isPending && 'Checking every entry…'}
            </LiveRegion>
            {verification.data && <Verified result={verification.data} />}
            {[verification.error, exporting.error].map(
              (error, index) =>
                error && <RequestFailure key={index} error={error} />,
            )}
            <Entries entries={pages.flatMap(({ entries }) => entries)} />
            {query.hasNextPage && (
              <Stack direction="row">
                <Button
                  kind="quiet"
                  busy={query.isFetchingNextPage}
                  onClick={() => query.fetchNextPage()}
                >
                  Older entries
                </Button>
              </Stack>
            )}
          </Stack>
        </Panel>
      )}
    </QueryStates>
  );
}

function Verified(props: { result: Schemas['AuditVerification'] }) {
  const { result } = props;
  const { problems, problemCount, head } = result;
  return (
    <Notice
      tone={problemCount === 0 ? 'success' : 'error'}
      title={verificationInWords(result)}
    >
      <Stack gap={1}>
        {problems.map(problem => (
          <Text key={`${problem.kind}-${problem.position}-${problem.eventId}`}>
            {problemInWords(problem)}
            {problem.recommendationId &&
              ` It is of ${problem.recommendationId}.`}
          </Text>
        ))}
        <Text kind="small">
          Keep the hash of the last entry elsewhere to also notice a trail that
          was written anew: <Code>{head}</Code>
        </Text>
      </Stack>
    </Notice>
  );
}

function Entries(props: { entries: readonly Schemas['AuditEntry'][] }) {
  const { entries } = props;
  if (entries.length === 0) {
    return <Text>Nothing has happened yet.</Text>;
  }
  return (
    <RuledList
      label="Audit trail"
      items={entries.map(({ position, event }) => ({
        key: String(position),
        content: event ? (
          <>
            <Text>
              {event.detail || event.event}
              {event.to &&
                event.from !== event.to &&
                ` (${STATE_WORDS[event.to]})`}
            </Text>
            <Text kind="small">
              {position} · {event.event} · {event.actor} ·{' '}
              <InstantText instant={event.at} />
            </Text>
          </>
        ) : (
          <Text>Entry {position} was removed.</Text>
        ),
      }))}
    />
  );
}
