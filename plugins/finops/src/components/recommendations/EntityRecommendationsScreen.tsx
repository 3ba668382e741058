import {
  formatMoney,
  RECOMMENDATION_STATES,
  sumMoneyByCurrency,
} from '@apexlogic/backstage-plugin-finops-common';
import { finopsRecommendationReadPermission } from '@apexlogic/backstage-plugin-finops-common/permissions';
import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { lazy, Suspense } from 'react';
import { groupByState } from '../../figures/rankRecommendations';
import { ACTION_WORDS, countOf, STATE_WORDS } from '../../figures/words';
import { useEntityRecommendations } from '../../hooks/queries';
import { useNow } from '../../hooks/useNow';
import { oneOf, useUrlState } from '../../hooks/useUrlState';
import { Button, Panel, RuledList, SelectField, Stack, Text } from '../../kit';
import { ProvenanceLine } from '../shared/ProvenanceLine';
import { QueryStates } from '../shared/QueryStates';
import { SetupGuide } from '../shared/SetupGuide';
import { SourceNotices } from '../shared/SourceNotices';
import { useEntityFacts } from '../shared/useEntityFacts';
import { RecommendationRow } from './RecommendationRow';
import { WithheldAdvice } from './WithheldAdvice';

const LazyDrawer = lazy(() =>
  import('./RecommendationDrawer').then(module => ({
    default: module.RecommendationDrawer,
  })),
);

const ANY = '';
const ACTIONS = Object.keys(ACTION_WORDS) as Schemas['Action']['kind'][];

/** What should change at the entity of the page, what came of it, and what was not advised and why. */
export function EntityRecommendationsScreen() {
  const { entityRef, name, ask } = useEntityFacts();
  const now = useNow();
  const url = useUrlState();
  const query = useEntityRecommendations(entityRef);
  const openId = url.get('recommendation');
  return (
    <>
      <QueryStates
        query={query}
        title="Recommendations"
        permission={finopsRecommendationReadPermission.name}
        ask={ask}
      >
        {answer => (
          <Stack>
            <SourceNotices sources={answer.sources} />
            {answer.setup.state === 'ready' ||
            answer.recommendations.length + answer.withheld.length > 0 ? (
              <Recommendations answer={answer} name={name} now={now} />
            ) : (
              <SetupGuide
                title="Recommendations"
                entityRef={entityRef}
                entityName={name}
                setup={answer.setup}
              />
            )}
          </Stack>
        )}
      </QueryStates>
      {openId && (
        <Suspense fallback={null}>
          <LazyDrawer
            key={openId}
            id={openId}
            ask={ask}
            onClose={() => url.set({ recommendation: undefined })}
          />
        </Suspense>
      )}
    </>
  );
}

function Recommendations(props: {
  answer: Schemas['EntityRecommendations'];
  name: string;
  now: number;
}) {
  const { answer, name, now } = props;
  const url = useUrlState();
  const action = oneOf(url.get('action'), ACTIONS);
  const state = oneOf(url.get('state'), RECOMMENDATION_STATES);
  const workloads = [
    ...new Set(answer.recommendations.map(({ workload }) => workload)),
  ].sort();
  const workload = oneOf(url.get('workload'), workloads);
  const shown = answer.recommendations.filter(
    recommendation =>
      (!action || recommendation.action.kind === action) &&
      (!state || recommendation.state === state) &&
      (!workload || recommendation.workload === workload),
  );
  const groups = groupByState(shown);
  return (
    <>
      <Panel title="Recommendations">
        <Stack>
          <Text kind="lead">{sentenceOf(answer.recommendations, name)}</Text>
          <ProvenanceLine
            provenance={answer.provenance}
            now={now}
            explains="of the workloads’ usage"
          />
          {answer.recommendations.length > 0 && (
            <Stack direction="row">
              <SelectField
                label="Action"
                value={action ?? ANY}
                choices={[
                  { value: ANY, label: 'Any action' },
                  ...ACTIONS.map(value => ({
                    value,
                    label: ACTION_WORDS[value],
                  })),
                ]}
                onChange={value => url.set({ action: value || undefined })}
              />
              <SelectField
                label="Workload"
                value={workload ?? ANY}
                choices={[
                  { value: ANY, label: 'Any workload' },
                  ...workloads.map(value => ({ value, label: value })),
                ]}
                onChange={value => url.set({ workload: value || undefined })}
              />
              <SelectField
                label="State"
                value={state ?? ANY}
                choices={[
                  { value: ANY, label: 'Any state' },
                  ...RECOMMENDATION_STATES.map(value => ({
                    value,
                    label: STATE_WORDS[value],
                  })),
                ]}
                onChange={value => url.set({ state: value || undefined })}
              />
            </Stack>
          )}
          {answer.recommendations.length > 0 && shown.length === 0 && (
            <Stack direction="row" gap={1}>
              <Text>No recommendation matches these filters.</Text>
              <Button
                onClick={() =>
                  url.set({
                    action: undefined,
                    state: undefined,
                    workload: undefined,
                  })
                }
              >
                Clear filters
              </Button>
            </Stack>
          )}
        </Stack>
      </Panel>
      {groups.map(({ title, recommendations }) => (
        <Panel key={title} title={`${title} (${recommendations.length})`}>
          <RuledList
            label={title}
            items={recommendations.map(recommendation => ({
              key: recommendation.id,
              content: (
                <RecommendationRow
                  recommendation={recommendation}
                  now={now}
                  onOpen={() => url.set({ recommendation: recommendation.id })}
                />
              ),
            }))}
          />
        </Panel>
      ))}
      {answer.withheld.length > 0 && (
        <WithheldAdvice withheld={answer.withheld} />
      )}
    </>
  );
}

const COUNTED_AS_OPEN = [
  'proposed',
  'needs-input',
  'open',
  'awaiting-approval',
  'approved',
];

function sentenceOf(
  recommendations: readonly Schemas['Recommendation'][],
  name: string,
): string {
  const open = recommendations.filter(({ state }) =>
    COUNTED_AS_OPEN.includes(state),
  );
  if (open.length === 0) {
    return `Nothing should change at ${name} for now.`;
  }
  const savings = sumMoneyByCurrency(open.map(({ saving }) => saving.expected))
    .filter(({ amountMicros }) => amountMicros > 0)
    .map(saving => formatMoney(saving, 'headline'));
  return savings.length > 0
    ? `${countOf(
        open.length,
        'change',
      )} would save ${name} about ${savings.join(' and ')} a month.`
    : `${countOf(open.length, 'change')} should be made at ${name}.`;
}
