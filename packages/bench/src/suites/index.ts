import { Suite } from '../types';
import { rightsizingSuite } from './rightsizing';

/** All suites, by the name used on the command line. */
export const suites: readonly Suite[] = [rightsizingSuite];
