import type {
  Abstention,
  ChangePlan,
  Evidence,
  Recommendation,
  SourceStatus,
  Verdict,
} from '..';
import { createFinopsClient, Schemas } from '.';

describe('createFinopsClient', () => {
  it('asks the portal for the plugin by name and hands over method, query and body', async () => {
    const calls: { url: string; method?: string; body?: unknown }[] = [];
    const fetchStub = async (
      url: string | URL | Request,
      init?: RequestInit,
    ) => {
      calls.push({ url: String(url), method: init?.method, body: init?.body });
      return new Response(
        JSON.stringify({
          error: { name: 'ConflictError', message: 'm', code: 'plan-changed' },
          response: { statusCode: 409 },
        }),
        {
          status: 409,
          headers: { 'Content-Type': 'application/json' },
        },
      );
    };
    const client = createFinopsClient({ fetch: fetchStub as typeof fetch });

    const { data, error, response } = await client.POST(
      '/recommendations/{id}/deliver',
      {
        params: { path: { id: 'a b' } },
        body: { planHash: 'f'.repeat(64) },
      },
    );

    expect(data).toBeUndefined();
    expect(response.status).toBe(409);
    expect(error?.error.code).toBe('plan-changed');
    expect(calls).toEqual([
      {
        url: 'plugin://finops/recommendations/a%20b/deliver',
        method: 'POST',
        body: JSON.stringify({ planHash: 'f'.repeat(64) }),
      },
    ]);

    await client.GET('/team-review', {
      params: { query: { ownerRefs: ['group:default/a', 'group:default/b'] } },
    });
    expect(calls[1].url).toBe(
      'plugin://finops/team-review?ownerRefs=group%3Adefault%2Fa&ownerRefs=group%3Adefault%2Fb',
    );
    expect(calls[1].body).toBeUndefined();
  });

  it('speaks the same shapes as the vocabulary', () => {
    // Compile-time: the OpenAPI file and the types of this package may not drift apart.
    type Fits<Narrow extends Wide, Wide> = Narrow;
    type Checked = [
      Fits<Recommendation['state'], Schemas['RecommendationState']>,
      Fits<Schemas['RecommendationState'], Recommendation['state']>,
      Fits<Abstention, Schemas['Abstention']>,
      Fits<SourceStatus['status'], Schemas['SourceStatus']['status']>,
      Fits<Verdict, Schemas['Verdict']>,
      Fits<
        ChangePlan['proof']['checks'][number]['name'],
        Schemas['ChangePlan']['proof']['checks'][number]['name']
      >,
      Fits<
        NonNullable<Evidence['series']>[number]['unit'],
        Schemas['EvidenceSeries']['unit']
      >,
    ];
    const compiled: Checked | undefined = undefined;
    expect(compiled).toBeUndefined();
  });
});
