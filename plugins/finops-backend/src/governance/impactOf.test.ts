import { money } from '@apexlogic/backstage-plugin-finops-common';
import fc from 'fast-check';
import {
  deploymentsOf,
  ImpactFacts,
  impactOf,
  MoneyWeight,
  shareRemoved,
} from './impactOf';

const WEIGHTS: MoneyWeight[] = [
  { medium: money(200e6, 'USD'), high: money(1000e6, 'USD') },
];

/** Nothing about it weighs. */
const LIGHT: ImpactFacts = {
  environment: 'staging',
  kind: 'Deployment',
  replicasAfter: 3,
  shareRemoved: 0.1,
  monthlySaving: money(10e6, 'USD'),
  deployments: 1,
  confidence: 0.95,
  firstOfItsKind: false,
};

const facts: fc.Arbitrary<ImpactFacts> = fc.record({
  environment: fc.constantFrom(
    'production' as const,
    'staging' as const,
    'unknown' as const,
  ),
  kind: fc.constantFrom('Deployment', 'StatefulSet'),
  replicasAfter: fc.constantFrom(undefined, 1, 2, 9),
  shareRemoved: fc.double({ min: 0, max: 1, noNaN: true }),
  monthlySaving: fc
    .integer({ min: -2e9, max: 2e9 })
    .map(micros => money(micros, 'USD')),
  deployments: fc.integer({ min: 1, max: 9 }),
  dataClass: fc.constantFrom(undefined, 'internal', 'personal'),
  confidence: fc.double({ min: 0, max: 1, noNaN: true }),
  firstOfItsKind: fc.boolean(),
});

const RANK = { low: 0, medium: 1, high: 2 };

describe('impactOf', () => {
  it('is the gravest of its reasons, each said once', () => {
    fc.assert(
      fc.property(facts, known => {
        const { level, reasons } = impactOf(known, WEIGHTS);
        expect(RANK[level]).toBe(
          Math.max(0, ...reasons.map(reason => RANK[reason.level])),
        );
        expect(new Set(reasons.map(({ fact }) => fact)).size).toBe(
          reasons.length,
        );
        for (const { text } of reasons) {
          expect(text).toMatch(/^\S.*\.$/);
          expect(text).not.toMatch(/NaN|undefined/);
        }
      }),
    );
  });

  it('never falls when a fact gets worse', () => {
    const worse: Partial<ImpactFacts>[] = [
      { environment: 'production' },
      { kind: 'StatefulSet' },
      { replicasAfter: 1 },
      { shareRemoved: 1 },
      { monthlySaving: money(-2e9, 'USD') },
      { deployments: 9 },
      { dataClass: 'personal' },
      { confidence: 0 },
      { firstOfItsKind: true },
    ];
    fc.assert(
      fc.property(facts, fc.constantFrom(...worse), (known, change) => {
        expect(
          RANK[impactOf({ ...known, ...change }, WEIGHTS).level],
        ).toBeGreaterThanOrEqual(RANK[impactOf(known, WEIGHTS).level]);
      }),
    );
  });

  it.each<[string, Partial<ImpactFacts>, string, string[]]>([
    ['nothing weighs', {}, 'low', []],
    [
      'production',
      { environment: 'production' },
      'medium',
      ['It runs in production.'],
    ],
    [
      'its last replica',
      { environment: 'production', replicasAfter: 1 },
      'high',
      ['One replica serves it afterwards.', 'It runs in production.'],
    ],
    [
      'half of a request and more',
      { shareRemoved: 0.51 },
      'high',
      ['It takes away 51 % of what is asked for now.'],
    ],
    [
      'more that is asked for, in money',
      { monthlySaving: money(-1200e6, 'USD') },
      'high',
      ['It moves $1,200.00 a month.'],
    ],
    [
      'money without a weight',
      { monthlySaving: money(9e12, 'JPY') },
      'low',
      [],
    ],
    [
      'a first time',
      { firstOfItsKind: true },
      'medium',
      ['It is the first change of its kind on this workload.'],
    ],
    ['public data', { dataClass: 'public' }, 'low', []],
  ])('of %s', (_, change, level, texts) => {
    const impact = impactOf({ ...LIGHT, ...change }, WEIGHTS);
    expect(impact.level).toBe(level);
    expect(impact.reasons.map(({ text }) => text)).toEqual(texts);
  });

  it('reads shares and objects off the plan, words and labels left out', () => {
    const object = { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' };
    const change = (pointer: string, before: any, after: any) => ({
      path: 'a.yaml',
      documentIndex: 0,
      object,
      pointer,
      before,
      after,
    });
    const changes = [
      change('/spec/replicas', 4, 3),
      change('/spec/c/0/resources/requests/memory', '1Gi', '384Mi'),
      change('/spec/c/0/resources/requests/cpu', '100m', '1'),
      change('/metadata/annotations/budget', '100', '1'),
      change('/spec/c/0/image', 'web:2', 'web:1'),
      change('/spec/c/0/resources/limits/cpu', undefined, '1'),
    ];
    expect(shareRemoved({ changes })).toBeCloseTo(0.625, 9);
    expect(shareRemoved({ changes: [] })).toBe(0);
    expect(deploymentsOf({ changes })).toBe(1);
    expect(
      deploymentsOf({
        changes,
        objects: ['a', 'b', 'a'].map(namespace => ({
          object: { ...object, namespace },
        })),
      }),
    ).toBe(2);
  });
});
