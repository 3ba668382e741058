import { Service } from './types';

/** Prices of one billing account in major units of its currency. */
export interface PriceList {
  readonly account: string;
  readonly currency: string;
  readonly cpuPerCoreHour: number;
  readonly memoryPerGibHour: number;
  readonly gpuPerHour: number;
  readonly storagePerGibHour: number;
  readonly egressPerGib: number;
  readonly loadBalancerPerHour: number;
  /** What a cluster costs this account a day before it runs anything. */
  readonly clusterPerDay: number;
}

/** OpenCost's default price list. */
const DOLLARS: PriceList = {
  account: 'fernhill-main',
  currency: 'USD',
  cpuPerCoreHour: 0.031611,
  memoryPerGibHour: 0.004237,
  gpuPerHour: 0.95,
  storagePerGibHour: 0.00005479452,
  egressPerGib: 0.12,
  loadBalancerPerHour: 0.025,
  clusterPerDay: 3.6,
};

/** The payments team's account is contracted in euros at prices of its own. */
const EUROS: PriceList = {
  account: 'fernhill-payments-eu',
  currency: 'EUR',
  cpuPerCoreHour: 0.0291,
  memoryPerGibHour: 0.0039,
  gpuPerHour: 0.874,
  storagePerGibHour: 0.0000504,
  egressPerGib: 0.11,
  loadBalancerPerHour: 0.023,
  clusterPerDay: 1.2,
};

const EURO_NAMESPACES: readonly string[] = ['payments', 'payments-staging'];

export function priceListOf(service: Pick<Service, 'namespace'>): PriceList {
  return EURO_NAMESPACES.includes(service.namespace) ? EUROS : DOLLARS;
}
