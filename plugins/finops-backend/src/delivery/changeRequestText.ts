import {
  ChangePlan,
  formatMoney,
  Recommendation,
  Verdict,
} from '@apexlogic/backstage-plugin-finops-common';
import { Impact } from '../governance/impactOf';
import { recommendationPath } from './portalPath';

/** Longest diff in a body, characters; forges limit bodies to about 65,000. */
const MAX_DIFF = 20_000;

/** Longest query shown. */
const MAX_QUERY = 2_000;

/** Title of the change request. */
export function changeRequestTitle(recommendation: Recommendation): string {
  const name = recommendation.workload.split('/')[3];
  return oneLine(`${recommendation.title} (${name})`).slice(0, 200);
}

/** Message of the commit; the trailer tells our commits from people's. */
export function commitMessage(
  recommendation: Recommendation,
  plan: ChangePlan,
): string {
  const { reason, model } = recommendation;
  return [
    changeRequestTitle(recommendation),
    '',
    oneLine(reason),
    '',
    `Proposed-By: ${model.name}-v${model.version}`,
    `Finops-Plan: ${plan.hash}`,
    '',
  ].join('\n');
}

/**
 * A short summary with everything else folded. Whatever came from outside (names, summaries, queries)
 * is escaped or fenced: a body must never carry somebody's markup or mentions.
 */
export function changeRequestBody(options: {
  recommendation: Recommendation;
  plan: ChangePlan;
  verdicts: readonly Verdict[];
  impact?: Impact;
  portalUrl?: string;
}): string {
  const { recommendation, plan, verdicts, impact, portalUrl } = options;
  const { saving, workload, environment, risk, effort, confidence, model } =
    recommendation;
  const money = formatMoney(saving.expected);
  const [lower, upper] = [saving.lower, saving.upper].map(bound =>
    formatMoney(bound),
  );
  const span =
    lower === upper
      ? 'at a steady price'
      : `${lower} to ${upper} in eight of ten cases`;
  const notable = verdicts.filter(verdict => verdict.outcome !== 'allow');
  const summary = [
    `**${escape(recommendation.title)}** for \`${codeText(
      workload,
    )}\` (${environment}).`,
    `Why: ${escape(recommendation.reason)}`,
    `Saves ${money} a month (${span}). Risk ${risk}, effort ${effort}, confidence ${Math.round(
      confidence * 100,
    )} %.`,
    ...(impact ? [impactInWords(impact)] : []),
    `Proposed by ${escape(model.name)} ${escape(
      model.version,
    )} · plan \`${plan.hash.slice(0, 12)}\` · ${
      plan.proof.checks.filter(check => check.outcome === 'passed').length
    } of ${plan.proof.checks.length} proof checks passed.`,
    notable.length === 0
      ? `${verdicts.length} policies allow it.`
      : `Policies: ${notable
          .map(verdict => `${escape(verdict.policy)} says ${verdict.outcome}`)
          .join(', ')}.`,
    ...(plan.notes?.length
      ? [`Before it goes live: ${plan.notes.map(escape).join(' ')}`]
      : []),
    portalUrl
      ? `Approve in [the portal](${portalUrl}${recommendationPath(
          recommendation,
        )}); merging needs the status \`finops/approval\`.`
      : 'Approve in the portal; merging needs the status `finops/approval`.',
  ].join('\n');
  const notes = plan.notes ?? [];
  return [
    summary,
    ...(notes.length > 0
      ? [notes.map(note => `- ${escape(note)}`).join('\n')]
      : []),
    folded('Evidence', recommendation.evidence.map(evidenceText).join('\n')),
    folded(
      'Exact change',
      fenced(
        plan.files
          .map(file => file.diff)
          .join('\n')
          .slice(0, MAX_DIFF),
        'diff',
      ),
    ),
    folded(
      'Policies and proof',
      [
        ...verdicts.map(
          verdict =>
            `- ${verdict.outcome}: ${escape(verdict.policy)}. ${escape(
              verdict.message,
            )}`,
        ),
        ...plan.proof.checks.map(
          check =>
            `- proof ${check.name} ${check.outcome}: ${escape(check.detail)}`,
        ),
      ].join('\n'),
    ),
    folded(
      'How to undo',
      'Revert the merge commit of this change request; it touches nothing else. To stop this advice, close the request unmerged or dismiss it in the portal.',
    ),
  ].join('\n\n');
}

function impactInWords({ level, reasons }: Impact): string {
  return `Impact ${level}${
    reasons.length > 0
      ? `: ${reasons.map(({ text }) => escape(text)).join(' ')}`
      : '.'
  }`;
}

function evidenceText({
  summary,
  window,
  query,
}: Recommendation['evidence'][number]): string {
  const line = `- ${escape(summary)} (${window.start.slice(
    0,
    10,
  )} to ${window.end.slice(0, 10)})`;
  return query ? `${line}\n\n${fenced(query.slice(0, MAX_QUERY), '')}\n` : line;
}

/** Text that opens on a click. */
export function folded(title: string, text: string): string {
  return `<details><summary>${title}</summary>\n\n${text}\n\n</details>`;
}

/** A fence longer than any run of backticks inside cannot be closed from inside. */
export function fenced(text: string, language: string): string {
  const longest = Math.max(
    2,
    ...[...text.matchAll(/`+/g)].map(match => match[0].length),
  );
  const fence = '`'.repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}

/** Text from outside as text of Markdown: no markup, mention or link of it works. */
export function escape(text: string): string {
  return (
    oneLine(text)
      .replace(
        /[&<>]/g,
        character => ({ '&': '&amp;', '<': '&lt;', '>': '&gt;' }[character]!),
      )
      .replace(/[\\`*_[\]|~#!]/g, '\\$&')
      // A zero-width space keeps names readable and mentions and references from firing.
      .replace(/@/g, '@\u200b')
      .replace(/https?:\/\//gi, match => `${match.slice(0, -1)}\u200b/`)
  );
}

/** Text from outside between backticks. */
export function codeText(text: string): string {
  return oneLine(text).replace(/`/g, '');
}

function oneLine(text: string): string {
  // eslint-disable-next-line no-control-regex
  return text.replace(/[\u0000-\u001f\u007f\u2028\u2029]+/g, ' ').trim();
}
