import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { ACTION_WORDS } from './words';

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
