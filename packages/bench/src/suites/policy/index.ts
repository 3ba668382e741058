import { stat } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CelJsEngine,
  loadPolicies,
} from '@apexlogic/backstage-plugin-finops-policy';
import { BenchReport, BenchResult, Suite, SuiteOptions } from '../../types';
import { alwaysChecked, amply, bareEngine } from './bareEngine';
import { ConformanceCase, runConformance } from './conformance';
import {
  evaluateResource,
  judgeKyvernoTest,
  KyvernoCase,
  policyFiles,
} from './kyverno';
import { KyvernoTest, readKyvernoTests } from './kyvernoTests';

const KYVERNO = 'kyverno';
const SETS = ['cel', KYVERNO, 'redos'];
const REDOS_TEXT = `${'a'.repeat(27)}b`;
const REDOS_RUNS = 5;
const SPEED_SECONDS = 2;

/**
 * Judges the engine that runs the policies: what of the CEL specification it passes, whether Kyverno's own
 * tests of its CEL policies get the verdicts they expect through {@link loadPolicies}, how long a regular
 * expression made to explode takes, and how many policies are compiled and evaluated in a second.
 */
export const policySuite: Suite = {
  name: 'policy',
  async run(options: SuiteOptions): Promise<BenchReport> {
    const wanted = SETS.filter(
      set => options.set === undefined || options.set === set,
    );
    const parts = await Promise.all(
      wanted.map(set => {
        switch (set) {
          case 'cel':
            return conformanceReport();
          case KYVERNO:
            return kyvernoReport(options.data);
          default:
            return redosReport();
        }
      }),
    );
    return {
      suite: 'policy',
      results: parts.flatMap(({ results }) => results),
      cases: parts.flatMap(({ cases }) => cases),
      notes: parts.flatMap(({ notes }) => notes),
    };
  },
};

type Part = Pick<BenchReport, 'results' | 'cases' | 'notes'>;

function conformanceReport(): Part {
  const cases = runConformance(new CelJsEngine());
  const bare = runConformance(bareEngine());
  const groups = [...new Set(cases.map(({ group }) => group))];
  const row = (
    name: string,
    own: readonly ConformanceCase[],
    others: readonly ConformanceCase[],
  ) => ({
    set: 'cel',
    group: name,
    metric: 'passed',
    value: passed(own),
    n: own.length,
    baselines: { 'bare-engine': passed(others) },
  });
  const inGroup = (all: readonly ConformanceCase[], group: string) =>
    all.filter(each => each.group === group);
  return {
    results: [
      ...groups.map(group =>
        row(group, inGroup(cases, group), inGroup(bare, group)),
      ),
      row(
        'core-checked',
        inGroup(runConformance(alwaysChecked(new CelJsEngine())), 'core'),
        inGroup(runConformance(alwaysChecked(bareEngine())), 'core'),
      ),
    ],
    cases: cases
      .filter(each => !each.passed)
      .map(each => ({ set: 'cel', ...each })),
    notes: [],
  };
}

function passed(cases: readonly ConformanceCase[]): number {
  return cases.filter(each => each.passed).length;
}

async function kyvernoReport(data: string): Promise<Part> {
  const folder = join(data, 'policy', KYVERNO);
  const isThere = await stat(folder).then(
    found => found.isDirectory(),
    () => false,
  );
  if (!isThere) {
    return {
      results: [],
      cases: [],
      notes: [`${KYVERNO} skipped: no data in ${folder}`],
    };
  }
  const { tests, unreadable } = await readKyvernoTests(folder);
  const cases = tests.flatMap(judgeKyvernoTest);
  const skipped = cases.filter(({ outcome }) => outcome === 'skipped');
  return {
    results: [
      ...(['agreed', 'wrong', 'error', 'skipped'] as const).map(outcome => ({
        set: KYVERNO,
        metric: outcome,
        value: cases.filter(each => each.outcome === outcome).length,
        n: cases.length,
        baselines: {},
      })),
      ...speed(tests, cases),
    ],
    cases: cases.map(each => ({ set: KYVERNO, ...each })),
    notes: [
      ...reasons(skipped),
      ...unreadable.map(each => `${KYVERNO}: unreadable: ${each}`),
    ],
  };
}

function reasons(skipped: readonly KyvernoCase[]): readonly string[] {
  const counts = new Map<string, number>();
  for (const { got } of skipped) {
    const [reason] = got.split('\n');
    counts.set(reason, (counts.get(reason) ?? 0) + 1);
  }
  return [...counts]
    .sort(([, a], [, b]) => b - a)
    .map(([reason, count]) => `${KYVERNO}: ${count} skipped: ${reason}`);
}

/** Policies loaded, and objects evaluated against one policy, in a second of processor time. */
function speed(
  tests: readonly KyvernoTest[],
  cases: readonly KyvernoCase[],
): readonly BenchResult[] {
  const loadable = tests.filter(test =>
    cases.some(each => each.test === test.name && each.outcome !== 'skipped'),
  );
  if (loadable.length === 0) {
    return [];
  }
  const files = loadable.map(policyFiles);
  const loads = perSecond(() => {
    files.forEach(each => loadPolicies(each));
    return files.length;
  });
  const sets = loadable.map((test, index) => ({
    test,
    policies: loadPolicies(files[index]),
  }));
  const evaluations = perSecond(() => {
    let count = 0;
    for (const { test, policies } of sets) {
      for (const resource of test.resources) {
        count += policies.policies.length;
        evaluateResource(policies, resource, '', test);
      }
    }
    return count;
  });
  const row = (metric: string, { rate, n }: { rate: number; n: number }) => ({
    set: KYVERNO,
    metric,
    value: rate,
    n,
    baselines: {},
  });
  return [
    row('files-loaded-per-cpu-second', loads),
    row('evaluations-per-cpu-second', evaluations),
  ];
}

function perSecond(work: () => number): { rate: number; n: number } {
  const before = process.cpuUsage();
  let n = 0;
  let seconds = 0;
  while (seconds < SPEED_SECONDS) {
    n += work();
    const { user, system } = process.cpuUsage(before);
    seconds = (user + system) / 1e6;
  }
  return { rate: n / seconds, n };
}

/** The slowest of some runs of a pattern that makes a backtracking engine try every way to split the text. */
async function redosReport(): Promise<Part> {
  const program = new CelJsEngine().compile(
    `'${REDOS_TEXT}'.matches('^(a+)+$')`,
    { variables: [], expected: 'bool' },
  );
  let slowest = 0;
  for (let run = 0; run < REDOS_RUNS; run++) {
    const start = performance.now();
    program.evaluate({ values: {}, budget: amply() });
    slowest = Math.max(slowest, performance.now() - start);
  }
  return {
    results: [
      {
        set: 'redos',
        metric: 'milliseconds',
        value: slowest,
        n: REDOS_RUNS,
        baselines: {},
      },
    ],
    cases: [],
    notes: [],
  };
}
