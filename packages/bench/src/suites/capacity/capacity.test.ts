import { judgeCase } from './judge';
import { HARMLESS_KINDS, plantCase, RISK_KINDS } from './plantCase';
import { Rule, threshold90 } from './rules';

const never: Rule = () => ({ raised: false });
const always: Rule = () => ({ raised: true });

describe('capacity suite', () => {
  it('plants the same case for the same seed, and what it says it plants', () => {
    for (const kind of [...RISK_KINDS, ...HARMLESS_KINDS]) {
      const planted = plantCase(kind, 5);
      expect(plantCase(kind, 5)).toEqual(planted);
      expect(plantCase(kind, 6).use.values).not.toEqual(planted.use.values);
      expect(planted.passedAt !== undefined).toBe(
        (RISK_KINDS as readonly string[]).includes(kind),
      );
    }
  });

  it('catches nothing by silence, and pays for every week of crying wolf', () => {
    const risk = plantCase('volume', 1);
    const harmless = plantCase('steady', 1);
    expect(judgeCase(risk, never)).toMatchObject({
      caught: false,
      falseAlarms: 0,
    });
    expect(judgeCase(risk, always).caught).toBe(true);
    const { falseAlarms, days } = judgeCase(harmless, always);
    expect(falseAlarms).toBe(Math.ceil(days / 7));
  });

  it('does not count what is raised too late, or taken back', () => {
    const risk = plantCase('memory-leak', 2);
    const known =
      (seconds: number): Rule =>
      ({ start, step, values }) => ({
        raised: start + step * values.length >= risk.passedAt! - seconds,
      });
    expect(judgeCase(risk, known(20 * 3600)).caught).toBe(false);
    expect(judgeCase(risk, known(60 * 3600)).caught).toBe(true);
    const blinking: Rule = ({ start, step, values }) => {
      const left = risk.passedAt! - (start + step * values.length);
      return { raised: left > 3 * 86_400 };
    };
    expect(judgeCase(risk, blinking).caught).toBe(false);
    expect(judgeCase(plantCase('steady', 3), threshold90).falseAlarms).toBe(0);
  });
});
