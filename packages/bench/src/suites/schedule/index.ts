import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import {
  CpuUsage,
  isIdle,
  learnSchedule,
} from '@apexlogic/backstage-plugin-finops-analysis';
import { BenchReport, BenchResult, Suite, SuiteOptions } from '../../types';
import { loadBitbrains } from '../rightsizing/bitbrains';
import { Window } from '../rightsizing/types';
import { IDLE_BASELINES, OFF_BASELINES } from './baselines';
import { Confusion } from './confusion';
import { offHours } from './hoursOfWeek';

const SET = 'bitbrains';
/** The truth: below this many cores in this share of the judged rows. */
const IDLE_CORES = 0.03;
const IDLE_SHARE = 0.97;

/**
 * Judges {@link isIdle} and {@link learnSchedule} on the week after the two that they know, with
 * the machines of the `rightsizing` suite. Hours without a measurement are not judged.
 */
export const scheduleSuite: Suite = {
  name: 'schedule',
  async run(options: SuiteOptions): Promise<BenchReport> {
    const folder = join(options.data, 'rightsizing', SET);
    const nothing = { suite: 'schedule', results: [], cases: [] };
    if (options.set !== undefined && options.set !== SET) {
      const note = `${options.set} skipped: this suite has no such set`;
      return { ...nothing, notes: [note] };
    }
    const names = await readdir(folder).catch(() => []);
    const files = names.filter(name => /\.csv(\.gz)?$/.test(name)).sort();
    if (files.length === 0) {
      return { ...nothing, notes: [`${SET} skipped: no data in ${folder}`] };
    }
    const loaded = await loadBitbrains(folder, files);
    const windows = loaded.windows.filter(
      ({ trace }) => trace.resource === 'cpu' && trace.capacity,
    );
    return {
      suite: 'schedule',
      ...judge(windows),
      notes: loaded.notes.map(note => `${SET}: ${note}`),
    };
  },
};

function judge(
  windows: readonly Window[],
): Pick<BenchReport, 'results' | 'cases'> {
  const idle = confusions(IDLE_BASELINES);
  const off = confusions(OFF_BASELINES);
  const cases: Record<string, unknown>[] = [];
  let expectedWrong = 0;
  for (const window of windows) {
    const usage = knownUsage(window);
    const verdict = isIdle(usage, { now: window.now });
    const schedule = learnSchedule(usage, { now: window.now });
    const isTrulyIdle = idleTruth(window);
    idle.ours.add(verdict.kind === 'idle', isTrulyIdle);
    for (const [name, rule] of Object.entries(IDLE_BASELINES)) {
      idle[name].add(rule(window), isTrulyIdle);
    }
    const said: Record<string, readonly boolean[]> = {
      ours: schedule.kind === 'schedule' ? schedule.off : [],
      ...Object.fromEntries(
        Object.entries(OFF_BASELINES).map(([name, rule]) => [
          name,
          rule(window),
        ]),
      ),
    };
    for (const [hour, isOff] of offHours(window).entries()) {
      if (isOff !== undefined) {
        for (const [name, hours] of Object.entries(said)) {
          off[name].add(hours[hour] ?? false, isOff);
        }
        if (schedule.kind === 'schedule' && schedule.off[hour]) {
          expectedWrong += schedule.chanceOfUse[hour];
        }
      }
    }
    cases.push({
      set: SET,
      series: window.trace.series,
      now: window.now,
      idle: verdict.kind,
      isTrulyIdle,
      offHours:
        schedule.kind === 'schedule'
          ? schedule.offHoursPerWeek
          : schedule.reason,
    });
  }
  return {
    results: [
      ...rows('idle', idle),
      ...rows('off', off),
      {
        set: SET,
        metric: 'off-expected-precision',
        value: 1 - expectedWrong / off.ours.said,
        n: off.ours.said,
        baselines: {},
      },
    ],
    cases,
  };
}

function confusions(
  baselines: Readonly<Record<string, unknown>>,
): Record<string, Confusion> {
  return Object.fromEntries(
    ['ours', ...Object.keys(baselines)].map(name => [name, new Confusion()]),
  );
}

function rows(
  what: string,
  { ours, ...baselines }: Record<string, Confusion>,
): BenchResult[] {
  const row = (
    metric: string,
    n: number,
    figure: (confusion: Confusion) => number,
  ) => ({
    set: SET,
    metric: `${what}-${metric}`,
    value: figure(ours),
    n,
    baselines: Object.fromEntries(
      Object.entries(baselines).map(([name, other]) => [name, figure(other)]),
    ),
  });
  return [
    row('precision', ours.said, ({ precision }) => precision),
    row('recall', ours.true, ({ recall }) => recall),
  ];
}

function knownUsage({ trace, fitFrom, fitTo }: Window): CpuUsage {
  return {
    times: trace.times.subarray(fitFrom, fitTo),
    used: trace.use.subarray(fitFrom, fitTo),
    capacity: trace.capacity?.subarray(fitFrom, fitTo) ?? NaN,
  };
}

function idleTruth({ trace, fitTo, judgeTo }: Window): boolean {
  let idle = 0;
  for (let row = fitTo; row < judgeTo; row++) {
    idle += trace.use[row] < IDLE_CORES ? 1 : 0;
  }
  return idle >= IDLE_SHARE * (judgeTo - fitTo);
}
