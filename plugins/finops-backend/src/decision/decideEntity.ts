import { OffHoursMechanism } from '@apexlogic/backstage-plugin-finops-common';
import { EntityAnalysis, WorkloadAnalysis } from '../analysis/types';
import { proposeAutoscaler } from './proposeAutoscaler';
import { proposeMaximum } from './proposeMaximum';
import { proposeRelief } from './proposeRelief';
import { proposeReplicas } from './proposeReplicas';
import { proposeRightsizing } from './proposeRightsizing';
import { proposeSchedule } from './proposeSchedule';
import { Decision, Draft, Withheld } from './types';
import { withhold } from './withhold';

/** How much more other requests must save before they are preferred to other or fewer replicas. */
const PREFER_REQUESTS_FACTOR = 2;

/**
 * Chooses one action a workload from what the models advise, and says why the rest is withheld. What
 * keeps it from running out of something comes before any saving.
 *
 * @param advisers - entity that advises on each workload; where it is another one, nothing is proposed
 *   here, since two recommendations would count one saving twice
 * @param offHours - what stops workloads off hours; without it that is never proposed
 */
export function decideEntity(
  analysis: Omit<EntityAnalysis, 'inputs'>,
  advisers: ReadonlyMap<string, string>,
  offHours?: OffHoursMechanism,
): Decision[] {
  return analysis.workloads.flatMap(workload => {
    const decisions = decideWorkload(
      analysis.entityRef,
      workload,
      analysis.findings,
      offHours,
      analysis.now,
    );
    const adviser = advisers.get(workload.history.stored.workload);
    return adviser === undefined || adviser === analysis.entityRef
      ? decisions
      : decisions.map(decision =>
          decision.kind === 'draft' ? leaveTo(adviser, decision) : decision,
        );
  });
}

function leaveTo(adviser: string, draft: Draft): Withheld {
  const { content } = draft;
  return withhold(content.workload, subjectOf(draft), {
    code: 'other-advice-first',
    reason: `The workload also belongs to ${adviser}, which carries the advice (${content.title}).`,
    model: content.model,
  });
}

/** The same for one workload, whoever else advises on it. Findings are evidence; they change no decision. */
export function decideWorkload(
  entityRef: string,
  workload: WorkloadAnalysis,
  findings: EntityAnalysis['findings'],
  offHours: OffHoursMechanism | undefined,
  now: string,
): Decision[] {
  const reliefs = [
    proposeRelief(entityRef, workload, findings, now),
    proposeMaximum(entityRef, workload, findings, now),
  ].filter(decision => decision !== undefined);
  const savings = withSchedule(
    proposeSchedule(entityRef, workload, findings, offHours, now),
    decideSavings(entityRef, workload, now),
  );
  const first = reliefs.find(decision => decision.kind === 'draft');
  return [
    ...reliefs,
    ...savings.map(decision =>
      first && decision.kind === 'draft'
        ? conflict(
            decision,
            subjectOf(decision),
            `${first.content.title} comes first: it is about to run out of what it needs.`,
          )
        : decision,
    ),
  ];
}

/**
 * A schedule beside what else would save: pods that do not run save their whole request, so the larger of both
 * comes first and the other is judged again when that is done.
 */
function withSchedule(
  schedule: Decision | undefined,
  savings: readonly Decision[],
): Decision[] {
  const rival = savings.find(decision => decision.kind === 'draft');
  if (schedule?.kind !== 'draft' || !rival) {
    return [...(schedule ? [schedule] : []), ...savings];
  }
  const isFirst =
    !isRelief(rival) &&
    schedule.content.saving.expected.amountMicros >
      rival.content.saving.expected.amountMicros;
  const [first, second] = isFirst ? [schedule, rival] : [rival, schedule];
  return [
    first,
    conflict(
      second,
      subjectOf(second),
      isRelief(first)
        ? `${first.content.title} comes first: a container is short of what it needs.`
        : `${first.content.title} saves more; both would save the same cores.`,
    ),
    ...savings.filter(decision => decision !== rival),
  ];
}

function decideSavings(
  entityRef: string,
  workload: WorkloadAnalysis,
  now: string,
): Decision[] {
  const requests = proposeRightsizing(entityRef, workload, now);
  const rightsize = requests.find(decision => decision.kind === 'draft');
  const rest = requests.filter(decision => decision.kind === 'withheld');
  const autoscaler = proposeAutoscaler(entityRef, workload, now);
  if (autoscaler?.kind === 'draft') {
    return [
      ...preferred(autoscaler, rightsize),
      // That each alone belongs to the autoscaler is what this advice answers.
      ...rest.filter(
        ({ abstention }) => abstention.code !== 'autoscaler-on-resource',
      ),
    ];
  }
  const replicas = proposeReplicas(entityRef, workload, now);
  return [
    ...(autoscaler ? [autoscaler] : []),
    ...(replicas?.kind === 'draft'
      ? preferred(replicas, rightsize)
      : [replicas, rightsize].filter(decision => decision !== undefined)),
    ...rest,
  ];
}

/**
 * One of two drafts on a workload, and why the other waits. Each was priced as if the other did not
 * happen; together they would count the same cores twice.
 */
function preferred(settings: Draft, requests: Draft | undefined): Decision[] {
  if (!requests) {
    return [settings];
  }
  const preferRequests =
    isRelief(requests) ||
    requests.content.saving.expected.amountMicros >
      PREFER_REQUESTS_FACTOR * settings.content.saving.expected.amountMicros;
  return preferRequests
    ? [
        requests,
        conflict(
          settings,
          subjectOf(settings),
          isRelief(requests)
            ? `${requests.content.title} comes first: a container is short of what it needs.`
            : `${requests.content.title} saves over ${PREFER_REQUESTS_FACTOR} times as much; both would save the same cores.`,
        ),
      ]
    : [
        settings,
        conflict(
          requests,
          'requests',
          `${settings.content.title} comes first: it is undone by one line, and requests are judged again on the new replicas. Both would save the same cores.`,
        ),
      ];
}

function subjectOf({ content }: Draft): string {
  switch (content.action.kind) {
    case 'scale-replicas':
      return 'replicas';
    case 'tune-autoscaler':
      return 'autoscaler';
    case 'downgrade-database':
      return 'database';
    case 'change-storage-tier':
      return 'storage';
    case 'enforce-tags':
      return 'tags';
    case 'schedule-off-hours':
      return 'schedule';
    default:
      return 'requests';
  }
}

function isRelief({ content }: Draft): boolean {
  return content.saving.expected.amountMicros < 0;
}

function conflict(
  { content }: Draft,
  subject: string,
  reason: string,
): Withheld {
  return withhold(content.workload, subject, {
    code: 'other-advice-first',
    reason,
    model: content.model,
  });
}
