import {
  PolicyEngine,
  StepBudget,
} from '@apexlogic/backstage-plugin-finops-policy';
import { Environment } from '@marcbachmann/cel-js';

/** The CEL library alone, with optional types, as one would take it from the shelf: what our guards are measured against. */
export function bareEngine(): PolicyEngine {
  return {
    compile(expression, { names = [], checked = true }) {
      const environment = new Environment({
        enableOptionalTypes: true,
        homogeneousAggregateLiterals: false,
      });
      for (const name of names) {
        environment.registerVariable(name, 'dyn');
      }
      const program = environment.parse(expression);
      const result = checked ? program.check() : { valid: true };
      if (!result.valid) {
        throw result.error;
      }
      return { evaluate: ({ values }) => program({ ...values }) };
    },
  };
}

/** An engine whose checker is always on, as for every policy, also where a test would turn it off. */
export function alwaysChecked(engine: PolicyEngine): PolicyEngine {
  return {
    compile: (expression, options) =>
      engine.compile(expression, { ...options, checked: true }),
  };
}

/** A budget no test of the suite can spend. */
export function amply(): StepBudget {
  return new StepBudget(1_000_000);
}
