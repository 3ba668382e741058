import { createExtensionPoint } from '@backstage/backend-plugin-api';
import { ChangeRequestEventSource } from './changeRequests';
import { DeliveryController } from './controllers';
import { Forge } from './forge';
import {
  AlertSource,
  ChangeSource,
  CostSource,
  LogSource,
  MetricSource,
  StateSource,
} from './sources';

/**
 * Where modules register sources. Two of one kind with one id throw at start-up.
 *
 * @public
 */
export interface FinopsSourcesExtensionPoint {
  addMetricSource(source: MetricSource): void;
  addCostSource(source: CostSource): void;
  addChangeSource(source: ChangeSource): void;
  addStateSource(source: StateSource): void;
  addLogSource(source: LogSource): void;
  addAlertSource(source: AlertSource): void;
}

/** @public */
export const finopsSourcesExtensionPoint =
  createExtensionPoint<FinopsSourcesExtensionPoint>({
    id: 'finops.sources',
  });

/** @public */
export interface FinopsForgesExtensionPoint {
  addForge(forge: Forge): void;
}

/** @public */
export const finopsForgesExtensionPoint =
  createExtensionPoint<FinopsForgesExtensionPoint>({
    id: 'finops.forges',
  });

/** @public */
export interface FinopsControllersExtensionPoint {
  addController(controller: DeliveryController): void;
}

/** @public */
export const finopsControllersExtensionPoint =
  createExtensionPoint<FinopsControllersExtensionPoint>({
    id: 'finops.controllers',
  });

/** @public */
export interface FinopsChangeRequestEventsExtensionPoint {
  addChangeRequestEvents(source: ChangeRequestEventSource): void;
}

/** @public */
export const finopsChangeRequestEventsExtensionPoint =
  createExtensionPoint<FinopsChangeRequestEventsExtensionPoint>({
    id: 'finops.change-request-events',
  });
