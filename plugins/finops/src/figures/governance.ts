import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { formatPercent } from './percent';
import { durationInWords } from './time';
import { ACTION_WORDS, countOf } from './words';

type Governance = Schemas['Governance'];
type Problem = Schemas['AuditVerification']['problems'][number];

/** What each step of autonomy lets the portal do. */
const AUTONOMY_WORDS = [
  'It observes and suggests nothing to anybody by itself.',
  'It only suggests: nobody can open a change request from it.',
  'It opens change requests as drafts when somebody asks for one.',
  'It opens change requests when somebody asks for one.',
];

/** In a sentence, what the portal may do. */
export function autonomyInWords(autonomy: number): string {
  return `Autonomy ${autonomy} of 3. ${AUTONOMY_WORDS[autonomy] ?? ''}`.trim();
}

/** A rule for some changes, in a sentence. */
export function ruleInWords({
  autonomy,
  ...subject
}: Governance['autonomyRules'][number]): string {
  return `For ${subjectInWords(subject)}: ${autonomyInWords(autonomy)}`;
}

/** Which changes a rule is about: "every action of high impact in production". */
export function subjectInWords({
  owner,
  environment,
  action,
  impact,
}: Omit<Governance['autonomyRules'][number], 'autonomy'>): string {
  return [
    action === undefined
      ? 'every action'
      : (ACTION_WORDS as Record<string, string>)[action] ?? action,
    impact && `of ${impact} impact`,
    environment && `in ${environment}`,
    owner && `of ${owner}`,
  ]
    .filter(Boolean)
    .join(' ');
}

export const LIMIT_WORDS: Record<
  Governance['limits'][number]['limit'],
  { title: string; subject: string }
> = {
  concurrentPerRepository: {
    title: 'Open at once in a repository',
    subject: 'Repository',
  },
  concurrentPerTeam: { title: 'Open at once for a team', subject: 'Team' },
  hourlyPerRepository: {
    title: 'Begun within an hour in a repository',
    subject: 'Repository',
  },
};

/** What a check of the audit trail found, in a sentence. */
export function verificationInWords({
  entries,
  problemCount,
}: Schemas['AuditVerification']): string {
  if (problemCount === 0) {
    return entries === 1
      ? 'The one entry is as it was written.'
      : `All ${entries} entries are as they were written.`;
  }
  return `${problemCount} of ${entries} entries ${
    problemCount === 1 ? 'is' : 'are'
  } not as written.`;
}

/** What is wrong with one entry. */
export function problemInWords({ kind, position, eventId }: Problem): string {
  const entry =
    position === undefined ? `Entry ${eventId}` : `Entry ${position}`;
  switch (kind) {
    case 'altered':
      return `${entry} was altered after it was written.`;
    case 'missing':
      return `${entry} was removed.`;
    case 'broken-link':
      return `What came before entry ${position} was removed, or it was put in.`;
    case 'cut-off':
      return `The trail was cut off: entry ${position} and those after it are gone.`;
    default:
      return `${entry} was put in without a link in the chain.`;
  }
}

/** What a breaker or a freeze is over: "Changes of group:default/shop". */
export function scopeInWords(scope: string): string {
  const [kind, ...rest] = scope.split(':');
  const name = rest.join(':');
  switch (kind) {
    case 'owner':
      return `Changes of ${name}`;
    case 'environment':
      return `Changes in ${name}`;
    case 'action':
      return `Changes of the kind “${
        (ACTION_WORDS as Record<string, string>)[name] ?? name
      }”`;
    default:
      return 'All changes';
  }
}

export const BREAKER_STATE_WORDS: Record<Schemas['Breaker']['state'], string> =
  {
    closed: 'Closed',
    'half-open': 'Trying one change',
    open: 'Open',
  };

/** From when on breakers open, in sentences. */
export function breakerLimitsInWords(
  limits: Governance['breakerLimits'],
): string {
  const share = ({ share: part, atLeast }: Schemas['ShareLimit']) =>
    `${formatPercent(part)} of at least ${atLeast}`;
  return [
    `They look at ${countOf(limits.windowDays, 'day')} and open on`,
    `${limits.failedDeliveries} failed deliveries in a row,`,
    `${share(limits.declined)} requests closed unmerged,`,
    `${share(limits.rolledBack)} merged changes rolled back,`,
    `${share(limits.policyErrors)} plans on which a policy failed,`,
    `or ${countOf(limits.staleCostDays, 'day')} without new cost.`,
    `After ${durationInWords(limits.coolDownMs)} one change is tried.`,
  ].join(' ');
}

/** Who must approve some changes, in a sentence. */
export function approvalInWords({
  quorum,
  expiresAfterMs,
  from,
  ...subject
}: Governance['approvals'][number]): string {
  const who = `${countOf(quorum, 'person', 'people')}${
    from ? ` of ${from.join(' or ')}` : ''
  }`;
  const until =
    expiresAfterMs === undefined
      ? ''
      : `; each approval holds for ${durationInWords(expiresAfterMs)}`;
  return `For ${subjectInWords(subject)}: ${who}${until}.`;
}

/** When change requests of some changes may be opened, in a sentence. */
export function windowInWords({
  timeZone,
  weekdays,
  from,
  to,
  owner,
  environment,
  action,
  impact,
}: Governance['windows'][number]): string {
  const days =
    weekdays.length === 7
      ? 'every day'
      : weekdays.map(day => day[0].toLocaleUpperCase('en-US') + day.slice(1));
  return `For ${subjectInWords({ owner, environment, action, impact })}: ${
    typeof days === 'string' ? days : days.join(', ')
  } from ${from} to ${to}, ${timeZone}.`;
}

/** Who is told what waits, in sentences. */
export function escalationInWords(
  escalation: Governance['escalation'],
): string {
  if (!escalation) {
    return 'Nobody is told when something waits; set finops.escalation to change that.';
  }
  const { platform, afterMs } = escalation;
  const kinds: [subject: string, times: readonly number[]][] = [
    ['approvals', afterMs.approval],
    ['questions', afterMs.needsInput],
    ['open breakers', afterMs.breaker],
  ];
  const later = kinds
    .filter(([, times]) => times.length > 0)
    .map(
      ([subject, times]) =>
        `${subject} after ${times.map(durationInWords).join(' and ')}`,
    );
  return [
    'The owner is told at once.',
    later.length > 0 &&
      `Then the group above, and last ${
        platform ?? 'the owner again'
      }: ${later.join('; ')}.`,
  ]
    .filter(Boolean)
    .join(' ');
}

/** How far the undoing of a change is. */
export const REVERT_WORDS: Record<Schemas['Revert']['status'], string> = {
  pending: 'To be opened',
  asked: 'Open',
  refused: 'Needs a person',
  done: 'Undone',
};
