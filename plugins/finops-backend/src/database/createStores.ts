import { Knex } from 'knex';
import { AuditStore } from './AuditStore';
import { CheckStore } from './CheckStore';
import { CostStore } from './CostStore';
import { DeliveryStore } from './DeliveryStore';
import { EntityStore } from './EntityStore';
import { EventStore } from './EventStore';
import { FindingStore } from './FindingStore';
import { LearningStore } from './LearningStore';
import { LogTemplateStore } from './LogTemplateStore';
import { PauseStore } from './PauseStore';
import { PlanStore } from './PlanStore';
import { RecommendationStore } from './RecommendationStore';
import { SourceStatusStore } from './SourceStatusStore';
import { UsageStore } from './UsageStore';
import { WatermarkStore } from './WatermarkStore';

/** Everything the loop remembers. */
export interface Stores {
  readonly knex: Knex;
  readonly audit: AuditStore;
  readonly checks: CheckStore;
  readonly costs: CostStore;
  readonly deliveries: DeliveryStore;
  readonly entities: EntityStore;
  readonly events: EventStore;
  readonly findings: FindingStore;
  readonly learning: LearningStore;
  readonly logTemplates: LogTemplateStore;
  readonly pauses: PauseStore;
  readonly plans: PlanStore;
  readonly recommendations: RecommendationStore;
  readonly sourceStatuses: SourceStatusStore;
  readonly usage: UsageStore;
  readonly watermarks: WatermarkStore;
}

/** Makes the stores on a migrated database. */
export function createStores(knex: Knex): Stores {
  return {
    knex,
    audit: new AuditStore(knex),
    checks: new CheckStore(knex),
    costs: new CostStore(knex),
    deliveries: new DeliveryStore(knex),
    entities: new EntityStore(knex),
    events: new EventStore(knex),
    findings: new FindingStore(knex),
    learning: new LearningStore(knex),
    logTemplates: new LogTemplateStore(knex),
    pauses: new PauseStore(knex),
    plans: new PlanStore(knex),
    recommendations: new RecommendationStore(knex),
    sourceStatuses: new SourceStatusStore(knex),
    usage: new UsageStore(knex),
    watermarks: new WatermarkStore(knex),
  };
}
