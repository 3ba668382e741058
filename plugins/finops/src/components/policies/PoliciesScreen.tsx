import { finopsPolicyReadPermission } from '@apexlogic/backstage-plugin-finops-common/permissions';
import { policiesInWords } from '../../figures/policies';
import { usePolicies } from '../../hooks/queries';
import { Code, Panel, Stack, Text } from '../../kit';
import { QueryStates } from '../shared/QueryStates';
import { ExceptionList } from './ExceptionList';
import { PolicyInForce } from './PolicyInForce';
import { PolicyTests } from './PolicyTests';
import { UnloadedPolicies } from './UnloadedPolicies';

/** What every change must pass, who is excepted, whether the rules do what they say, and where they bite. */
export function PoliciesScreen() {
  const query = usePolicies();
  return (
    <QueryStates
      query={query}
      title="Policies"
      permission={finopsPolicyReadPermission.name}
    >
      {list => (
        <Stack>
          <UnloadedPolicies
            policies={list.policies.filter(one => one.status === 'failed')}
          />
          <Panel title="Policies">
            <Stack>
              <Text kind="lead">{policiesInWords(list)}</Text>
              <PolicyInForce
                policies={list.policies.filter(one => one.status === 'loaded')}
              />
              <Text kind="small">
                Version of the files: <Code>{list.version.slice(0, 12)}</Code>
              </Text>
            </Stack>
          </Panel>
          <ExceptionList exceptions={list.exceptions} />
          <PolicyTests />
        </Stack>
      )}
    </QueryStates>
  );
}
