import { StoryTemplate } from '../types';
import { asDescribed } from './asDescribed';
import { driftedReplicas } from './driftedReplicas';
import { egressPrice } from './egressPrice';
import { idleReports } from './idleReports';
import { injectedText } from './injectedText';
import { lowTraffic } from './lowTraffic';
import { memoryLeak } from './memoryLeak';
import { missingDay } from './missingDay';
import { nightBatch } from './nightBatch';
import { nightIntrusion } from './nightIntrusion';
import { searchIndex } from './searchIndex';

/** Everything planted in the estate. A new story is a new file and a line here. */
export const STORIES: readonly StoryTemplate[] = [
  lowTraffic,
  searchIndex,
  memoryLeak,
  nightBatch,
  idleReports,
  nightIntrusion,
  egressPrice,
  missingDay,
  driftedReplicas,
  injectedText,
  ...asDescribed,
];
