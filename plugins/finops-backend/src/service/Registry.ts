import {
  AlertSource,
  ChangeSource,
  CostSource,
  FinopsSourcesExtensionPoint,
  LogSource,
  MetricSource,
  StateSource,
} from '@apexlogic/backstage-plugin-finops-node';
import { Sources } from '../ingestion/sources';

/** Things registered by modules under unique ids; a second one under an id is a mistake in the set-up. */
export class Registry<T extends { readonly id: string }> {
  readonly #noun: string;
  readonly #items = new Map<string, T>();

  constructor(noun: string) {
    this.#noun = noun;
  }

  add(item: T): void {
    if (this.#items.has(item.id)) {
      throw new Error(
        `Two modules register a ${this.#noun} with the id '${
          item.id
        }'; ids must be unique`,
      );
    }
    this.#items.set(item.id, item);
  }

  list(): T[] {
    return [...this.#items.values()];
  }
}

/** Registries of all kinds of sources behind one extension point. */
export function createSourceRegistries(): {
  extensionPoint: FinopsSourcesExtensionPoint;
  list(): Sources;
} {
  const metric = new Registry<MetricSource>('metric source');
  const cost = new Registry<CostSource>('cost source');
  const change = new Registry<ChangeSource>('change source');
  const state = new Registry<StateSource>('state source');
  const log = new Registry<LogSource>('log source');
  const alert = new Registry<AlertSource>('alert source');
  return {
    extensionPoint: {
      addMetricSource: source => metric.add(source),
      addCostSource: source => cost.add(source),
      addChangeSource: source => change.add(source),
      addStateSource: source => state.add(source),
      addLogSource: source => log.add(source),
      addAlertSource: source => alert.add(source),
    },
    list: () => ({
      metric: metric.list(),
      cost: cost.list(),
      change: change.list(),
      state: state.list(),
      log: log.list(),
      alert: alert.list(),
    }),
  };
}
