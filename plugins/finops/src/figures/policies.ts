import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { countOf } from './words';

type Policies = Schemas['PolicyList'];

/** What a rule that does not hold leads to. */
export const OUTCOME_WORDS: Record<
  Schemas['PolicyInForce']['outcomes'][number],
  string
> = {
  deny: 'Denies',
  'require-approval': 'Asks for approval',
  warn: 'Warns',
  audit: 'Only records',
};

/** How things stand, in a sentence or two. */
export function policiesInWords({ policies, exceptions }: Policies): string {
  const loaded = policies.filter(({ status }) => status === 'loaded').length;
  const failed = policies.length - loaded;
  if (failed > 0) {
    return `${countOf(
      failed,
      'policy',
      'policies',
    )} could not be loaded: every change is denied until that is mended.`;
  }
  if (loaded === 0) {
    return 'There are no policies: every change is allowed.';
  }
  const holding = exceptions.filter(({ expired }) => !expired).length;
  return `Every change must pass ${countOf(loaded, 'policy', 'policies')}${
    holding === 0
      ? ''
      : `, from which there ${holding === 1 ? 'is' : 'are'} ${countOf(
          holding,
          'exception',
        )}`
  }.`;
}

/** Where a policy bites, in a sentence. */
export function bitesInWords({
  denied,
  approvalAsked,
  warned,
}: Schemas['PolicyBites']): string {
  const parts = [
    denied > 0 && `denies ${denied}`,
    approvalAsked > 0 && `asks for approval of ${approvalAsked}`,
    warned > 0 && `warns of ${warned}`,
  ].filter(part => part !== false);
  return parts.length === 0
    ? 'Bites on no change that was worked out so far and that you may see.'
    : `Of the changes worked out so far that you may see, it ${parts.join(
        ', ',
      )}.`;
}

/** What the tests said, in a sentence. */
export function testsInWords(report: Schemas['PolicyTestReport']): string {
  if (report.kind === 'failed') {
    return 'The tests did not come to an end.';
  }
  const { results } = report;
  const failed = results.filter(({ kind }) => kind === 'failed').length;
  if (results.length === 0) {
    return 'No test lies beside the policies.';
  }
  return failed === 0
    ? `${countOf(results.length, 'case')} tested, all as expected.`
    : `${failed} of ${countOf(results.length, 'case')} not as expected.`;
}
