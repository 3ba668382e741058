import { Knex } from 'knex';
import { ApprovalStore } from './ApprovalStore';
import { AuditStore } from './AuditStore';
import { BreakerStore } from './BreakerStore';
import { CheckStore } from './CheckStore';
import { CostStore } from './CostStore';
import { DeliveryStore } from './DeliveryStore';
import { EntityStore } from './EntityStore';
import { EscalationStore } from './EscalationStore';
import { EventStore } from './EventStore';
import { FindingStore } from './FindingStore';
import { FreezeStore } from './FreezeStore';
import { LearningStore } from './LearningStore';
import { LogTemplateStore } from './LogTemplateStore';
import { PauseStore } from './PauseStore';
import { PlanStore } from './PlanStore';
import { RecommendationStore } from './RecommendationStore';
import { RecordingStore } from './RecordingStore';
import { RevertStore } from './RevertStore';
import { SourceStatusStore } from './SourceStatusStore';
import { UsageStore } from './UsageStore';
import { WatermarkStore } from './WatermarkStore';
import { WaveStore } from './WaveStore';

/** Everything the loop remembers. */
export interface Stores {
  readonly knex: Knex;
  readonly approvals: ApprovalStore;
  readonly audit: AuditStore;
  readonly breakers: BreakerStore;
  readonly checks: CheckStore;
  readonly costs: CostStore;
  readonly deliveries: DeliveryStore;
  readonly entities: EntityStore;
  readonly escalations: EscalationStore;
  readonly events: EventStore;
  readonly findings: FindingStore;
  readonly freezes: FreezeStore;
  readonly learning: LearningStore;
  readonly logTemplates: LogTemplateStore;
  readonly pauses: PauseStore;
  readonly plans: PlanStore;
  readonly recommendations: RecommendationStore;
  readonly recordings: RecordingStore;
  readonly reverts: RevertStore;
  readonly sourceStatuses: SourceStatusStore;
  readonly usage: UsageStore;
  readonly watermarks: WatermarkStore;
  readonly waves: WaveStore;
}

/** Makes the stores on a migrated database. */
export function createStores(knex: Knex): Stores {
  return {
    knex,
    approvals: new ApprovalStore(knex),
    audit: new AuditStore(knex),
    breakers: new BreakerStore(knex),
    checks: new CheckStore(knex),
    costs: new CostStore(knex),
    deliveries: new DeliveryStore(knex),
    entities: new EntityStore(knex),
    escalations: new EscalationStore(knex),
    events: new EventStore(knex),
    findings: new FindingStore(knex),
    freezes: new FreezeStore(knex),
    learning: new LearningStore(knex),
    logTemplates: new LogTemplateStore(knex),
    pauses: new PauseStore(knex),
    plans: new PlanStore(knex),
    recommendations: new RecommendationStore(knex),
    recordings: new RecordingStore(knex),
    reverts: new RevertStore(knex),
    sourceStatuses: new SourceStatusStore(knex),
    usage: new UsageStore(knex),
    watermarks: new WatermarkStore(knex),
    waves: new WaveStore(knex),
  };
}
