import { Suite } from '../types';
import { anomalySuite } from './anomaly';
import { capacitySuite } from './capacity';
import { forecastSuite } from './forecast';
import { logsSuite } from './logs';
import { manifestsSuite } from './manifests';
import { pipelineSuite } from './pipeline';
import { policySuite } from './policy';
import { rightsizingSuite } from './rightsizing';
import { scalingSuite } from './scaling';
import { scheduleSuite } from './schedule';
import { speedSuite } from './speed';

/** All suites, by the name used on the command line. */
export const suites: readonly Suite[] = [
  anomalySuite,
  capacitySuite,
  forecastSuite,
  logsSuite,
  manifestsSuite,
  pipelineSuite,
  policySuite,
  rightsizingSuite,
  scalingSuite,
  scheduleSuite,
  speedSuite,
];
