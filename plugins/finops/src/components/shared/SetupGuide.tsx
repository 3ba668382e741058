import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { useRefreshEntity } from '../../hooks/queries';
import {
  Button,
  Code,
  CopyButton,
  LiveRegion,
  Panel,
  RuledList,
  Stack,
  Text,
} from '../../kit';
import { RequestFailure } from './RequestFailure';

/** What is missing before an entity has figures, and the one thing to do about it. */
export function SetupGuide(props: {
  title: string;
  entityRef: string;
  entityName: string;
  setup: Schemas['Setup'];
}) {
  const { title, entityRef, entityName, setup } = props;
  return (
    <Panel title={title}>
      <Stack>
        <Text kind="lead">{sentenceOf(setup, entityName)}</Text>
        {setup.missing.length > 0 && (
          <RuledList
            label="Missing annotations"
            items={setup.missing.map(({ annotation, example, why }) => {
              const line = `${annotation}: ${quoteYaml(example)}`;
              return {
                key: annotation,
                content: (
                  <Stack gap={1}>
                    <Text>
                      Annotation <Code>{annotation}</Code> is missing. {why}
                    </Text>
                    <Stack direction="row" gap={1}>
                      <Code>{line}</Code>
                      <CopyButton text={line} what={annotation} />
                    </Stack>
                  </Stack>
                ),
              };
            })}
          />
        )}
        {setup.state !== 'not-annotated' && (
          <RefreshButton entityRef={entityRef} />
        )}
      </Stack>
    </Panel>
  );
}

function sentenceOf(setup: Schemas['Setup'], entityName: string): string {
  switch (setup.state) {
    case 'not-annotated':
      return `${entityName} does not say yet where it runs. Add this to metadata.annotations of its catalog-info.yaml.`;
    case 'no-workload':
      return `The annotations of ${entityName} match nothing that runs. Check them against the cluster.`;
    case 'waiting':
      return `${entityName} is connected and its first figures are on the way.`;
    default:
      return `There is nothing to show for ${entityName} in this span.`;
  }
}

function RefreshButton(props: { entityRef: string }) {
  const refresh = useRefreshEntity(props.entityRef);
  return (
    <Stack gap={1} align="flex-start">
      <Button onClick={() => refresh.mutate()} busy={refresh.isPending}>
        Look again now
      </Button>
      <LiveRegion>
        {refresh.isSuccess &&
          'A new pass is queued. It usually takes a minute or two.'}
      </LiveRegion>
      {refresh.isError && <RequestFailure error={refresh.error} />}
    </Stack>
  );
}

function quoteYaml(value: string): string {
  return /^[A-Za-z0-9][\w./-]*$/.test(value) &&
    !/^(true|false|yes|no|null|\d+(\.\d+)?)$/i.test(value)
    ? value
    : JSON.stringify(value);
}
