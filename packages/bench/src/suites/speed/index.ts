import {
  forecast,
  scoreAnomalies,
  Series,
} from '@apexlogic/backstage-plugin-finops-analysis';
import { seededRandom } from '../../seededRandom';
import { BenchReport, BenchResult, Suite } from '../../types';
import { windowedGaussian } from '../anomaly/gaussian';
import { loadAugurs } from '../forecast/augurs';
import { Baseline } from '../forecast/baselines';

const SERIES = 10_000;
const STEP_S = 300;
const DAY = 288;
const DAYS = 14;
const LEVELS = [0.8, 0.95];
/** Peers are slow: they take a part, and their time is scaled up. */
const PEER_SERIES = 20;

/**
 * What it costs to score a fleet online and to forecast its next day: CPU seconds of this process, all
 * threads, and its largest resident memory. The series are made up, the same ones every time, so the
 * folder of the data does not matter.
 */
export const speedSuite: Suite = {
  name: 'speed',
  async run(): Promise<BenchReport> {
    const notes: string[] = [];
    const score = (series: Series) =>
      scoreAnomalies(series, { mode: 'online' });
    const predict = (series: Series) =>
      forecast(series, { horizon: DAY, levels: LEVELS });
    const scored = secondsOf(SERIES, score);
    const predicted = secondsOf(SERIES, predict);
    const gaussian = peerSeconds(({ values }) => windowedGaussian(values));
    const augurs = await loadAugurs().catch((error: Error) => {
      notes.push(`augurs left out: ${error.message}`);
      return undefined;
    });
    const peakMib = process.resourceUsage().maxRSS / 1024;
    return {
      suite: 'speed',
      results: [
        row('cpu-seconds', scored + predicted, {}),
        row('cpu-seconds', scored, { 'windowed-gaussian': gaussian }, 'score'),
        row(
          'cpu-seconds',
          predicted,
          augurs ? { augurs: augursSeconds(augurs) } : {},
          'forecast',
        ),
        row('peak-mib', peakMib, {}),
      ],
      cases: [],
      notes,
    };
  },
};

function augursSeconds(augurs: Baseline): number {
  return peerSeconds(({ values }) => augurs(values, DAY, DAY));
}

function peerSeconds(work: (series: Series) => unknown): number {
  return (secondsOf(PEER_SERIES, work) * SERIES) / PEER_SERIES;
}

/** CPU seconds for the first series, one at a time as a stream would bring them; making them is not counted. */
function secondsOf(count: number, work: (series: Series) => unknown): number {
  let microseconds = 0;
  for (let index = 0; index < count; index++) {
    const series = madeUp(index);
    const before = process.cpuUsage();
    work(series);
    const { user, system } = process.cpuUsage(before);
    microseconds += user + system;
  }
  return microseconds / 1e6;
}

/** Noise around a level, a day and a working week, with a shift, some spikes and gaps in some. */
function madeUp(index: number): Series {
  const random = seededRandom(index + 1);
  const level = 10 ** (4 * random());
  const daily = random();
  const noise = 0.02 + 0.2 * random();
  const shift = random() < 0.2 ? 1 + random() : 1;
  const values = new Float64Array(DAYS * DAY);
  for (let i = 0; i < values.length; i++) {
    const season = 1 + daily * Math.sin((i / DAY) * 2 * Math.PI);
    const weekend = Math.floor(i / DAY) % 7 >= 5 ? 0.7 : 1;
    const moved = i > values.length / 2 ? shift : 1;
    const spike = random() < 0.001 ? 5 : 1;
    const value = season * weekend * moved * spike + noise * (random() - 0.5);
    values[i] = random() < 0.002 ? NaN : Math.max(0, level * value);
  }
  return { start: 0, step: STEP_S, values };
}

function row(
  metric: string,
  value: number,
  baselines: Record<string, number>,
  group?: string,
): BenchResult {
  return {
    set: `${SERIES}-series`,
    ...(group === undefined ? {} : { group }),
    metric,
    value,
    n: SERIES,
    baselines,
  };
}
