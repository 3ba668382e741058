import { setTimeout as sleep } from 'node:timers/promises';
import express, { Request, Response, Router } from 'express';
import PromiseRouter from 'express-promise-router';
import { z } from 'zod';
import { ForgeFault, ForgeFaults } from './ForgeFaults';
import { ForgeRecords, StatusRecord } from './ForgeRecords';
import { PullRequests, Refusal, SELF_APPROVAL } from './PullRequests';
import {
  gitCommitSchema,
  pullSchema,
  shaSchema,
  statusInputSchema,
} from './schemas';
import { Upstream, UpstreamAnswer } from './Upstream';

const BODY_LIMIT = '50mb';
const FORWARDED_HEADERS = ['content-type', 'link', 'location', 'etag'];

const createPullSchema = z.looseObject({ head: z.string(), base: z.string() });
const mergeSchema = z.object({
  sha: z.string().optional(),
  merge_method: z.enum(['merge', 'squash', 'rebase']).default('merge'),
  commit_title: z.string().optional(),
  commit_message: z.string().optional(),
});

export interface ApiRouterOptions {
  readonly upstream: Upstream;
  readonly publicUrl: string;
  readonly records: ForgeRecords;
  readonly pulls: PullRequests;
  readonly faults: ForgeFaults;
  /** Login of a token; `undefined` when the token is unknown. */
  loginOf(token: string): string | undefined;
  readonly owner: string;
  readonly repository: string;
}

/**
 * GitHub's REST API: the double's, with what it lacks (commit statuses, files of a pull request) and
 * what it lets pass (duplicates, conflicts, stale merges, self-approval, unknown tokens).
 */
export function createApiRouter(options: ApiRouterOptions): Router {
  const {
    upstream,
    publicUrl,
    records,
    pulls,
    faults,
    loginOf,
    owner,
    repository,
  } = options;
  const router = PromiseRouter();
  const root = `/repos/${owner}/${repository}`;
  router.use(express.raw({ type: () => true, limit: BODY_LIMIT }));

  router.use(async (request, response, next) => {
    const fault = faults.take(request.method, request.url.split('?')[0]);
    if (fault?.delayMilliseconds) {
      await sleep(fault.delayMilliseconds);
    }
    if (fault && fault.when !== 'after' && answerFault(fault, response)) {
      return;
    }
    response.locals.lateFault = fault?.when === 'after' ? fault : undefined;

    const token = request.headers.authorization?.replace(
      /^(bearer|token)\s+/i,
      '',
    );
    const login = token === undefined ? undefined : loginOf(token);
    if (token !== undefined && login === undefined) {
      send(response, 401, { message: 'Bad credentials' });
      return;
    }
    if (login === undefined && request.method !== 'GET') {
      send(response, 401, { message: 'Requires authentication' });
      return;
    }
    response.locals.login = login;
    next();
  });

  router.post(`${root}/statuses/:sha`, async (request, response) => {
    const commit = await upstream.find(
      gitCommitSchema,
      `/git/commits/${encodeURIComponent(request.params.sha)}`,
    );
    const input = parseBody(request, statusInputSchema);
    if (!commit || !input.success) {
      const message = commit
        ? 'Validation Failed'
        : `No commit found for SHA: ${request.params.sha}`;
      send(response, 422, {
        message,
        errors: input.error?.issues.map(issue => issue.message),
      });
      return;
    }
    const { state, context, description, target_url } = input.data;
    const record = records.addStatus(commit.sha, {
      state,
      context,
      description: description ?? null,
      target_url: target_url ?? null,
      creator: loginFrom(response),
    });
    send(response, 201, toStatus(record, commit.sha));
  });

  router.get(`${root}/commits/:ref/status`, async (request, response) => {
    const commit = await upstream.find(
      shaSchema,
      `/commits/${encodeURIComponent(request.params.ref)}`,
    );
    if (!commit) {
      send(response, 422, {
        message: `No commit found for SHA: ${request.params.ref}`,
      });
      return;
    }
    const statuses = records.currentStatuses(commit.sha);
    send(response, 200, {
      sha: commit.sha,
      state: combinedState(statuses),
      total_count: statuses.length,
      statuses: statuses.map(status => toStatus(status, commit.sha)),
    });
  });

  router.get(`${root}/commits/:ref/statuses`, async (request, response) => {
    const commit = await upstream.find(
      shaSchema,
      `/commits/${encodeURIComponent(request.params.ref)}`,
    );
    send(
      response,
      commit ? 200 : 404,
      commit
        ? records
            .statuses(commit.sha)
            .map(status => toStatus(status, commit.sha))
        : { message: 'Not Found' },
    );
  });

  router.get(`${root}/pulls`, async (request, response) => {
    const answer = await forward(request, response);
    if (answer.status !== 200) {
      sendAnswer(response, answer);
      return;
    }
    const listed = z
      .array(pullSchema)
      .parse(JSON.parse(answer.body.toString('utf8')));
    const completed = await Promise.all(
      listed.map(pull => pulls.complete(pull)),
    );
    sendAnswer(response, {
      ...answer,
      body: Buffer.from(JSON.stringify(completed)),
    });
  });

  router.post(`${root}/pulls`, async (request, response) => {
    await records.exclusively(async () => {
      const input = parseBody(request, createPullSchema);
      const refusal = input.success
        ? await pulls.refuseCreation(input.data)
        : undefined;
      if (refusal) {
        sendRefusal(response, refusal);
        return;
      }
      await forwardPull(request, response);
    });
  });

  router.get(`${root}/pulls/:number`, async (request, response) => {
    const details = await pulls.details(Number(request.params.number));
    if (!details) {
      send(response, 404, { message: 'Not Found' });
      return;
    }
    const { pull, files, commits, conflicts, blockers } = details;
    const isOpen = pull.state === 'open';
    send(response, 200, {
      ...pull,
      commits: commits.length,
      changed_files: files.length,
      additions: files.reduce((sum, file) => sum + file.additions, 0),
      deletions: files.reduce((sum, file) => sum + file.deletions, 0),
      mergeable: isOpen ? conflicts.length === 0 : null,
      mergeable_state: mergeableState(
        isOpen,
        pull.draft,
        conflicts.length > 0,
        blockers.length > 0,
      ),
    });
  });

  router.patch(`${root}/pulls/:number`, async (request, response) => {
    await records.exclusively(async () => {
      const number = Number(request.params.number);
      const patch = parseBody(
        request,
        z.looseObject({ state: z.enum(['open', 'closed']).optional() }),
      );
      if (
        !patch.success ||
        (patch.data.state === 'open' && records.merge(number))
      ) {
        send(response, 422, { message: 'Validation Failed' });
        return;
      }
      const current = await pulls.find(number);
      if (current && patch.data.state) {
        const isClosing =
          current.state === 'open' && patch.data.state === 'closed';
        const isReopening =
          current.state === 'closed' && patch.data.state === 'open';
        if (isClosing || isReopening) {
          records.setClosedHead(
            number,
            isClosing ? current.head.sha : undefined,
          );
        }
      }
      // GitHub's REST API cannot turn a draft into a pull request ready for review; the page can.
      const { draft: _, ...allowed } = patch.data;
      request.body = Buffer.from(JSON.stringify(allowed));
      await forwardPull(request, response);
    });
  });

  router.get(`${root}/pulls/:number/files`, async (request, response) => {
    const details = await pulls.details(Number(request.params.number));
    send(
      response,
      details ? 200 : 404,
      details ? details.files : { message: 'Not Found' },
    );
  });

  router.get(`${root}/pulls/:number/commits`, async (request, response) => {
    const details = await pulls.details(Number(request.params.number));
    send(
      response,
      details ? 200 : 404,
      details ? details.commits : { message: 'Not Found' },
    );
  });

  router.post(`${root}/pulls/:number/reviews`, async (request, response) => {
    const pull = await pulls.find(Number(request.params.number));
    const review = parseBody(
      request,
      z.looseObject({ event: z.string().optional() }),
    );
    if (
      pull?.user?.login === loginFrom(response) &&
      review.data?.event &&
      review.data.event !== 'COMMENT'
    ) {
      sendRefusal(response, SELF_APPROVAL);
      return;
    }
    sendAnswer(response, await forward(request, response));
  });

  router.put(`${root}/pulls/:number/merge`, async (request, response) => {
    const input = parseBody(request, mergeSchema);
    if (!input.success) {
      send(response, 422, { message: 'Validation Failed' });
      return;
    }
    const {
      sha,
      merge_method: method,
      commit_title: title,
      commit_message: message,
    } = input.data;
    if (method === 'rebase') {
      send(response, 405, {
        message: 'Rebase merges are not allowed on this repository.',
      });
      return;
    }
    const merged = await records.exclusively(() =>
      pulls.merge(Number(request.params.number), loginFrom(response), {
        expectedSha: sha,
        method,
        title,
        message,
      }),
    );
    if (merged.result === 'refused') {
      sendRefusal(response, merged.refusal);
      return;
    }
    send(response, 200, {
      sha: merged.sha,
      merged: true,
      message: 'Pull Request successfully merged',
    });
  });

  router.use(async (request, response) => {
    sendAnswer(response, await forward(request, response));
  });

  async function forward(
    request: Request,
    response: Response,
  ): Promise<UpstreamAnswer> {
    const login: string | undefined = response.locals.login;
    return (login === undefined ? upstream : upstream.as(login)).forward(
      request.method,
      request.url,
      {
        authenticated: login !== undefined,
        body: Buffer.isBuffer(request.body) ? request.body : undefined,
        headers: {
          'content-type': 'application/json',
          accept: request.headers.accept ?? '*/*',
        },
      },
    );
  }

  async function forwardPull(
    request: Request,
    response: Response,
  ): Promise<void> {
    const answer = await forward(request, response);
    if (answer.status >= 400) {
      sendAnswer(response, answer);
      return;
    }
    const pull = await pulls.complete(
      pullSchema.parse(JSON.parse(answer.body.toString('utf8'))),
    );
    sendAnswer(response, {
      ...answer,
      body: Buffer.from(JSON.stringify(pull)),
    });
  }

  /** The double builds its addresses from the public URL without the API's own prefix. */
  function withApiAddresses(text: string): string {
    return text
      .replaceAll(upstream.url, `${publicUrl}/api/v3`)
      .replaceAll(`"${publicUrl}/repos/`, `"${publicUrl}/api/v3/repos/`)
      .replaceAll(`"${publicUrl}/users/`, `"${publicUrl}/api/v3/users/`);
  }

  function sendAnswer(response: Response, answer: UpstreamAnswer): void {
    if (answerFault(response.locals.lateFault, response)) {
      return;
    }
    response.status(answer.status);
    for (const name of FORWARDED_HEADERS) {
      const value = answer.headers.get(name);
      if (value !== null) {
        response.setHeader(name, withApiAddresses(value));
      }
    }
    const isJson = answer.headers.get('content-type')?.includes('json');
    response.end(
      isJson ? withApiAddresses(answer.body.toString('utf8')) : answer.body,
    );
  }

  function send(response: Response, status: number, body: unknown): void {
    sendAnswer(response, {
      status,
      headers: new Headers({
        'content-type': 'application/json; charset=utf-8',
      }),
      body: Buffer.from(JSON.stringify(body)),
    });
  }

  function sendRefusal(response: Response, { status, ...body }: Refusal): void {
    send(response, status, body);
  }

  function toStatus(status: StatusRecord, sha: string) {
    const { creator, ...fields } = status;
    return {
      ...fields,
      node_id: `Status${status.id}`,
      url: `${publicUrl}/api/v3${root}/statuses/${sha}`,
      avatar_url: null,
      updated_at: status.created_at,
      creator: { login: creator },
    };
  }

  return router;
}

function loginFrom(response: Response): string {
  return response.locals.login;
}

/** Whether the fault answered in place of the forge. */
function answerFault(
  fault: ForgeFault | undefined,
  response: Response,
): boolean {
  if (fault?.disconnect) {
    response.socket?.destroy();
    return true;
  }
  if (fault?.respond) {
    const { status, headers, body } = fault.respond;
    response
      .status(status)
      .set(headers ?? {})
      .json(body ?? { message: `Injected fault ${status}` });
    return true;
  }
  return false;
}

function parseBody<T>(request: Request, schema: z.ZodType<T>) {
  const text = Buffer.isBuffer(request.body)
    ? request.body.toString('utf8')
    : '';
  let value: unknown;
  try {
    value = JSON.parse(text || '{}');
  } catch {
    value = undefined;
  }
  return schema.safeParse(value);
}

function combinedState(
  statuses: readonly StatusRecord[],
): 'failure' | 'pending' | 'success' {
  if (statuses.some(({ state }) => state === 'failure' || state === 'error')) {
    return 'failure';
  }
  return statuses.length > 0 &&
    statuses.every(({ state }) => state === 'success')
    ? 'success'
    : 'pending';
}

function mergeableState(
  isOpen: boolean,
  isDraft: boolean,
  hasConflicts: boolean,
  isBlocked: boolean,
): string {
  if (!isOpen) {
    return 'unknown';
  }
  if (hasConflicts) {
    return 'dirty';
  }
  if (isDraft) {
    return 'draft';
  }
  return isBlocked ? 'blocked' : 'clean';
}
