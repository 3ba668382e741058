import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { testsInWords } from '../../figures/policies';
import { usePolicyTests } from '../../hooks/queries';
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
import { RequestFailure } from '../shared/RequestFailure';

/** Whether the policies do what their tests say, on demand. */
export function PolicyTests() {
  const tests = usePolicyTests();
  return (
    <Panel title="Tests">
      <Stack>
        <Text>
          Tests lie beside the policies and say which verdicts a change must
          have.
        </Text>
        <Stack direction="row">
          <Button busy={tests.isPending} onClick={() => tests.mutate()}>
            {tests.isPending ? 'Running the tests…' : 'Run the tests'}
          </Button>
        </Stack>
        <LiveRegion>{tests.isPending && 'Running the tests…'}</LiveRegion>
        {tests.data && <Report report={tests.data} />}
        {tests.error && (
          <RequestFailure error={tests.error} onRetry={() => tests.mutate()} />
        )}
      </Stack>
    </Panel>
  );
}

function Report(props: { report: Schemas['PolicyTestReport'] }) {
  const { report } = props;
  if (report.kind === 'failed') {
    return (
      <Notice tone="error" title={testsInWords(report)}>
        <Text>{report.reason}</Text>
      </Notice>
    );
  }
  const failed = report.results.filter(result => result.kind === 'failed');
  const passed = report.results.filter(result => result.kind === 'passed');
  return (
    <Stack>
      <Notice
        tone={toneOf(report.results.length, failed.length)}
        title={testsInWords(report)}
      >
        {failed.map(({ path, name, reason }) => (
          <Text key={`${path} ${name}`}>
            <strong>{name}</strong> in <Code>{path}</Code>: {reason}
          </Text>
        ))}
      </Notice>
      {passed.length > 0 && (
        <details>
          <summary>As expected: {passed.length}</summary>
          <RuledList
            label="Passed tests"
            items={passed.map(({ path, name }) => ({
              key: `${path} ${name}`,
              content: (
                <Text kind="small">
                  {name} · <Code>{path}</Code>
                </Text>
              ),
            }))}
          />
        </details>
      )}
    </Stack>
  );
}

function toneOf(all: number, failed: number): 'info' | 'success' | 'error' {
  if (failed > 0) {
    return 'error';
  }
  return all === 0 ? 'info' : 'success';
}
