import { finopsCostReadPermission } from '@apexlogic/backstage-plugin-finops-common/permissions';
import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { CostGrouping } from '../../api';
import { costCsv } from '../../figures/csv';
import {
  parsePeriod,
  periodInWords,
  serializePeriod,
  spanOf,
} from '../../figures/periodSelection';
import { downloadText } from '../../hooks/downloadText';
import { useEntityCosts } from '../../hooks/queries';
import { useNow } from '../../hooks/useNow';
import { oneOf, useUrlState } from '../../hooks/useUrlState';
import { Button, SelectField, Stack } from '../../kit';
import { QueryStates } from '../shared/QueryStates';
import { SetupGuide } from '../shared/SetupGuide';
import { SourceNotices } from '../shared/SourceNotices';
import { useEntityFacts } from '../shared/useEntityFacts';
import { CurrencyBlock } from './CurrencyBlock';
import { PeriodPicker } from './PeriodPicker';

const GROUPINGS: readonly CostGrouping[] = [
  'category',
  'workload',
  'environment',
];
const GROUPING_WORDS: Record<CostGrouping, string> = {
  category: 'Category',
  workload: 'Workload',
  environment: 'Environment',
};

/** What the entity of the page costs, how that moved, and what moved it. */
export function EntityCostScreen() {
  const { entityRef, name, ask } = useEntityFacts();
  const now = useNow();
  const url = useUrlState();
  const selection = parsePeriod(url.get('period'));
  const groupBy = oneOf(url.get('group'), GROUPINGS) ?? 'category';
  const query = useEntityCosts(entityRef, {
    ...spanOf(selection, now),
    groupBy,
  });

  return (
    <QueryStates
      query={query}
      title="Cost"
      permission={finopsCostReadPermission.name}
      ask={ask}
    >
      {costs => (
        <Stack>
          <SourceNotices sources={costs.sources} />
          {!hasFigures(costs) && costs.setup.state !== 'ready' ? (
            <SetupGuide
              title="Cost"
              entityRef={entityRef}
              entityName={name}
              setup={costs.setup}
            />
          ) : (
            <>
              <Stack direction="row" justify="space-between">
                <Stack direction="row">
                  <PeriodPicker
                    selection={selection}
                    now={now}
                    onChange={next =>
                      url.set({ period: serializePeriod(next) })
                    }
                  />
                  <SelectField
                    label="Group by"
                    value={groupBy}
                    choices={GROUPINGS.map(value => ({
                      value,
                      label: GROUPING_WORDS[value],
                    }))}
                    onChange={next => url.set({ group: next })}
                  />
                </Stack>
                <Button
                  disabled={!hasFigures(costs)}
                  onClick={() =>
                    downloadText(
                      `cost-${name}-${serializePeriod(selection)}.csv`,
                      'text/csv;charset=utf-8',
                      costCsv(costs),
                    )
                  }
                >
                  Export CSV
                </Button>
              </Stack>
              {costs.currencies.map(block => (
                <CurrencyBlock
                  key={block.currency}
                  block={block}
                  entityName={name}
                  periodWords={periodInWords(selection, now)}
                  groupTitle={GROUPING_WORDS[groupBy]}
                  now={now}
                  titled={costs.currencies.length > 1}
                />
              ))}
              {!hasFigures(costs) && (
                <SetupGuide
                  title="Cost"
                  entityRef={entityRef}
                  entityName={name}
                  setup={costs.setup}
                />
              )}
            </>
          )}
        </Stack>
      )}
    </QueryStates>
  );
}

function hasFigures(costs: Schemas['EntityCosts']): boolean {
  return costs.currencies.length > 0;
}
