import { finopsGovernanceReadPermission } from '@apexlogic/backstage-plugin-finops-common/permissions';
import { useGovernance } from '../../hooks/queries';
import { Panel, Stack } from '../../kit';
import { QueryStates } from '../shared/QueryStates';
import { AuditTrail } from './AuditTrail';
import { BreakersPanel } from './BreakersPanel';
import { FreezesPanel } from './FreezesPanel';
import { LimitsTable } from './LimitsTable';
import { RevertsPanel } from './RevertsPanel';
import { RulesPanel } from './RulesPanel';
import { WritingPanel } from './WritingPanel';

/** What the portal may do by itself, who stops it, and what happened. */
export function GovernanceScreen() {
  const query = useGovernance();
  return (
    <Stack>
      <QueryStates
        query={query}
        title="Writing"
        permission={finopsGovernanceReadPermission.name}
      >
        {governance => (
          <Stack>
            <WritingPanel governance={governance} />
            <BreakersPanel governance={governance} />
            <FreezesPanel governance={governance} />
            <RevertsPanel governance={governance} />
            <RulesPanel governance={governance} />
            <Panel title="Limits on change requests">
              <LimitsTable limits={governance.limits} />
            </Panel>
          </Stack>
        )}
      </QueryStates>
      {query.data && <AuditTrail />}
    </Stack>
  );
}
