import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  createKubectlRenderer,
  createObjectValidator,
  planChange,
  Renderer,
} from '@apexlogic/backstage-plugin-finops-manifests';
import { BenchReport, BenchResult, Suite, SuiteOptions } from '../../types';
import { actionsFor } from './actionsFor';
import { findChartValues } from './findCharts';
import { findWorkloads } from './findWorkloads';
import { actionsForTerraform, judgeTerraform } from './infrastructure';
import { judgeChartValues } from './judgeCharts';
import { judgePlan, RATIONALE } from './judgePlan';
import { readRepository, Repository } from './repository';
import { DeployedWorkload, Judgement } from './types';

/**
 * Asks for every applicable action on every workload and Terraform resource of real repositories, and judges
 * the plans without the product: other parsers for the files, kubectl for what they deploy, Terraform for how
 * they are formatted.
 */
export const manifestsSuite: Suite = {
  name: 'manifests',
  async run({ data, set }: SuiteOptions): Promise<BenchReport> {
    const root = join(data, 'manifests');
    const names = (await readdir(root, { withFileTypes: true }).catch(() => []))
      .filter(entry => entry.isDirectory())
      .map(({ name }) => name)
      .filter(name => set === undefined || name === set)
      .sort();
    const report = {
      suite: 'manifests',
      results: [] as BenchResult[],
      cases: [] as Record<string, unknown>[],
      notes: names.length === 0 ? [`no repositories in ${root}`] : [],
    };
    const all: [string, string, Judgement][] = [];
    for (const name of names) {
      const repository = await readRepository(root, name);
      const render = remembering(createKubectlRenderer());
      const found = await findWorkloads(repository, render);
      report.notes.push(...found.notes);
      const judged = await judgeAll(repository, found, render);
      for (const {
        source,
        workload,
        path,
        kind,
        action,
        judgement,
      } of judged) {
        all.push([name, source, judgement]);
        all.push([name, `${source}: ${kind}`, judgement]);
        report.cases.push({
          set: name,
          source,
          workload,
          path,
          action,
          ...judgement,
        });
      }
      for (const asked of actionsForTerraform(repository)) {
        const judgement = await judgeTerraform(asked, repository);
        all.push([name, 'infrastructure', judgement]);
        report.cases.push({
          set: name,
          source: 'infrastructure',
          workload: asked.address,
          path: asked.path,
          action: `${asked.action.kind} ${asked.name}`,
          ...judgement,
        });
      }
      const charts = await judgeCharts(repository);
      all.push(
        ...charts.judged.map(
          ({ source, judgement }): [string, string, Judgement] => [
            name,
            source,
            judgement,
          ],
        ),
      );
      report.cases.push(
        ...charts.judged.map(({ judgement, ...rest }) => ({
          set: name,
          ...rest,
          ...judgement,
        })),
      );
      report.results.push(
        ...charts.results.map(row => ({ ...row, set: name })),
      );
      report.notes.push(...charts.notes.map(note => `${name}: ${note}`));
    }
    const groups = new Map<string, Judgement[]>();
    for (const [name, source, judgement] of all) {
      for (const key of [`${name}\n${source}`, `all\n${source}`]) {
        groups.set(key, [...(groups.get(key) ?? []), judgement]);
      }
    }
    for (const [key, judgements] of groups) {
      const [name, source] = key.split('\n');
      report.results.push(...rates(name, source, judgements));
    }
    return report;
  },
};

/** Values of charts and of releases, asked for where a plain scan tells what they are for. */
async function judgeCharts(repository: Repository): Promise<{
  readonly judged: readonly Omit<Judged, 'kind'>[];
  readonly results: readonly Omit<BenchResult, 'set'>[];
  readonly notes: readonly string[];
}> {
  const validator = createObjectValidator();
  const carriers = findChartValues(repository);
  const judged: Omit<Judged, 'kind'>[] = [];
  const notes: string[] = [];
  for (const carrier of carriers) {
    const { seen, source, path, keys } = carrier;
    if (!seen) {
      notes.push(
        `${path}: a plain scan does not tell what ${keys.join('.')} is for`,
      );
      continue;
    }
    const found = await judgeChartValues(carrier, seen, repository, validator);
    judged.push(
      ...found.map(({ action, judgement }) => ({
        source,
        workload: `${seen.kind} ${seen.namespace}/${seen.name}`,
        path,
        action: `${action} by ${keys.join('.')}`,
        judgement,
      })),
    );
  }
  const results = (['chart', 'release'] as const).flatMap(group => {
    const own = carriers.filter(({ source }) => source === group);
    const told = own.filter(({ seen }) => seen);
    return own.length === 0
      ? []
      : [
          {
            group,
            metric: 'asked',
            value: told.length / own.length,
            n: own.length,
            baselines: {},
          },
        ];
  });
  return { judged, results, notes };
}

interface Judged {
  readonly source: string;
  readonly workload: string;
  readonly path: string;
  readonly kind: string;
  readonly action: string;
  readonly judgement: Judgement;
}

async function judgeAll(
  repository: Repository,
  {
    workloads,
    reach,
  }: {
    readonly workloads: readonly DeployedWorkload[];
    readonly reach: ReadonlyMap<string, readonly string[]>;
  },
  render: Renderer,
): Promise<Judged[]> {
  const validator = createObjectValidator();
  const renderer = byContent(createKubectlRenderer());
  const folders = [
    ...new Set(
      workloads
        .filter(({ source }) => source === 'kustomize')
        .map(({ path }) => path),
    ),
  ];
  const judged: Judged[] = [];
  for (const deployed of workloads) {
    for (const asked of actionsFor(deployed)) {
      const result = await planChange(
        {
          workload: deployed.workload,
          action: asked.action,
          path: deployed.path,
        },
        RATIONALE,
        repository.snapshot,
        { validator, renderer },
      );
      const judgement = await judgePlan(
        asked,
        result,
        repository,
        folders,
        render,
        reach,
      );
      judged.push({
        source: deployed.source,
        workload: `${deployed.workload.kind} ${deployed.workload.namespace}/${deployed.workload.name}`,
        path: deployed.path,
        kind: asked.action.kind,
        action: asked.name,
        judgement,
      });
    }
  }
  return judged;
}

function rates(
  set: string,
  group: string,
  judgements: readonly Judgement[],
): BenchResult[] {
  const n = judgements.length;
  const refused = judgements.filter(({ kind }) => kind === 'refused');
  const wrong = judgements.filter(({ kind }) => kind === 'wrong').length;
  const planned = n - refused.length;
  const codes = [
    ...new Set(
      judgements.flatMap(judgement =>
        judgement.kind === 'refused' ? [judgement.code] : [],
      ),
    ),
  ].sort();
  const row = (metric: string, value: number, of: number): BenchResult => ({
    set,
    group,
    metric,
    value,
    n: of,
    baselines: {},
  });
  return [
    row('planned', planned / n, n),
    ...(planned > 0
      ? [row('exact', (planned - wrong) / planned, planned)]
      : []),
    row('wrong', wrong, planned),
    ...codes.map(code =>
      row(
        `refused-${code}`,
        judgements.filter(
          judgement => judgement.kind === 'refused' && judgement.code === code,
        ).length / n,
        n,
      ),
    ),
  ];
}

/** The repository as it is gets built once a folder. */
function remembering(render: Renderer): Renderer {
  const built = new Map<string, ReturnType<Renderer>>();
  let files: unknown;
  return input => {
    files ??= input.files;
    if (input.files !== files) {
      return render(input);
    }
    const known = built.get(input.directory) ?? render(input);
    built.set(input.directory, known);
    return known;
  };
}

/** What was built of the same bytes is not built again: most plans start from the files as they are. */
function byContent(render: Renderer): Renderer {
  const built = new Map<string, ReturnType<Renderer>>();
  return input => {
    const hash = createHash('sha256').update(input.directory);
    for (const [path, bytes] of [...input.files].sort(([a], [b]) =>
      a < b ? -1 : 1,
    )) {
      hash.update(`\n${path}\n${bytes.length}\n`).update(bytes);
    }
    const key = hash.digest('hex');
    const known = built.get(key) ?? render(input);
    built.set(key, known);
    return known;
  };
}
