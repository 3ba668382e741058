import {
  PolicyEngine,
  StepBudget,
} from '@apexlogic/backstage-plugin-finops-policy';
import { Environment } from '@marcbachmann/cel-js';

/** The CEL library alone, with optional types, as one would take it from the shelf: what our guards are measured against. */
export function bareEngine(): PolicyEngine {
  return {
    compile(expression, { names = [] }) {
      const environment = new Environment({
        enableOptionalTypes: true,
        homogeneousAggregateLiterals: false,
      });
      for (const name of names) {
        environment.registerVariable(name, 'dyn');
      }
      const program = environment.parse(expression);
      const checked = program.check();
      if (!checked.valid) {
        throw checked.error;
      }
      return { evaluate: ({ values }) => program({ ...values }) };
    },
  };
}

/** A budget no test of the suite can spend. */
export function amply(): StepBudget {
  return new StepBudget(1_000_000);
}
