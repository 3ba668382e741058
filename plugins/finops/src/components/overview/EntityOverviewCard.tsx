import {
  formatMoney,
  periodDays,
} from '@apexlogic/backstage-plugin-finops-common';
import { finopsCostReadPermission } from '@apexlogic/backstage-plugin-finops-common/permissions';
import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { useRouteRef } from '@backstage/core-plugin-api';
import {
  entityRouteParams,
  entityRouteRef,
  useEntity,
} from '@backstage/plugin-catalog-react';
import { formatDay } from '../../figures/time';
import { countOf } from '../../figures/words';
import { useEntityOverview } from '../../hooks/queries';
import { useNow } from '../../hooks/useNow';
import { Panel, RouteLink, Sparkline, Stack, Text } from '../../kit';
import { ENTITY_PATHS } from '../../paths';
import { MonthEndText } from '../cost/MonthEndText';
import { DeltaText } from '../shared/DeltaText';
import { ProvenanceLine } from '../shared/ProvenanceLine';
import { QueryStates } from '../shared/QueryStates';
import { SetupGuide } from '../shared/SetupGuide';
import { SourceNotices } from '../shared/SourceNotices';
import { useEntityFacts } from '../shared/useEntityFacts';

const TITLE = 'Cost & efficiency';

/** What the entity costs and what is open about it, at a glance. */
export function EntityOverviewCard() {
  const { entityRef, name, ask } = useEntityFacts();
  const { entity } = useEntity();
  const entityRoute = useRouteRef(entityRouteRef);
  const now = useNow();
  const query = useEntityOverview(entityRef);
  const base = entityRoute(entityRouteParams(entity)).replace(/\/$/, '');
  return (
    <QueryStates
      query={query}
      title={TITLE}
      permission={finopsCostReadPermission.name}
      ask={ask}
      blockHeight={48}
    >
      {overview =>
        overview.cost === undefined && overview.setup.state !== 'ready' ? (
          <SetupGuide
            title={TITLE}
            entityRef={entityRef}
            entityName={name}
            setup={overview.setup}
          />
        ) : (
          <Overview overview={overview} base={base} now={now} />
        )
      }
    </QueryStates>
  );
}

function Overview(props: {
  overview: Schemas['EntityOverview'];
  base: string;
  now: number;
}) {
  const { overview, base, now } = props;
  const { cost, monthEnd, sparkline, openRecommendations, openAnomalies } =
    overview;
  return (
    <Panel title={TITLE}>
      <Stack gap={1}>
        {cost ? (
          <>
            <Stack direction="row" justify="space-between">
              <Stack direction="row" gap={1} align="baseline">
                <RouteLink to={`${base}${ENTITY_PATHS.cost}`}>
                  <Text kind="figure" inline>
                    {formatMoney(cost.total, 'headline')}
                  </Text>{' '}
                  / {Math.round(periodDays(cost.provenance.period))} d
                </RouteLink>
                <DeltaText
                  changeRatio={cost.changeRatio}
                  than="than in the span before"
                />
              </Stack>
              <Sparkline
                label={sparklineLabel(sparkline, now)}
                values={sparkline.map(day => day.cost.amountMicros)}
                provisional={
                  sparkline.filter(({ provisional }) => provisional).length
                }
              />
            </Stack>
            {monthEnd && <MonthEndText monthEnd={monthEnd} />}
          </>
        ) : (
          <Text>No cost is known for the last 30 days.</Text>
        )}
        <Stack direction="row" gap={2}>
          <RouteLink to={`${base}${ENTITY_PATHS.recommendations}`}>
            {recommendationWords(openRecommendations)}
          </RouteLink>
          <RouteLink to={`${base}${ENTITY_PATHS.anomalies}`}>
            {anomalyWords(openAnomalies, now)}
          </RouteLink>
        </Stack>
        {cost && (
          <ProvenanceLine
            provenance={cost.provenance}
            currency={cost.total.currency}
            now={now}
          />
        )}
        <SourceNotices sources={overview.sources} />
      </Stack>
    </Panel>
  );
}

function recommendationWords(
  open: Schemas['EntityOverview']['openRecommendations'],
): string {
  if (open.count === 0) {
    return 'No open recommendations ›';
  }
  const saving = open.monthlySaving
    ? ` ${open.count === 1 ? 'saves' : 'save'} ${formatMoney(
        open.monthlySaving,
        'headline',
      )} a month`
    : '';
  return `${countOf(open.count, 'recommendation')}${saving} ›`;
}

function anomalyWords(
  open: Schemas['EntityOverview']['openAnomalies'],
  now: number,
): string {
  if (open.count === 0) {
    return 'No anomaly going on ›';
  }
  const since = open.since
    ? ` since ${formatDay(open.since.slice(0, 10), now)}`
    : '';
  return `${countOf(open.count, 'anomaly', 'anomalies')}${since} ›`;
}

function sparklineLabel(
  days: Schemas['EntityOverview']['sparkline'],
  now: number,
): string {
  const [first] = days;
  const last = days.at(-1);
  return first && last
    ? `Cost a day from ${formatMoney(first.cost)} on ${formatDay(
        first.day,
        now,
      )} to ${formatMoney(last.cost)} on ${formatDay(last.day, now)}`
    : 'No cost a day';
}
