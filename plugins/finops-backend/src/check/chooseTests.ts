import { minimatch } from 'minimatch';
import { Level } from '@apexlogic/backstage-plugin-finops-common';
import { CheckReport } from '../database/CheckStore';
import { TestRule } from './config';
import { isBelow } from './isChecked';

const LEVELS: readonly Level[] = ['low', 'medium', 'high'];

/** A workflow that a change calls for. */
export type ChosenTest = Pick<TestRule, 'workflow' | 'inputs' | 'required'>;

/**
 * Tests that a change calls for, by its files and its risk. A workflow runs once: the first rule that names
 * it gives its inputs, and it is required where one of them says so.
 */
export function chooseTests(
  rules: readonly TestRule[],
  repositoryUrl: string,
  { changedPaths, risk }: Pick<CheckReport, 'changedPaths' | 'risk'>,
): ChosenTest[] {
  const chosen = new Map<string, ChosenTest>();
  for (const rule of rules) {
    const { workflow, inputs, required } = rule;
    const applies =
      (rule.repository === undefined ||
        isBelow(repositoryUrl, rule.repository)) &&
      LEVELS.indexOf(risk.level) >= LEVELS.indexOf(rule.risk) &&
      rule.files.some(glob =>
        changedPaths.some(path => minimatch(path, glob, { dot: true })),
      );
    if (applies) {
      const earlier = chosen.get(workflow);
      chosen.set(workflow, {
        workflow,
        inputs: earlier?.inputs ?? inputs,
        required: required || earlier?.required === true,
      });
    }
  }
  return [...chosen.values()];
}
