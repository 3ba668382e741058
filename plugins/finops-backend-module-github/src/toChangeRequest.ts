import { ChangeRequest } from '@apexlogic/backstage-plugin-finops-common';
import { Pull } from './schemas';

/** `headSha` overrides the pull request's own, which lags behind a branch just written. */
export function toChangeRequest(
  pull: Pull,
  headSha: string = pull.head.sha,
): ChangeRequest {
  return {
    url: pull.html_url,
    number: pull.number,
    branch: pull.head.ref,
    headSha,
    state: pull.merged_at ? 'merged' : pull.state,
    draft: pull.draft,
  };
}
