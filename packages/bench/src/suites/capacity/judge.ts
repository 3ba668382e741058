import { PlantedCase, WARM_UP_DAYS } from './plantCase';
import { Rule, Said } from './rules';

const HOUR_S = 3600;
const DAY_S = 86_400;
/** What is raised is borne out when the limit is passed within this time of it. */
const BORNE_OUT_S = 14 * DAY_S;
/** The earliest that a raise counts for a case, before the limit is passed. */
const LEAD_S = DAY_S;

/** What came of asking a rule once a day until the limit is passed, or the case ends. */
export interface Judged {
  readonly kind: PlantedCase['kind'];
  readonly seed: number;
  readonly isRisk: boolean;
  /** Raised a day or more ahead and not taken back before the limit was passed. */
  readonly caught: boolean;
  /** From when it was raised for good until the limit was passed, hours. */
  readonly leadHours?: number;
  /** Times it was raised without being borne out; one that stays counts once a week. */
  readonly falseAlarms: number;
  /** Asked on so many days, and raised on so many of them. */
  readonly days: number;
  readonly raisedDays: number;
  /** Intervals given when raised before the limit was passed, and those that held it. */
  readonly intervals: number;
  readonly held: number;
}

/** Asks a rule at the end of each day of a case. */
export function judgeCase(planted: PlantedCase, rule: Rule): Judged {
  const { use, passedAt } = planted;
  const end = use.start + use.step * use.values.length;
  const until = Math.min(passedAt ?? end, end);
  let asked = 0;
  let raisedDays = 0;
  let falseAlarms = 0;
  let falseSince: number | undefined;
  let raisedSince: number | undefined;
  let intervals = 0;
  let held = 0;
  for (let at = use.start + WARM_UP_DAYS * DAY_S; at <= until; at += DAY_S) {
    const known = {
      ...use,
      values: use.values.subarray(0, (at - use.start) / use.step),
    };
    const said = rule(known, planted);
    asked += 1;
    raisedDays += said.raised ? 1 : 0;
    const borneOut = passedAt !== undefined && passedAt - at <= BORNE_OUT_S;
    raisedSince = said.raised ? raisedSince ?? at : undefined;
    if (said.raised && !borneOut) {
      if (falseSince === undefined || at - falseSince >= 7 * DAY_S) {
        falseAlarms += 1;
        falseSince = at;
      }
    } else {
      falseSince = undefined;
    }
    if (said.raised && passedAt !== undefined && said.interval) {
      intervals += 1;
      held += isWithin(said, passedAt - at) ? 1 : 0;
    }
  }
  const lead =
    passedAt !== undefined && raisedSince !== undefined
      ? passedAt - raisedSince
      : undefined;
  return {
    kind: planted.kind,
    seed: planted.seed,
    isRisk: passedAt !== undefined,
    caught: lead !== undefined && lead >= LEAD_S,
    leadHours: lead === undefined ? undefined : lead / HOUR_S,
    falseAlarms,
    days: asked,
    raisedDays,
    intervals,
    held,
  };
}

function isWithin({ interval }: Said, seconds: number): boolean {
  return (
    (interval?.earliest ?? Infinity) <= seconds &&
    seconds <= (interval?.latest ?? Infinity)
  );
}
