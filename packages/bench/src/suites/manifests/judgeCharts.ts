import { posix } from 'node:path';
import {
  Action,
  ContainerRequests,
} from '@apexlogic/backstage-plugin-finops-common';
import {
  ObjectValidator,
  planChange,
  PlanResult,
} from '@apexlogic/backstage-plugin-finops-manifests';
import { ChartValues, SeenWorkload } from './findCharts';
import {
  bytesOf,
  collectLeaves,
  isSame,
  RATIONALE,
  spliced,
  unplannedLines,
} from './judgePlan';
import { documentsOf, Repository } from './repository';
import { Judgement } from './types';

type Expected = ReadonlyMap<string, string | number>;

interface ChartAsked {
  readonly name: string;
  readonly action: Action;
  /** New values by pointer below the carrier, `/requests/cpu`. */
  readonly expected: Expected;
}

/** Every action on a part of a chart's values, planned, and judged by js-yaml on the file it stands in. */
export async function judgeChartValues(
  carrier: ChartValues,
  seen: SeenWorkload,
  repository: Repository,
  validator: ObjectValidator,
): Promise<{ readonly action: string; readonly judgement: Judgement }[]> {
  const workload = { cluster: 'bench', ...seen };
  const key = `bench/${seen.namespace}/${seen.kind}/${seen.name}`;
  const judged = [];
  for (const asked of askedOf(carrier, seen, key)) {
    const result = await planChange(
      {
        workload: {
          cluster: workload.cluster,
          namespace: workload.namespace,
          kind: workload.kind,
          name: workload.name,
        },
        action: asked.action,
        path: carrier.path,
        present: [{ container: seen.container, ...presentOf(carrier.value) }],
      },
      RATIONALE,
      repository.snapshot,
      { validator },
    );
    judged.push({
      action: asked.name,
      judgement: judge(carrier, asked, result, repository),
    });
  }
  return judged;
}

function askedOf(
  { field, value }: ChartValues,
  { container, autoscaler }: SeenWorkload,
  workload: string,
): ChartAsked[] {
  if (field === 'replicas') {
    const to = Number(value) + 1;
    return [
      {
        name: 'replicas',
        action: { kind: 'scale-replicas', workload, from: Number(value), to },
        expected: new Map([['', to]]),
      },
    ];
  }
  if (field === 'autoscaling') {
    const { minReplicas, maxReplicas } = value as Record<string, number>;
    const percent =
      (value as Record<string, number>).targetCPUUtilizationPercentage ?? 80;
    return [
      {
        name: 'autoscaler',
        action: {
          kind: 'tune-autoscaler',
          workload,
          autoscaler: autoscaler ?? '',
          from: { minReplicas, maxReplicas, cpuUtilisationPercent: percent },
          to: {
            minReplicas: minReplicas + 1,
            maxReplicas: maxReplicas + 2,
            cpuUtilisationPercent: percent,
          },
          containers: [],
        },
        expected: new Map([
          ['/minReplicas', minReplicas + 1],
          ['/maxReplicas', maxReplicas + 2],
        ]),
      },
    ];
  }
  const { cpuRequest, memoryLimit } = presentOf(value);
  const cpu = cpuRequest === '13m' ? '14m' : '13m';
  const limited = memoryLimit !== undefined;
  return [
    {
      name: 'cpu request',
      action: {
        kind: 'rightsize',
        workload,
        containers: [{ container, cpuRequest: cpu }],
      },
      expected: new Map([['/requests/cpu', cpu]]),
    },
    {
      name: 'memory request and limit',
      action: {
        kind: 'rightsize',
        workload,
        containers: [
          {
            container,
            memoryRequest: '17Mi',
            ...(limited && { memoryLimit: '19Mi' }),
          },
        ],
      },
      expected: new Map([
        ['/requests/memory', '17Mi'],
        ...(limited ? ([['/limits/memory', '19Mi']] as const) : []),
      ]),
    },
  ];
}

function presentOf(value: unknown): Omit<ContainerRequests, 'container'> {
  const { requests, limits } = (value ?? {}) as Record<
    string,
    Record<string, unknown> | undefined
  >;
  const text = (amount: unknown) =>
    amount === undefined || amount === null ? undefined : String(amount);
  return {
    cpuRequest: text(requests?.cpu),
    memoryRequest: text(requests?.memory),
    memoryLimit: text(limits?.memory),
  };
}

function judge(
  { path, source, keys }: ChartValues,
  { expected }: ChartAsked,
  result: PlanResult,
  repository: Repository,
): Judgement {
  if (result.kind === 'refused') {
    return result;
  }
  const { files } = result.plan;
  const after = new Map(repository.files);
  for (const file of files) {
    after.set(file.path, spliced(bytesOf(repository.files, file.path), file));
  }
  const stray = unplannedLines(result, repository, after);
  if (stray) {
    return { kind: 'wrong', reason: stray };
  }
  const wanted = source === 'chart' ? posix.join(path, 'values.yaml') : path;
  const base = [...(source === 'release' ? ['spec', 'values'] : []), ...keys]
    .map(key => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`)
    .join('');
  const planned = new Map(
    [...expected].map(([pointer, value]) => [`${base}${pointer}`, value]),
  );
  for (const file of files) {
    if (file.path !== wanted) {
      return { kind: 'wrong', reason: `${file.path} is edited, not ${wanted}` };
    }
    const [before, now] = [repository.files, after].map(list =>
      documentsOf(bytesOf(list, file.path)),
    );
    if (!before || !now || before.length !== now.length) {
      return {
        kind: 'wrong',
        reason: `${file.path} is not the same documents`,
      };
    }
    for (const [index, document] of now.entries()) {
      const [was, is] = [before[index], document].map(content => {
        const leaves = new Map<string, unknown>();
        collectLeaves(content, '', '', leaves);
        return leaves;
      });
      for (const key of new Set([...was.keys(), ...is.keys()])) {
        if (was.get(key) === is.get(key)) {
          continue;
        }
        const pointer = key.trimStart();
        const value = planned.get(pointer);
        if (value !== undefined && isSame(value, is.get(key))) {
          planned.delete(pointer);
        } else if (!isReason(pointer, is.get(key))) {
          return { kind: 'wrong', reason: `${pointer} became ${is.get(key)}` };
        }
      }
    }
    const text = new TextDecoder().decode(after.get(file.path));
    if (!text.includes(RATIONALE.reason)) {
      return { kind: 'wrong', reason: `${file.path} does not say why` };
    }
  }
  const [missing] = planned.keys();
  return missing === undefined
    ? { kind: 'exact' }
    : { kind: 'wrong', reason: `${missing} did not change` };
}

function isReason(pointer: string, value: unknown): boolean {
  return (
    /annotations\/ai\.apexlogic\.com~1/i.test(pointer) &&
    [RATIONALE.reason, 'CostOptimizer-v0.0.0', 'low'].includes(String(value))
  );
}
