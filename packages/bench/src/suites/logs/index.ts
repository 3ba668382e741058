import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { mineTemplates } from '@apexlogic/backstage-plugin-finops-analysis';
import { readCsv } from '../../readCsv';
import { BenchReport, BenchResult, Suite, SuiteOptions } from '../../types';
import { drain } from './drain';
import { groupingAccuracy } from './groupingAccuracy';

const SET = 'loghub';

type Miner = (lines: readonly string[]) => ArrayLike<number | string>;

const MINERS: Readonly<Record<string, Miner>> = {
  ours: lines => mineTemplates(lines).templateIds,
  drain,
  'exact-line': lines => lines,
};

interface System {
  readonly name: string;
  readonly lines: readonly string[];
  readonly events: readonly string[];
  /** Templates as other people corrected them, where the file has them. */
  readonly corrected?: readonly string[];
}

interface Judged {
  readonly system: System;
  readonly accuracy: Readonly<Record<string, number>>;
  readonly corrected?: Readonly<Record<string, number>>;
  readonly linesPerSecond: Readonly<Record<string, number>>;
}

/** Judges {@link mineTemplates}: do the lines of one event end up in one group, with one configuration for all systems? */
export const logsSuite: Suite = {
  name: 'logs',
  async run(options: SuiteOptions): Promise<BenchReport> {
    const notes: string[] = [];
    const judged: Judged[] = [];
    if (options.set !== undefined && options.set !== SET) {
      notes.push(`${options.set} skipped: this suite has no such set`);
      return { suite: 'logs', results: [], cases: [], notes };
    }
    const folder = join(options.data, 'logs', SET);
    const names = await readdir(folder).catch(() => []);
    for (const file of names
      .filter(name => /\.csv(\.gz)?$/.test(name))
      .sort()) {
      const system = await readSystem(folder, file, notes);
      if (system) {
        judged.push(judge(system));
      }
    }
    if (judged.length === 0) {
      notes.push(`${SET} skipped: no data in ${folder}`);
    }
    return {
      suite: 'logs',
      results: results(judged),
      cases: judged.map(({ system, ...figures }) => ({
        set: SET,
        system: system.name,
        lines: system.lines.length,
        ...figures,
      })),
      notes,
    };
  },
};

async function readSystem(
  folder: string,
  file: string,
  notes: string[],
): Promise<System | undefined> {
  let header: string[] | undefined;
  const rows: string[][] = [];
  const { skipped } = await readCsv(join(folder, file), cells => {
    if (header === undefined) {
      header = cells;
    } else {
      rows.push(cells);
    }
  });
  const column = (name: string) => header?.indexOf(name) ?? -1;
  const [content, event, corrected] = [
    'Content',
    'EventId',
    'EventTemplateCorrected',
  ].map(column);
  const readable = rows.filter(
    row => row[content] !== undefined && row[event] !== undefined,
  );
  if (skipped + rows.length - readable.length > 0) {
    notes.push(
      `${file}: ${
        skipped + rows.length - readable.length
      } unreadable rows skipped`,
    );
  }
  if (readable.length === 0) {
    notes.push(`${file} skipped: no rows with Content and EventId`);
    return undefined;
  }
  return {
    name: file.replace(/\.csv(\.gz)?$/, ''),
    lines: readable.map(row => row[content]),
    events: readable.map(row => row[event]),
    ...(corrected < 0
      ? {}
      : { corrected: readable.map(row => row[corrected] ?? '') }),
  };
}

function judge(system: System): Judged {
  const accuracy: Record<string, number> = {};
  const corrected: Record<string, number> = {};
  const linesPerSecond: Record<string, number> = {};
  for (const [name, mine] of Object.entries(MINERS)) {
    const started = performance.now();
    const groups = mine(system.lines);
    const seconds = (performance.now() - started) / 1000;
    linesPerSecond[name] = Math.round(
      system.lines.length / Math.max(seconds, 1e-6),
    );
    accuracy[name] = groupingAccuracy(groups, system.events);
    if (system.corrected) {
      corrected[name] = groupingAccuracy(groups, system.corrected);
    }
  }
  return {
    system,
    accuracy,
    linesPerSecond,
    ...(system.corrected ? { corrected } : {}),
  };
}

function results(judged: readonly Judged[]): BenchResult[] {
  const row = (
    group: string,
    metric: string,
    n: number,
    { ours, ...baselines }: Readonly<Record<string, number>>,
  ): BenchResult => ({ set: SET, group, metric, value: ours, n, baselines });
  const mean = (figures: readonly Readonly<Record<string, number>>[]) =>
    Object.fromEntries(
      Object.keys(MINERS).map(name => [
        name,
        figures.reduce((sum, one) => sum + one[name], 0) / figures.length,
      ]),
    );
  const all = (
    metric: string,
    pick: (one: Judged) => Readonly<Record<string, number>> | undefined,
  ) => {
    const figures = judged.map(pick).filter(one => one !== undefined);
    return figures.length > 0
      ? [row('mean', metric, figures.length, mean(figures))]
      : [];
  };
  return [
    ...all('grouping-accuracy', ({ accuracy }) => accuracy),
    ...all('grouping-accuracy-corrected', ({ corrected }) => corrected),
    ...all('lines-per-second', ({ linesPerSecond }) => linesPerSecond),
    ...judged.map(({ system, accuracy }) =>
      row(system.name, 'grouping-accuracy', system.lines.length, accuracy),
    ),
  ];
}
