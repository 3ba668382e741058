import { Stores } from '../database/createStores';
import { Sources } from '../ingestion/sources';

export type { Schemas } from '@apexlogic/backstage-plugin-finops-common/client';

/** What the answers are made from. */
export interface ReviewContext {
  readonly stores: Stores;
  readonly sources: Sources;
  now(): string;
}
