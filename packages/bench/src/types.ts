/** One figure of a suite, next to what simple rules reach on the same input. */
export interface BenchResult {
  /** Folder of the data. */
  readonly set: string;
  /** Part of the set; absent = the whole of it. */
  readonly group?: string;
  readonly metric: string;
  readonly value: number;
  /** Cases behind the value. */
  readonly n: number;
  /** 95 % bootstrap interval of the value over independent series, where the suite makes one. */
  readonly interval?: readonly [number, number];
  readonly baselines: Readonly<Record<string, number>>;
}

/** What a run of a suite leaves behind. */
export interface BenchReport {
  readonly suite: string;
  readonly results: readonly BenchResult[];
  /** Every judged case, for looking into a figure. */
  readonly cases: readonly Readonly<Record<string, unknown>>[];
  /** What was skipped or dropped, and why. */
  readonly notes: readonly string[];
  /** The figures drawn, as SVG, where the suite draws them. */
  readonly plot?: string;
}

export interface SuiteOptions {
  /** Folder of the layout `<suite>/<set>/…`. */
  readonly data: string;
  /** Only this set. */
  readonly set?: string;
}

/** One benchmark: a folder in, a report out. */
export interface Suite {
  readonly name: string;
  run(options: SuiteOptions): Promise<BenchReport>;
}
