import { DefaultFinopsApi } from './DefaultFinopsApi';

function apiAnswering(answer: () => Promise<Response>) {
  const fetch = jest.fn(
    async (_input: RequestInfo | URL, _init?: RequestInit) => answer(),
  );
  return { api: DefaultFinopsApi.create({ fetchApi: { fetch } }), fetch };
}

describe('DefaultFinopsApi', () => {
  it('asks the plugin by its protocol, with the entity in the path and lists spelled out', async () => {
    const { api, fetch } = apiAnswering(
      async () => new Response('{}', { status: 200 }),
    );
    await api.getEntityCosts('component:default/a b', {
      startDay: '2026-10-01',
      endDay: '2026-11-01',
      groupBy: 'category',
    });
    await api.getTeamReview({
      ownerRefs: ['group:default/a', 'group:default/b'],
    });
    expect(fetch.mock.calls.map(([url]) => url)).toEqual([
      'plugin://finops/entities/component/default/a%20b/costs?startDay=2026-10-01&endDay=2026-11-01&groupBy=category',
      'plugin://finops/team-review?ownerRefs=group%3Adefault%2Fa&ownerRefs=group%3Adefault%2Fb',
    ]);
  });

  it('takes an accepted pass without a body for a success', async () => {
    const { api } = apiAnswering(
      async () => new Response(null, { status: 202 }),
    );
    await expect(
      api.refreshEntity('component:default/a'),
    ).resolves.toBeUndefined();
  });

  it('carries message, status, code and a reference of a refusal', async () => {
    const { api } = apiAnswering(
      async () =>
        new Response(
          JSON.stringify({
            error: {
              name: 'ConflictError',
              message: 'The file moved on.',
              code: 'plan-changed',
            },
            response: { statusCode: 409 },
          }),
          { status: 409, headers: { 'x-request-id': 'req-1' } },
        ),
    );
    await expect(api.deliverRecommendation('r', 'h')).rejects.toMatchObject({
      name: 'FinopsRequestError',
      message: 'The file moved on.',
      status: 409,
      code: 'plan-changed',
      reference: expect.stringMatching(/^409 · req-1 · /),
    });
  });

  it('makes sense of a proxy that answers with a page', async () => {
    const { api } = apiAnswering(
      async () => new Response('<html>Bad gateway', { status: 502 }),
    );
    await expect(api.getRecommendation('r')).rejects.toMatchObject({
      status: 502,
      message: 'The FinOps backend answered 502 for the recommendation.',
    });
  });

  it('says when no answer came at all, and lets an aborted request be', async () => {
    const { api } = apiAnswering(async () => {
      throw new TypeError('Failed to fetch');
    });
    await expect(api.getRecommendation('r')).rejects.toMatchObject({
      name: 'FinopsRequestError',
      status: undefined,
      message:
        'The portal could not reach the FinOps backend for the recommendation.',
    });
    const aborted = apiAnswering(async () => {
      throw new DOMException('aborted', 'AbortError');
    });
    await expect(aborted.api.getRecommendation('r')).rejects.toMatchObject({
      name: 'AbortError',
    });
  });
});
