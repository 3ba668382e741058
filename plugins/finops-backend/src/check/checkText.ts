import {
  formatMoney,
  Verdict,
} from '@apexlogic/backstage-plugin-finops-common';
import {
  CheckReport,
  Conclusion,
  StartedTest,
  Suggestion,
} from '../database/CheckStore';
import {
  codeText,
  escape,
  fenced,
  folded,
} from '../delivery/changeRequestText';
import { ChosenTest } from './chooseTests';
import { count, needsApproval } from './conclude';

/** What forges take, characters. */
const MAX_BODY = 65_536;

/** Of each list; what is left out is counted. */
const MOST_SUGGESTIONS = 30;
const MOST_VERDICTS = 50;
const MOST_OTHERS = 20;

/** Longest message shown. */
const MAX_MESSAGE = 500;

const TITLES = {
  success: 'Nothing stands against this change',
  pending: 'This change is not cleared yet',
  failure: 'This change must not be merged as it is',
} as const;

const WORDS = {
  intended: 'starting',
  started: 'running',
  success: 'passed',
  failure: 'failed',
} as const;

/** All that a comment tells. */
export interface CheckText {
  readonly marker: string;
  readonly report: CheckReport;
  readonly conclusion: Conclusion;
  readonly chosen: readonly ChosenTest[];
  readonly tests: readonly StartedTest[];
  readonly portalUrl?: string;
}

/**
 * The comment on a change request: what matters in a few lines, the rest folded. Whatever came from outside
 * is escaped or fenced.
 */
export function checkText(options: CheckText): string {
  const { marker, report, conclusion, portalUrl } = options;
  const sections = [
    marker,
    `### FinOps check: ${TITLES[conclusion.state]}`,
    summary(options),
    suggestions(report),
    verdicts(report.verdicts),
    list(
      'Could not be judged',
      report.problems.map(
        ({ path, reason }) => `\`${codeText(path)}\`: ${text(reason)}`,
      ),
    ),
    list(
      'Without a price',
      report.cost.unpriced.map(
        ({ subject, reason }) => `\`${codeText(subject)}\`: ${text(reason)}`,
      ),
    ),
    list('Limits of this check', report.notes.map(text)),
    [
      `Head \`${report.headSha.slice(
        0,
        12,
      )}\`, compared with \`${report.mergeBaseSha.slice(0, 12)}\`.`,
      ...(needsApproval(report)
        ? [
            `Approval is for \`${report.hash.slice(
              0,
              12,
            )}\` and ends with the next commit.`,
          ]
        : []),
      ...(portalUrl ? [`Told by [the portal](${portalUrl}).`] : []),
    ].join(' '),
  ];
  return clip(sections.filter(section => section !== '').join('\n\n'));
}

function summary({ report, conclusion, chosen, tests }: CheckText): string {
  const { risk, objects, cost, entityRefs } = report;
  return [
    `- **${escape(conclusion.description)}**`,
    `- ${count(objects, 'object')} changed${
      entityRefs.length > 0
        ? ` of ${entityRefs
            .slice(0, MOST_OTHERS)
            .map(ref => `\`${codeText(ref)}\``)
            .join(', ')}`
        : ''
    }`,
    `- Cost: ${costText(cost)}`,
    `- Risk: **${risk.level}**${
      risk.reasons.length > 0 ? ` (${risk.reasons.map(escape).join('; ')})` : ''
    }`,
    ...chosen.map(({ workflow, required }) => {
      const test = tests.find(candidate => candidate.workflow === workflow);
      const state = test ? WORDS[test.state] : 'not started';
      const where = test?.runUrl ? `[${state}](${link(test.runUrl)})` : state;
      return `- Test \`${codeText(workflow)}\`${
        required ? '' : ' (not required)'
      }: ${where}${test?.detail ? `. ${text(test.detail)}` : ''}`;
    }),
  ].join('\n');
}

function costText({
  monthly,
  priced,
  unpriced,
  coverage,
}: CheckReport['cost']): string {
  const amounts = monthly.map(
    amount =>
      `${amount.amountMicros > 0 ? '+' : ''}${formatMoney(amount)} a month`,
  );
  const parts = [
    amounts.length > 0 ? `**${amounts.join(', ')}**` : 'no price',
    ...(priced > 0
      ? [
          `${count(priced, 'workload')} at the prices of the last days${
            coverage === undefined
              ? ''
              : `, which explain ${Math.round(coverage * 100)} % of the spend`
          }`,
        ]
      : []),
    ...(unpriced.length > 0 ? [`${unpriced.length} could not be priced`] : []),
  ];
  return amounts.length === 0 && unpriced.length === 0
    ? 'unchanged, nothing that requests resources changes'
    : parts.join('; ');
}

function suggestions({ suggestions: all, ...report }: CheckReport): string {
  if (all.length === 0) {
    return '';
  }
  const shown = all
    .slice(0, MOST_SUGGESTIONS)
    .map(suggestion => suggestionText(report, suggestion));
  return [
    `#### Suggestions on the changed lines`,
    ...shown,
    ...(all.length > shown.length
      ? [`and ${all.length - shown.length} more.`]
      : []),
  ].join('\n\n');
}

function suggestionText(
  { url, headSha }: Pick<CheckReport, 'url' | 'headSha'>,
  { rule, kind, path, line, message, replacement }: Suggestion,
): string {
  const repository = url.replace(
    /\/(?:-\/)?(?:pull|pulls|merge_requests)\/\d+$/,
    '',
  );
  const place = `${link(repository)}/blob/${headSha}/${path
    .split('/')
    .map(encodeURIComponent)
    .join('/')}#L${line}`;
  const head = `**${kind}** \`${rule}\` [${escape(path)}:${line}](${link(
    place,
  )}): ${text(message)}`;
  return replacement
    ? `${head}\n\n${fenced(
        `-${replacement.before}\n+${replacement.after}`,
        'diff',
      )}`
    : head;
}

function verdicts(all: readonly Verdict[]): string {
  if (all.length === 0) {
    return '';
  }
  const notable = all.filter(({ outcome }) => outcome !== 'allow');
  const lines = notable
    .slice(0, MOST_VERDICTS)
    .map(
      ({ outcome, policy, message }) =>
        `- **${outcome}** ${escape(policy)}: ${text(message)}`,
    );
  const allowed = new Set(
    all
      .filter(({ outcome }) => outcome === 'allow')
      .map(({ policy }) => policy),
  );
  return [
    ...(lines.length > 0
      ? [
          [
            '#### Policies',
            '',
            ...lines,
            ...(notable.length > lines.length
              ? [`- and ${notable.length - lines.length} more`]
              : []),
          ].join('\n'),
        ]
      : []),
    ...(allowed.size > 0
      ? [
          folded(
            `Allowed by ${count(allowed.size, 'policy', 'policies')}`,
            [...allowed]
              .slice(0, MOST_VERDICTS)
              .map(policy => `- ${escape(policy)}`)
              .join('\n'),
          ),
        ]
      : []),
  ].join('\n\n');
}

function list(title: string, items: readonly string[]): string {
  return items.length === 0
    ? ''
    : folded(
        title,
        [
          ...items.slice(0, MOST_OTHERS),
          ...(items.length > MOST_OTHERS
            ? [`and ${items.length - MOST_OTHERS} more`]
            : []),
        ]
          .map(item => `- ${item}`)
          .join('\n'),
      );
}

function text(message: string): string {
  return escape(
    message.length > MAX_MESSAGE
      ? `${message.slice(0, MAX_MESSAGE)}…`
      : message,
  );
}

/** An address that cannot end the link it stands in. */
function link(url: string): string {
  return url.replace(
    /[\s()<>"'`\\]/g,
    character => `%${character.charCodeAt(0).toString(16).padStart(2, '0')}`,
  );
}

/** Cut at a line, so that no fence or tag is left open in its middle. */
function clip(body: string): string {
  if (body.length <= MAX_BODY) {
    return body;
  }
  const note = '\n\nThe rest is too long for a comment.';
  const lines: string[] = [];
  let length = note.length;
  let fence: string | undefined;
  let safe = 0;
  for (const line of body.split('\n')) {
    length += line.length + 1;
    if (length > MAX_BODY) {
      break;
    }
    lines.push(line);
    const mark = /^(`{3,})/.exec(line)?.[1];
    if (mark && fence === undefined) {
      fence = mark;
    } else if (fence !== undefined && line === fence) {
      fence = undefined;
    }
    if (fence === undefined && line === '') {
      safe = lines.length;
    }
  }
  return `${lines.slice(0, safe).join('\n')}${note}`;
}
