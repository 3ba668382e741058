import { createHash } from 'node:crypto';
import { ChangeRequestEvent } from '@apexlogic/backstage-plugin-finops-node';
import { z } from 'zod';

/** Actions that change what there is to check. */
const CHECKED_ACTIONS = [
  'opened',
  'reopened',
  'synchronize',
  'edited',
  'ready_for_review',
  'closed',
];

const repositorySchema = z.object({ html_url: z.url() });

const pullRequestSchema = z.object({
  action: z.string(),
  repository: repositorySchema,
  pull_request: z.object({
    number: z.int().positive(),
    updated_at: z.iso.datetime({ offset: true }),
    head: z.object({ sha: z.string().regex(/^[0-9a-f]{40,64}$/) }),
  }),
});

const workflowRunSchema = z.object({
  action: z.string(),
  repository: repositorySchema,
  workflow_run: z.object({
    event: z.string(),
    head_sha: z.string().regex(/^[0-9a-f]{40,64}$/),
  }),
});

const headersSchema = z.object({
  'x-github-delivery': z.string().min(1).max(100),
  'x-github-event': z.string(),
  'x-hub-signature-256': z.string(),
});

/** What a webhook says, or why nothing follows from it. */
export type ReadWebhook =
  | { readonly kind: 'event'; readonly event: ChangeRequestEvent }
  | { readonly kind: 'ignored' }
  | { readonly kind: 'refused'; readonly reason: string };

/**
 * Reads a webhook of GitHub.
 *
 * @param headers - names in lower case, as they came with it
 */
export function readWebhook(
  payload: unknown,
  headers: Readonly<Record<string, unknown>>,
): ReadWebhook {
  const parsed = headersSchema.safeParse(headers);
  if (!parsed.success) {
    return {
      kind: 'refused',
      reason: 'it has no delivery id, kind of event or signature',
    };
  }
  const delivery = {
    deliveryId: parsed.data['x-github-delivery'],
    digest: createHash('sha256')
      .update(JSON.stringify(payload ?? null))
      .digest('hex'),
  };
  switch (parsed.data['x-github-event']) {
    case 'pull_request': {
      const event = pullRequestSchema.safeParse(payload);
      if (!event.success) {
        return { kind: 'refused', reason: z.prettifyError(event.error) };
      }
      const { action, repository, pull_request: pull } = event.data;
      return CHECKED_ACTIONS.includes(action)
        ? {
            kind: 'event',
            event: {
              kind: 'change-request',
              ...delivery,
              repositoryUrl: withoutSlash(repository.html_url),
              number: pull.number,
              headSha: pull.head.sha,
              updatedAt: new Date(pull.updated_at).toISOString(),
            },
          }
        : { kind: 'ignored' };
    }
    case 'workflow_run': {
      const event = workflowRunSchema.safeParse(payload);
      if (!event.success) {
        return { kind: 'refused', reason: z.prettifyError(event.error) };
      }
      const { action, repository, workflow_run: run } = event.data;
      return action === 'completed' && run.event === 'workflow_dispatch'
        ? {
            kind: 'event',
            event: {
              kind: 'tests-finished',
              ...delivery,
              repositoryUrl: withoutSlash(repository.html_url),
              headSha: run.head_sha,
            },
          }
        : { kind: 'ignored' };
    }
    default:
      return { kind: 'ignored' };
  }
}

function withoutSlash(url: string): string {
  return url.replace(/\/+$/, '');
}
