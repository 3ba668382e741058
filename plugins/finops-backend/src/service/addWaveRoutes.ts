import { Recommendation } from '@apexlogic/backstage-plugin-finops-common';
import {
  finopsGovernanceManagePermission,
  finopsRecommendationDeliverPermission,
  finopsRecommendationReadPermission,
} from '@apexlogic/backstage-plugin-finops-common/permissions';
import { Request, Router } from 'express';
import { z } from 'zod';
import { Loop } from '../delivery/Loop';
import {
  MOST_CHANGES,
  previewWaves,
  resumeWaves,
  startWaves,
  stopWaves,
} from '../delivery/waves/startWaves';
import { FinopsError } from '../governance/errors';
import { Schemas } from '../review/types';
import { waveCandidates, waveReport } from '../review/waveReport';
import { Authoriser, UserCredentials } from './Authoriser';

const DAY_MINUTES = 24 * 60;

const changes = z.object({
  recommendationIds: z.array(z.string()).min(1).max(MOST_CHANGES),
});
const startBody = changes.extend({
  title: z.string().trim().min(1).max(120),
  observeMinutes: z
    .number()
    .int()
    .min(1)
    .max(30 * DAY_MINUTES)
    .default(DAY_MINUTES),
});
const reasonBody = z.object({ reason: z.string().trim().min(1).max(500) });

/** What the routes of waves work with. */
export interface WaveRoutesOptions {
  readonly loop: Loop;
  readonly authoriser: Authoriser;
  userOf(request: Request): Promise<UserCredentials>;
  audited(
    request: Request,
    eventId: string,
    meta: Record<string, string>,
    work: () => Promise<void>,
  ): Promise<void>;
}

/** Adds the routes by which changes go out in waves. Whoever starts waves may deliver each change of them. */
export function addWaveRoutes(
  router: Router,
  { loop, authoriser, userOf, audited }: WaveRoutesOptions,
): void {
  router.get('/waves', async (request, response) => {
    const credentials = await userOf(request);
    // Throws for those who may see no recommendation at all.
    const { filter } = await authoriser.scopeOf(
      credentials,
      finopsRecommendationReadPermission,
    );
    const manages = await authoriser.mayBasic(
      credentials,
      finopsGovernanceManagePermission,
    );
    const answer: Schemas['WaveList'] = await waveReport(loop, {
      maySee: async refs =>
        new Set(
          (
            await loop.stores.entities.getEntities(refs, filter)
          ).map(({ context }) => context.entityRef),
        ),
      mayChange: ({ startedBy }) =>
        manages || startedBy === credentials.principal.userEntityRef,
    });
    response.json(answer);
  });

  router.get('/waves/candidates', async (request, response) => {
    const { filter } = await authoriser.scopeOf(
      await userOf(request),
      finopsRecommendationDeliverPermission,
    );
    const answer: Schemas['WaveCandidates'] = await waveCandidates(
      loop,
      filter,
    );
    response.json(answer);
  });

  router.post('/waves/preview', async (request, response) => {
    const credentials = await userOf(request);
    const { recommendationIds } = changes.parse(request.body);
    const answer: Schemas['WavePreview'] = {
      waves: previewWaves(await deliverable(credentials, recommendationIds)),
    };
    response.json(answer);
  });

  router.post('/waves', async (request, response) => {
    const credentials = await userOf(request);
    const { title, recommendationIds, observeMinutes } = startBody.parse(
      request.body,
    );
    const recommendations = await deliverable(credentials, recommendationIds);
    let id = '';
    await audited(
      request,
      'waves-start',
      { title, changes: String(recommendations.length) },
      async () => {
        id = await startWaves(loop, {
          title,
          recommendations,
          observeMinutes,
          startedBy: credentials.principal.userEntityRef,
        });
      },
    );
    const answer: Schemas['StartedWaves'] = { id };
    response.status(201).json(answer);
  });

  for (const [path, move] of [
    ['resume', resumeWaves],
    ['stop', stopWaves],
  ] as const) {
    router.post(`/waves/:id/${path}`, async (request, response) => {
      const credentials = await userOf(request);
      const id = request.params.id as string;
      const { reason } = reasonBody.parse(request.body);
      const user = credentials.principal.userEntityRef;
      const plan = await loop.stores.waves.get(id);
      if (
        plan?.startedBy !== user &&
        !(await authoriser.mayBasic(
          credentials,
          finopsGovernanceManagePermission,
        ))
      ) {
        throw new FinopsError(
          'not-allowed',
          `Only who started these waves and holders of ${finopsGovernanceManagePermission.name} may change them.`,
        );
      }
      await audited(request, `waves-${path}`, { id, reason }, () =>
        move(loop, id, user, reason),
      );
      response.status(204).end();
    });
  }

  /** The recommendations, when the caller may deliver each of them. */
  async function deliverable(
    credentials: UserCredentials,
    ids: readonly string[],
  ): Promise<Recommendation[]> {
    const wanted = [...new Set(ids)];
    const found = (await loop.stores.recommendations.getMany(wanted)).map(
      ({ recommendation }) => recommendation,
    );
    if (found.length < wanted.length) {
      throw new FinopsError(
        'not-found',
        `${wanted.length - found.length} of these recommendations are gone.`,
      );
    }
    for (const entityRef of new Set(found.map(one => one.entityRef))) {
      await authoriser.requireEntity(
        credentials,
        finopsRecommendationDeliverPermission,
        entityRef,
      );
    }
    return found;
  }
}
