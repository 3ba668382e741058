import {
  addDays,
  dayOf,
  money,
  moneyFromUnits,
  periodOfDays,
} from '@apexlogic/backstage-plugin-finops-common';
import type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';
import { fixtureCurrencyBlock, fixtureEvents } from './fixtureCosts';
import {
  FIXTURE_PLAN,
  FIXTURE_VERDICTS,
  fixtureRecommendation,
  PLAN_HASH,
} from './fixtureRecommendations';

export const READY: Schemas['Setup'] = { state: 'ready', missing: [] };

export const NOT_ANNOTATED: Schemas['Setup'] = {
  state: 'not-annotated',
  missing: [
    {
      annotation: 'backstage.io/kubernetes-id',
      example: 'my-web-app',
      why: 'It ties the entity to its workloads.',
    },
  ],
};

/** A request as the fixture backend saw it. */
export interface SeenRequest {
  readonly method: string;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly body: unknown;
}

type Answer = { status?: number; body: unknown };
type Handler = (request: SeenRequest) => Answer;

const WAVE_SET: Schemas['WaveSet'] = {
  id: 'set',
  title: 'Fewer replicas',
  state: 'running',
  startedBy: 'user:default/guest',
  startedAt: '2026-11-20T12:00:00.000Z',
  observeMinutes: 1440,
  mayChange: true,
  waves: [
    {
      changes: [
        {
          recommendationId: 'rec-1',
          entityRef: 'component:default/my-web-app',
          title: 'Scale from 3 to 2 replicas',
          environment: 'staging',
          risk: 'low',
          state: 'merged',
          outcome: 'unhealthy',
          note: 'Latency doubled.',
        },
      ],
      hidden: 0,
    },
    {
      changes: [
        {
          recommendationId: 'rec-2',
          entityRef: 'component:default/shop',
          title: 'Scale from 4 to 2 replicas',
          environment: 'production',
          risk: 'medium',
          state: 'proposed',
        },
      ],
      hidden: 2,
    },
  ],
};

/**
 * Answers the FinOps API from memory and keeps the state of one recommendation, so that a whole
 * delivery can be walked through. `overrides` replace the answer of a route, named
 * `METHOD /path-suffix`.
 */
export function createFixtureBackend(options: {
  now: number;
  overrides?: Record<string, Handler>;
}) {
  const { now, overrides = {} } = options;
  const seen: SeenRequest[] = [];
  let detail: Schemas['RecommendationDetail'] = {
    recommendation: fixtureRecommendation(now),
    verdicts: [],
    approvals: [],
    approval: { given: 0, needed: 1 },
    history: [
      {
        id: 'audit-1',
        at: new Date(now - 2 * 86_400_000).toISOString(),
        event: 'proposed',
        actor: 'CostOptimizer',
        to: 'proposed',
        detail: 'Proposed from 7 days of usage.',
      },
    ],
    allowed: { deliver: true, approve: false, snooze: true, dismiss: true },
  };
  let governance: Schemas['Governance'] = {
    autonomy: 3,
    autonomyRules: [
      { environment: 'production', action: 'tune-autoscaler', autonomy: 1 },
    ],
    approvals: [
      {
        environment: 'production',
        impact: 'high',
        quorum: 2,
        expiresAfterMs: 3 * 86_400_000,
        from: ['group:default/platform'],
      },
    ],
    breakers: [
      {
        scope: 'owner:group:default/storefront',
        state: 'open',
        cause: 'rolled-back',
        reason: '3 of 6 merged changes were rolled back.',
        since: new Date(now - 3_600_000).toISOString(),
      },
      {
        scope: 'all',
        state: 'closed',
        cause: 'stale-costs',
        reason: 'The one change that was tried is well.',
        since: new Date(now - 86_400_000).toISOString(),
      },
    ],
    breakerLimits: {
      failedDeliveries: 5,
      declined: { share: 0.7, atLeast: 10 },
      rolledBack: { share: 0.3, atLeast: 5 },
      policyErrors: { share: 0.5, atLeast: 5 },
      staleCostDays: 4,
      windowDays: 14,
      coolDownMs: 3_600_000,
    },
    freezes: [],
    windows: [
      {
        environment: 'production',
        timeZone: 'Europe/Berlin',
        weekdays: ['monday', 'tuesday'],
        from: '09:00',
        to: '16:00',
        opening: {
          kind: 'closed',
          opensAt: new Date(now + 86_400_000).toISOString(),
        },
      },
    ],
    minimumAgeMs: 2 * 86_400_000,
    escalation: {
      platform: 'group:default/platform',
      afterMs: { approval: [86_400_000], needsInput: [], breaker: [] },
    },
    writing: { kind: 'allowed' },
    limits: [
      {
        limit: 'concurrentPerRepository',
        most: 10,
        fullest: [{ name: 'https://git.example.com/fernhill/gitops', used: 7 }],
      },
      { limit: 'hourlyPerRepository', most: 10, fullest: [] },
    ],
    reverts: [],
    manage: true,
  };
  let waveSets: Schemas['WaveSet'][] = [
    {
      ...WAVE_SET,
      id: 'halted',
      state: 'halted',
      haltedBecause: 'a change of wave 1 does harm. Latency doubled.',
    },
  ];
  const policies: Schemas['PolicyList'] = {
    version: 'c0ffee'.repeat(10),
    policies: [
      {
        status: 'loaded',
        name: 'replica-floor',
        path: 'rules/floor.yaml',
        kind: 'ValidatingAdmissionPolicy',
        description: 'Two replicas at least in production.',
        control: 'House rule 7',
        outcomes: ['deny', 'warn'],
        bites: {
          denied: 1,
          approvalAsked: 0,
          warned: 2,
          newest: [
            {
              recommendationId: 'rec-1',
              entityRef: 'component:default/my-web-app',
              title: 'Scale from 2 to 1 replicas',
              outcome: 'deny',
              message: 'keep two replicas',
            },
          ],
        },
      },
      {
        status: 'loaded',
        name: 'tags',
        path: 'rules/tags.yaml',
        kind: 'ValidatingPolicy',
        outcomes: ['require-approval'],
        bites: { denied: 0, approvalAsked: 0, warned: 0, newest: [] },
      },
    ],
    exceptions: [
      {
        name: 'move',
        path: 'rules/move.yaml',
        policies: ['replica-floor'],
        reason: 'the shop moves',
        expires: new Date(now + 86_400_000).toISOString(),
        expired: false,
      },
      {
        name: 'old',
        path: 'rules/old.yaml',
        policies: ['tags'],
        reason: 'before tags were known',
        expires: new Date(now - 86_400_000).toISOString(),
        expired: true,
      },
    ],
  };
  const move = (
    state: Schemas['RecommendationState'],
    said: string,
    changes: Partial<Schemas['RecommendationDetail']>,
  ) => {
    const from = detail.recommendation.state;
    detail = {
      ...detail,
      ...changes,
      recommendation: {
        ...detail.recommendation,
        state,
        revision: detail.recommendation.revision + 1,
      },
      history: [
        ...detail.history,
        {
          id: `audit-${detail.history.length + 1}`,
          at: new Date(now).toISOString(),
          event: state,
          actor: 'user:default/guest',
          from,
          to: state,
          detail: said,
        },
      ],
    };
    return { body: detail };
  };
  const closed = {
    deliver: false,
    approve: false,
    snooze: false,
    dismiss: false,
  };

  const handlers: Record<string, Handler> = {
    'GET /overview': () => ({ body: overview(now) }),
    'GET /costs': ({ query }) => ({
      body: {
        setup: READY,
        sources: [okSource('opencost', 'cost', now)],
        currencies: [
          fixtureCurrencyBlock({
            currency: 'USD',
            startDay: query.get('startDay') ?? '',
            endDay: query.get('endDay') ?? '',
            now,
          }),
        ],
      },
    }),
    'GET /anomalies': () => ({ body: anomalies(now) }),
    'GET /recommendations': () => ({
      body: {
        setup: READY,
        sources: [okSource('prometheus-eu', 'metric', now)],
        provenance: provenance(now),
        recommendations: [
          detail.recommendation,
          fixtureRecommendation(now, {
            id: 'rec-2',
            title: 'Request 250m CPU for web',
            action: {
              kind: 'rightsize',
              workload: 'eu-1/shop/Deployment/checkout',
              containers: [{ container: 'web', cpuRequest: '250m' }],
            },
            workload: 'eu-1/shop/Deployment/checkout',
            saving: {
              expected: moneyFromUnits(220, 'USD'),
              lower: moneyFromUnits(180, 'USD'),
              upper: moneyFromUnits(260, 'USD'),
            },
            risk: 'medium',
          }),
          fixtureRecommendation(now, {
            id: 'rec-3',
            title: 'Scale from 9 to 6 replicas',
            state: 'realised',
          }),
        ],
        withheld: [
          {
            workload: 'eu-1/shop/Deployment/cart',
            subject: 'web',
            code: 'autoscaler-on-resource',
            reason:
              'An autoscaler steers its CPU; requests and target must move together.',
            model: { name: 'CostOptimizer', version: '1.0.0' },
            at: new Date(now - 3_600_000).toISOString(),
          },
        ],
      },
    }),
    'POST /refresh': () => ({ status: 202, body: undefined }),
    'GET /recommendations/rec-1': () => ({ body: detail }),
    'GET /recommendations/rec-1/replay': () => ({
      body: {
        result: 'same',
        recordedAt: new Date(now - 2 * 86_400_000).toISOString(),
        bytes: 21_000,
        differences: [],
        leftOut: ['latency-p95'],
      },
    }),
    'POST /plan': () => {
      detail = { ...detail, plan: FIXTURE_PLAN, verdicts: FIXTURE_VERDICTS };
      return {
        body: {
          result: 'planned',
          plan: FIXTURE_PLAN,
          verdicts: FIXTURE_VERDICTS,
        },
      };
    },
    'POST /deliver': () =>
      move('awaiting-approval', 'Opened pull request #12.', {
        changeRequest: {
          url: 'https://git.example.com/fernhill/gitops/pull/12',
          number: 12,
          branch: 'finops/cdcdcdcdcdcd',
          headSha: '33'.repeat(20),
          state: 'open',
          draft: false,
        },
        allowed: {
          deliver: false,
          approve: true,
          snooze: true,
          dismiss: true,
        },
      }),
    'POST /approve': () =>
      move('approved', 'Approved.', {
        approvals: [
          {
            approver: 'user:default/guest',
            planHash: PLAN_HASH,
            at: new Date(now).toISOString(),
          },
        ],
        approval: { given: 1, needed: 1 },
        allowed: closed,
      }),
    'POST /snooze': () => move('snoozed', 'Snoozed.', { allowed: closed }),
    'POST /dismiss': () => move('rejected', 'Dismissed.', { allowed: closed }),
    'GET /governance': () => ({ body: governance }),
    'POST /governance/pause': ({ body }) => {
      governance = {
        ...governance,
        writing: {
          kind: 'paused',
          reason: (body as { reason: string }).reason,
          pausedBy: 'user:default/guest',
          pausedAt: new Date(now).toISOString(),
        },
      };
      return { status: 204, body: undefined };
    },
    'POST /governance/resume': () => {
      governance = { ...governance, writing: { kind: 'allowed' } };
      return { status: 204, body: undefined };
    },
    'GET /waves/candidates': () => ({
      body: {
        candidates: [1, 2, 3].map(number => ({
          recommendationId: `rec-${number}`,
          entityRef: `component:default/shop-${number}`,
          title: `Scale from ${number + 2} to 2 replicas`,
          environment: number === 1 ? 'staging' : 'production',
          risk: 'low',
          action: number === 3 ? 'rightsize' : 'scale-replicas',
          confidence: 0.9,
          saving: { amountMicros: 40_000_000 * number, currency: 'USD' },
        })),
      },
    }),
    'POST /waves/preview': ({ body }) => {
      const { recommendationIds: ids } = body as {
        recommendationIds: string[];
      };
      return { body: { waves: [ids.slice(0, 1), ids.slice(1)] } };
    },
    'POST /waves': ({ body }) => {
      const { title } = body as { title: string };
      waveSets = [{ ...WAVE_SET, id: 'new', title }, ...waveSets];
      return { status: 201, body: { id: 'new' } };
    },
    'GET /waves': () => ({ body: { sets: waveSets } }),
    'POST /waves/halted/resume': () => {
      waveSets = waveSets.map(set => ({ ...set, state: 'running' }));
      return { status: 204, body: undefined };
    },
    'GET /policies': () => ({ body: policies }),
    'POST /policies/tests': () => ({
      body: {
        kind: 'ran',
        results: [
          { kind: 'passed', path: 'rules/floor.test.yaml', name: 'floor: two' },
        ],
      },
    }),
    'POST /governance/breakers/reset': ({ body }) => {
      const { scope, reason } = body as { scope: string; reason: string };
      governance = {
        ...governance,
        breakers: governance.breakers.map(breaker =>
          breaker.scope === scope
            ? { ...breaker, state: 'closed', reason }
            : breaker,
        ),
      };
      return { status: 204, body: undefined };
    },
    'POST /governance/reverts': ({ body }) => {
      const { reason } = body as { reason: string };
      governance = {
        ...governance,
        reverts: [
          {
            recommendationId: 'undo-1',
            reverts: 'rec-1',
            entityRef: 'component:default/my-web-app',
            title: 'Undo: Scale from 3 to 2 replicas',
            orderedBy: 'user:default/guest',
            orderedAt: new Date(now).toISOString(),
            reason,
            status: 'refused',
            note: 'Later edits of web.yaml overlap what the change wrote.',
          },
        ],
      };
      return { status: 202, body: { ordered: 1 } };
    },
    'POST /governance/freezes': ({ body }) => {
      const { scope, reason, until } = body as Record<string, string>;
      governance = {
        ...governance,
        freezes: [
          {
            id: 'freeze-1',
            scope,
            reason,
            frozenBy: 'user:default/guest',
            frozenAt: new Date(now).toISOString(),
            endsAt: until,
          },
        ],
      };
      return { status: 204, body: undefined };
    },
    'POST /governance/freezes/freeze-1/lift': () => {
      governance = { ...governance, freezes: [] };
      return { status: 204, body: undefined };
    },
    'GET /audit': ({ query }) => ({
      body: query.get('before')
        ? { entries: [auditEntry(now, 1)] }
        : { entries: [auditEntry(now, 3), auditEntry(now, 2)], next: 2 },
    }),
    'GET /audit/verification': () => ({
      body: {
        entries: 3,
        head: 'ab'.repeat(32),
        problemCount: 0,
        problems: [],
      },
    }),
    'GET /audit/export': () => ({ body: auditEntry(now, 1) }),
    'GET /team-review': ({ query }) => ({
      body: teamReview(now, query.get('month') ?? dayOf(now).slice(0, 7)),
    }),
  };

  const fetch = async (
    input: RequestInfo | URL,
    init?: RequestInit,
  ): Promise<Response> => {
    const url = new URL(String(input instanceof Request ? input.url : input));
    const request: SeenRequest = {
      method: init?.method ?? 'GET',
      path: decodeURIComponent(url.pathname),
      query: url.searchParams,
      body: init?.body ? JSON.parse(String(init.body)) : undefined,
    };
    seen.push(request);
    // The longest suffix wins, so that /recommendations/rec-1 is not taken for /recommendations.
    const name = [...Object.keys({ ...handlers, ...overrides })]
      .filter(key =>
        `${request.method} ${request.path}`.endsWith(key.replace(/^\w+ /, '')),
      )
      .filter(key => key.startsWith(`${request.method} `))
      .sort((a, b) => b.length - a.length)[0];
    const handler = name && (overrides[name] ?? handlers[name]);
    const { status = 200, body } = handler
      ? handler(request)
      : failure(404, 'NotFoundError', 'Not found');
    return new Response(body === undefined ? null : JSON.stringify(body), {
      status,
      headers: {
        'content-type': 'application/json',
        'x-request-id': 'req-4711',
      },
    });
  };
  return { fetch: fetch as typeof globalThis.fetch, seen };
}

function auditEntry(now: number, position: number): Schemas['AuditEntry'] {
  return {
    position,
    eventId: `event-${position}`,
    previousHash: 'cd'.repeat(32),
    hash: 'ef'.repeat(32),
    event: {
      id: `event-${position}`,
      recommendationId: 'rec-1',
      at: new Date(now - (4 - position) * 3_600_000).toISOString(),
      event: 'proposed',
      actor: 'model:CostOptimizer-v2.0.0',
      to: 'proposed',
      detail: `Proposed the ${position}. time.`,
    },
  };
}

/** An error as the backend words it. */
export function failure(
  status: number,
  name: string,
  message: string,
  code?: string,
): Answer {
  return {
    status,
    body: {
      error: { name, message, ...(code ? { code } : {}) },
      response: { statusCode: status },
    },
  };
}

export function okSource(
  sourceId: string,
  kind: Schemas['SourceStatus']['kind'],
  now: number,
): Schemas['SourceStatus'] {
  return {
    sourceId,
    kind,
    status: 'ok',
    asOf: new Date(now - 3_600_000).toISOString(),
  };
}

export function downSource(now: number): Schemas['SourceStatus'] {
  return {
    sourceId: 'opencost-us',
    kind: 'cost',
    status: 'down',
    reason: 'Connection refused.',
    since: new Date(now - 5 * 3_600_000).toISOString(),
  };
}

export function provenance(now: number): Schemas['Provenance'] {
  const today = dayOf(now);
  return {
    period: periodOfDays(addDays(today, -29), addDays(today, 1)),
    freshness: new Date(now - 3_600_000).toISOString(),
    coverage: 0.97,
  };
}

function overview(now: number): Schemas['EntityOverview'] {
  const today = dayOf(now);
  const block = fixtureCurrencyBlock({
    currency: 'USD',
    startDay: addDays(today, -29),
    endDay: addDays(today, 1),
    now,
  });
  return {
    setup: READY,
    sources: [okSource('opencost', 'cost', now)],
    cost: {
      total: block.total,
      previous: block.previous,
      changeRatio: block.changeRatio,
      provenance: block.provenance,
    },
    sparkline: block.days,
    monthEnd: block.monthEnd,
    openRecommendations: {
      count: 2,
      monthlySaving: moneyFromUnits(261.3, 'USD'),
    },
    openAnomalies: {
      count: 1,
      since: new Date(now - 5 * 86_400_000).toISOString(),
    },
  };
}

function anomalies(now: number): Schemas['EntityAnomalies'] {
  const start = now - 13 * 86_400_000;
  const values = Array.from(
    { length: 30 },
    (_, day) => (day < 17 ? 36 : 47) + 3 * Math.sin(day),
  );
  const series = {
    unit: 'money',
    start: Math.floor(now / 1000) - 30 * 86_400,
    step: 86_400,
  } as const;
  return {
    setup: READY,
    sources: [okSource('prometheus-eu', 'metric', now)],
    provenance: provenance(now),
    anomalies: [
      {
        id: 'anomaly-1',
        kind: 'anomaly',
        entityRef: 'component:default/my-web-app',
        workload: 'eu-1/shop/Deployment/my-web-app',
        signal: 'cost',
        title: 'Cost a day rose by 30 %',
        period: {
          start: new Date(start).toISOString(),
          end: new Date(now).toISOString(),
        },
        ongoing: true,
        shape: 'level-shift',
        direction: 'above',
        observed: 47.2,
        expected: { mean: 36, lower: 32, upper: 40 },
        monthlyImpact: moneyFromUnits(340, 'USD'),
        confidence: 0.93,
        model: { name: 'seasonal-residual', version: '1.0.0' },
        evidence: [
          {
            id: 'evidence-cost',
            kind: 'cost',
            sourceId: 'opencost',
            summary: 'Cost a day went from 36 to 47 and stayed there.',
            window: provenance(now).period,
            series: [
              { ...series, label: 'Observed', role: 'observed', values },
              {
                ...series,
                label: 'Expected',
                role: 'expected',
                values: values.map(() => 36),
              },
              {
                ...series,
                label: 'Expected at least',
                role: 'expected-lower',
                values: values.map(() => 32),
              },
              {
                ...series,
                label: 'at most',
                role: 'expected-upper',
                values: values.map(() => 40),
              },
            ],
          },
        ],
      },
      {
        id: 'anomaly-2',
        kind: 'anomaly',
        entityRef: 'component:default/my-web-app',
        signal: 'latency',
        title: 'Latency was above its band',
        period: {
          start: new Date(now - 20 * 86_400_000).toISOString(),
          end: new Date(now - 20 * 86_400_000 + 5 * 3_600_000).toISOString(),
        },
        ongoing: false,
        confidence: 0.7,
        model: { name: 'seasonal-residual', version: '1.0.0' },
        evidence: [],
      },
    ],
    events: fixtureEvents(now),
  };
}

function teamReview(now: number, month: string): Schemas['TeamReview'] {
  const saving = (units: number, count: number, stage: Stage) => ({
    stage,
    count,
    monthlySaving: moneyFromUnits(units, 'USD'),
  });
  return {
    ownerRefs: ['group:default/storefront'],
    month,
    sources: [okSource('opencost', 'cost', now)],
    totals: [
      {
        total: moneyFromUnits(48_210.55, 'USD'),
        previous: moneyFromUnits(45_480, 'USD'),
        changeRatio: 0.06,
        budget: {
          monthly: moneyFromUnits(50_000, 'USD'),
          probability: 0.93,
          passedOn: `${month}-30`,
        },
        provenance: provenance(now),
        forecast: {
          month,
          forecast: {
            expected: moneyFromUnits(51_100, 'USD'),
            lower: moneyFromUnits(50_200, 'USD'),
            upper: moneyFromUnits(52_000, 'USD'),
            level: 0.8,
          },
        },
        pipeline: [
          saving(3_400, 4, 'proposed'),
          saving(1_100, 2, 'open'),
          saving(0, 0, 'approved'),
          saving(900, 1, 'merged'),
          saving(700, 1, 'realised'),
        ],
      },
    ],
    changes: [
      {
        entityRef: 'component:default/checkout',
        label: 'replicas 6 to 9',
        delta: moneyFromUnits(1_900, 'USD'),
      },
      {
        entityRef: 'component:default/search',
        label: 'rightsizing realised',
        delta: moneyFromUnits(-800, 'USD'),
      },
    ],
    entities: [
      {
        entityRef: 'component:default/search',
        total: moneyFromUnits(12_000.5, 'USD'),
        changeRatio: -0.06,
        openRecommendations: 0,
        openAnomalies: 1,
        coverage: 0.9,
        efficiency: 0.42,
      },
      {
        entityRef: 'component:default/checkout',
        total: moneyFromUnits(36_210.05, 'USD'),
        changeRatio: 0.18,
        openRecommendations: 2,
        monthlySaving: moneyFromUnits(261.3, 'USD'),
        openAnomalies: 0,
        coverage: 0.95,
        efficiency: 0.31,
      },
      {
        entityRef: 'component:default/loyalty',
        total: money(420, 'USD'),
        openRecommendations: 0,
        openAnomalies: 0,
        coverage: 1,
      },
    ],
    notCovered: [
      {
        entityRef: 'component:default/gift-cards',
        reason: 'The annotation backstage.io/kubernetes-id is missing.',
      },
    ],
  };
}

type Stage =
  Schemas['TeamReview']['totals'][number]['pipeline'][number]['stage'];
