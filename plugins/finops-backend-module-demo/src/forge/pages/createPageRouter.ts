import express, { Request, Response, Router } from 'express';
import PromiseRouter from 'express-promise-router';
import { z } from 'zod';
import { ForgeRecords } from '../ForgeRecords';
import { PullRequests } from '../PullRequests';
import { ForgePerson } from '../types';
import { Html, html } from './html';
import { layout } from './layout';
import { pullPage } from './pullPage';
import { repositoryPage } from './repositoryPage';

const SECURITY_POLICY =
  "default-src 'none'; style-src 'unsafe-inline'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'";

export interface PageRouterOptions {
  readonly publicUrl: string;
  readonly records: ForgeRecords;
  readonly pulls: PullRequests;
  readonly people: readonly ForgePerson[];
  readonly owner: string;
  readonly repository: string;
}

/** The repository's pages, mounted at `/<owner>/<repository>`. */
export function createPageRouter(options: PageRouterOptions): Router {
  const { publicUrl, records, pulls, people, owner, repository } = options;
  const repositoryName = `${owner}/${repository}`;
  // Without a host, so that the forms stay on the origin by which the visitor came.
  const repositoryUrl = `${new URL(publicUrl).pathname.replace(
    /\/$/,
    '',
  )}/${repositoryName}`;
  const actor = people[0]?.login ?? 'maintainer';
  const router = PromiseRouter();
  router.use(express.urlencoded({ extended: false }));

  router.use((request, response, next) => {
    response.setHeader('Content-Security-Policy', SECURITY_POLICY);
    // Under the portal's own `no-referrer`, browsers send `Origin: null` with every form.
    response.setHeader('Referrer-Policy', 'same-origin');
    response.setHeader('Cache-Control', 'no-store');
    if (request.method === 'POST' && !isSameOrigin(request)) {
      sendPage(
        response,
        403,
        'Refused',
        html`<h1>Refused</h1>
          <p>The form came from another site.</p>`,
      );
      return;
    }
    next();
  });

  router.get('/', async (_request, response) => {
    const [listed, headSha = ''] = await Promise.all([
      pulls.list(),
      pulls.branchSha('main'),
    ]);
    const content = repositoryPage({
      name: repositoryName,
      url: repositoryUrl,
      headSha,
      pulls: listed,
    });
    sendPage(response, 200, repositoryName, content);
  });

  router.get('/pull/:number', async (request, response) => {
    await sendPull(response, Number(request.params.number));
  });

  router.post('/pull/:number/merge', async (request, response) => {
    const number = Number(request.params.number);
    const { sha } = z
      .object({ sha: z.string().optional() })
      .parse(request.body);
    const merged = await records.exclusively(() =>
      pulls.merge(number, actor, { expectedSha: sha, method: 'merge' }),
    );
    await showResult(
      response,
      number,
      merged.result === 'refused' ? merged.refusal.message : undefined,
    );
  });

  router.post('/pull/:number/close', async (request, response) => {
    const number = Number(request.params.number);
    await records.exclusively(() => pulls.close(number, actor));
    await showResult(response, number, undefined);
  });

  router.post('/pull/:number/ready', async (request, response) => {
    const number = Number(request.params.number);
    await records.exclusively(async () => {
      const pull = await pulls.find(number);
      if (pull?.state === 'open') {
        await pulls.markReady(number, actor);
      }
    });
    await showResult(response, number, undefined);
  });

  router.post('/pull/:number/approve', async (request, response) => {
    const number = Number(request.params.number);
    const { login } = z
      .object({ login: z.string().optional() })
      .parse(request.body);
    const person = people.find(known => known.login === login);
    const refusal = person
      ? await pulls.approve(number, person.login)
      : { message: 'Nobody of that name may review here.', errors: undefined };
    await showResult(
      response,
      number,
      refusal && [refusal.message, ...(refusal.errors ?? [])].join(': '),
    );
  });

  async function showResult(
    response: Response,
    number: number,
    problem: string | undefined,
  ): Promise<void> {
    if (problem !== undefined) {
      await sendPull(response, number, problem);
      return;
    }
    response.redirect(303, `${repositoryUrl}/pull/${number}`);
  }

  async function sendPull(
    response: Response,
    number: number,
    notice?: string,
  ): Promise<void> {
    const details = Number.isInteger(number)
      ? await pulls.details(number)
      : undefined;
    if (!details) {
      sendPage(
        response,
        404,
        'Not found',
        html`<h1>Not found</h1>
          <p>There is no such pull request.</p>`,
      );
      return;
    }
    const url = `${repositoryUrl}/pull/${number}`;
    const content = pullPage({ details, url, people, notice });
    sendPage(
      response,
      notice === undefined ? 200 : 409,
      `${details.pull.title} · #${number}`,
      content,
    );
  }

  function sendPage(
    response: Response,
    status: number,
    title: string,
    content: Html,
  ): void {
    response
      .status(status)
      .type('html')
      .send(layout({ title, repositoryName, repositoryUrl, content }));
  }

  return router;
}

/** Browsers send the origin with every form; requests without one come from tools. */
function isSameOrigin(request: Request): boolean {
  const { origin, host } = request.headers;
  return (
    origin === undefined ||
    (URL.canParse(origin) && new URL(origin).host === host)
  );
}
