import { LoggerService } from '@backstage/backend-plugin-api';
import {
  DeliveryController,
  Forge,
} from '@apexlogic/backstage-plugin-finops-node';
import { Stores } from '../database/createStores';
import { FinopsConfig } from '../governance/config';
import { BlobCache } from './BlobCache';
import { PolicyGate } from '../governance/policies';

/** What planning, delivering and approving work with. */
export interface Loop {
  readonly stores: Stores;
  readonly forges: readonly Forge[];
  readonly controllers: readonly DeliveryController[];
  readonly policies: PolicyGate;
  readonly blobs: BlobCache;
  readonly config: FinopsConfig;
  readonly logger: LoggerService;
  /** The present, as ISO instant. */
  now(): string;
}
