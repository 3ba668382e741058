import { dayOf, formatMoney } from '@apexlogic/backstage-plugin-finops-common';
import { finopsEvidenceReadPermission } from '@apexlogic/backstage-plugin-finops-common/permissions';
import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { DEFAULT_PERIOD, spanOf } from '../../figures/periodSelection';
import { formatDay } from '../../figures/time';
import { placeEvents } from '../../figures/timeline';
import { countOf } from '../../figures/words';
import { useEntityAnomalies } from '../../hooks/queries';
import { useNow } from '../../hooks/useNow';
import { useUrlState } from '../../hooks/useUrlState';
import { Panel, RuledList, Stack, Text, TimelineStrip } from '../../kit';
import { EventList } from '../cost/EventList';
import { ProvenanceLine } from '../shared/ProvenanceLine';
import { QueryStates } from '../shared/QueryStates';
import { SetupGuide } from '../shared/SetupGuide';
import { SourceNotices } from '../shared/SourceNotices';
import { useEntityFacts } from '../shared/useEntityFacts';
import { AnomalyDetail } from './AnomalyDetail';
import { AnomalyRow } from './AnomalyRow';

type EntityAnomalies = Schemas['EntityAnomalies'];

/** What is about to hurt. */
const RISKS: readonly Schemas['Anomaly']['kind'][] = [
  'incident',
  'capacity-risk',
  'violation',
  'drift',
];

/** The findings in the order somebody should hear of them. */
const FINDING_GROUPS: readonly {
  readonly label: string;
  readonly one: string;
  readonly many: string;
  readonly kinds: readonly Schemas['Anomaly']['kind'][];
}[] = [
  {
    label: 'Risks',
    one: 'risk',
    many: 'risks',
    kinds: RISKS,
  },
  {
    label: 'Budgets',
    one: 'budget at risk',
    many: 'budgets at risk',
    kinds: ['budget-deviation'],
  },
  {
    label: 'Anomalies',
    one: 'anomaly',
    many: 'anomalies',
    kinds: ['anomaly'],
  },
  {
    label: 'Waste',
    one: 'case of waste',
    many: 'cases of waste',
    kinds: ['waste'],
  },
];

/** What was odd in the last 30 days, beside everything else that happened. */
export function EntityAnomaliesScreen() {
  const { entityRef, name, ask } = useEntityFacts();
  const now = useNow();
  const query = useEntityAnomalies(entityRef, spanOf(DEFAULT_PERIOD, now));
  return (
    <QueryStates
      query={query}
      title="Anomalies"
      permission={finopsEvidenceReadPermission.name}
      ask={ask}
    >
      {answer => (
        <Stack>
          <SourceNotices sources={answer.sources} />
          {answer.setup.state === 'ready' || answer.anomalies.length > 0 ? (
            <Anomalies answer={answer} name={name} now={now} />
          ) : (
            <SetupGuide
              title="Anomalies"
              entityRef={entityRef}
              entityName={name}
              setup={answer.setup}
            />
          )}
        </Stack>
      )}
    </QueryStates>
  );
}

function Anomalies(props: {
  answer: EntityAnomalies;
  name: string;
  now: number;
}) {
  const { answer, name, now } = props;
  const url = useUrlState();
  const anomalies = sortAnomalies(answer.anomalies);
  const selected = anomalies.find(({ id }) => id === url.get('anomaly'));
  const { period } = answer.provenance;
  const lanes = placeEvents(withAnomalies(answer), period);
  return (
    <>
      <Panel title="The last 30 days">
        <Stack gap={1}>
          <Text kind="lead">{sentenceOf(anomalies, name)}</Text>
          <ProvenanceLine
            provenance={answer.provenance}
            now={now}
            explains="of the signals asked for"
          />
          {lanes.length > 0 ? (
            <>
              <TimelineStrip
                label="Events of the last 30 days"
                lanes={lanes}
                axis={[period.start, midOf(period), period.end].map(instant =>
                  formatDay(dayOf(instant), now),
                )}
                selectedId={selected?.id}
                onSelect={id =>
                  anomalies.some(one => one.id === id) &&
                  url.set({ anomaly: id })
                }
              />
              <EventList events={answer.events} />
            </>
          ) : (
            <Text>
              No deployments, alerts or other events are known for this span.
            </Text>
          )}
        </Stack>
      </Panel>
      {FINDING_GROUPS.map(group => {
        const members = anomalies.filter(({ kind }) =>
          group.kinds.includes(kind),
        );
        return (
          members.length > 0 && (
            <Panel
              key={group.label}
              title={countOf(members.length, group.one, group.many)}
            >
              <RuledList
                label={group.label}
                items={members.map(anomaly => ({
                  key: anomaly.id,
                  content: (
                    <Stack gap={1.5}>
                      <AnomalyRow
                        anomaly={anomaly}
                        now={now}
                        open={anomaly === selected}
                        onToggle={() =>
                          url.set({
                            anomaly:
                              anomaly === selected ? undefined : anomaly.id,
                          })
                        }
                      />
                      {anomaly === selected && (
                        <AnomalyDetail
                          anomaly={anomaly}
                          all={anomalies}
                          events={answer.events}
                          now={now}
                        />
                      )}
                    </Stack>
                  ),
                }))}
              />
            </Panel>
          )
        );
      })}
    </>
  );
}

function sentenceOf(
  findings: readonly Schemas['Anomaly'][],
  name: string,
): string {
  const anomalies = findings.filter(({ kind }) => kind === 'anomaly');
  const waste = findings.filter(({ kind }) => kind === 'waste');
  const wasted =
    waste.length > 0
      ? ` ${countOf(waste.length, 'case', 'cases')} of waste${sumInWords(
          waste,
        )}.`
      : '';
  const risks = findings.filter(
    ({ kind, ongoing }) => RISKS.includes(kind) && ongoing,
  );
  if (risks.length === 0) {
    return `${anomaliesInWords(anomalies, name)}${wasted}`;
  }
  const odd =
    anomalies.length > 0 ? ` ${anomaliesInWords(anomalies, name)}` : '';
  const more =
    risks.length > 1
      ? ` ${countOf(risks.length - 1, 'more risk', 'more risks')}.`
      : '';
  return `${risks[0].title}.${more}${odd}${wasted}`;
}

/** What waste costs; nothing where a price is unknown or currencies differ. */
function sumInWords(waste: readonly Schemas['Anomaly'][]): string {
  const first = waste[0].monthlyImpact;
  if (
    !first ||
    waste.some(
      ({ monthlyImpact }) => monthlyImpact?.currency !== first.currency,
    )
  ) {
    return '';
  }
  const amountMicros = waste.reduce(
    (total, { monthlyImpact }) => total + (monthlyImpact?.amountMicros ?? 0),
    0,
  );
  return ` for ${formatMoney(
    { amountMicros, currency: first.currency },
    'headline',
  )} a month`;
}

function anomaliesInWords(
  anomalies: readonly Schemas['Anomaly'][],
  name: string,
): string {
  const ongoing = anomalies.filter(anomaly => anomaly.ongoing);
  if (anomalies.length === 0) {
    return `Nothing odd was seen at ${name} in the last 30 days.`;
  }
  if (ongoing.length === 0) {
    return `${countOf(
      anomalies.length,
      'anomaly',
      'anomalies',
    )} at ${name} in the last 30 days, all over.`;
  }
  const costly = ongoing.find(
    anomaly => (anomaly.monthlyImpact?.amountMicros ?? 0) > 0,
  );
  const impact = costly?.monthlyImpact
    ? ` The costliest would add ${formatMoney(
        costly.monthlyImpact,
        'headline',
      )} a month if it stays.`
    : '';
  return `${countOf(
    ongoing.length,
    'anomaly',
    'anomalies',
  )} at ${name} still going on.${impact}`;
}

/** Ongoing first, then the costliest, then the newest. */
function sortAnomalies(
  anomalies: readonly Schemas['Anomaly'][],
): Schemas['Anomaly'][] {
  return [...anomalies].sort(
    (a, b) =>
      Number(b.ongoing) - Number(a.ongoing) ||
      (b.monthlyImpact?.amountMicros ?? 0) -
        (a.monthlyImpact?.amountMicros ?? 0) ||
      (a.period.start < b.period.start ? 1 : -1),
  );
}

/** The backend may or may not list anomalies among the events; each stands once, under its own id. */
function withAnomalies(answer: EntityAnomalies): Schemas['TimelineEvent'][] {
  return [
    ...answer.events.filter(({ kind }) => kind !== 'anomaly'),
    ...answer.anomalies
      .filter(({ kind }) => kind === 'anomaly')
      .map(({ id, title, period }) => ({
        id,
        kind: 'anomaly' as const,
        title,
        at: period.start,
        end: period.end,
      })),
  ];
}

function midOf(period: { start: string; end: string }): number {
  return (Date.parse(period.start) + Date.parse(period.end)) / 2;
}
