import {
  AlertSource,
  ChangeSource,
  CostSource,
  LogSource,
  MetricSource,
  StateSource,
} from '@apexlogic/backstage-plugin-finops-node';
import { createAlertSource } from './alertSource';
import { createBilling } from './billing';
import { createChangeSource } from './changeSource';
import { createCostSource } from './costSource';
import { createEstate, DemoEstateOptions } from './estate';
import { createLogSource } from './logSource';
import { createMetricSource } from './metricSource';
import { createStateSource } from './stateSource';
import { createTruth, DemoTruth } from './truth';

/** The recorded organisation: one source of every kind, all with the id `demo`, and what is true of it. */
export interface DemoEstate {
  readonly metricSource: MetricSource;
  readonly costSource: CostSource;
  readonly changeSource: ChangeSource;
  readonly stateSource: StateSource;
  readonly logSource: LogSource;
  readonly alertSource: AlertSource;
  readonly truth: DemoTruth;
}

/**
 * Makes the recording of Fernhill Outfitters. Nothing is generated until it is read, and any window
 * can be read at any time; the same options give the same points. Throws a RangeError for options
 * that make no recording.
 *
 * @example
 * ```ts
 * const { costSource } = createDemoEstate({ seed: 7, now: new Date() });
 * ```
 */
export function createDemoEstate(options: DemoEstateOptions): DemoEstate {
  const estate = createEstate(options);
  const billing = createBilling(estate);
  return {
    metricSource: createMetricSource(estate),
    costSource: createCostSource(estate, billing),
    changeSource: createChangeSource(estate),
    stateSource: createStateSource(estate),
    logSource: createLogSource(estate),
    alertSource: createAlertSource(estate),
    truth: createTruth(estate, billing),
  };
}
