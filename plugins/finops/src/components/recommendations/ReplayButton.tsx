import { useReplay } from '../../hooks/queries';
import { replayInWords } from '../../figures/replay';
import { Button, Code, LiveRegion, Notice, Stack, Text } from '../../kit';
import { RequestFailure } from '../shared/RequestFailure';

/** Has it decided again on what it was decided on, and says whether it comes out the same. */
export function ReplayButton(props: { id: string }) {
  const replay = useReplay(props.id);
  const { data, error, isPending } = replay;
  return (
    <Stack gap={1} align="flex-start">
      <Button kind="quiet" busy={isPending} onClick={() => replay.mutate()}>
        {isPending ? 'Deciding again…' : 'Decide it again'}
      </Button>
      <LiveRegion>
        {isPending && 'Deciding again…'}
        {data && (
          <Notice
            tone={data.result === 'differs' ? 'warning' : 'info'}
            title={replayInWords(data)}
          >
            {data.differences.map(({ field, recorded, repeated }) => (
              <Text key={field}>
                {field}: <Code>{inShort(recorded)}</Code> was recorded,{' '}
                <Code>{inShort(repeated)}</Code> comes out now.
              </Text>
            ))}
            {data.leftOut.length > 0 && (
              <Text kind="small">
                Not looked at: {data.leftOut.join(', ')}.
              </Text>
            )}
          </Notice>
        )}
      </LiveRegion>
      {error && <RequestFailure error={error} />}
    </Stack>
  );
}

/** Longest value shown, characters. */
const MOST_SHOWN = 200;

function inShort(value: unknown): string {
  const text =
    typeof value === 'string' ? value : JSON.stringify(value) ?? 'nothing';
  return text.length > MOST_SHOWN ? `${text.slice(0, MOST_SHOWN)}…` : text;
}
