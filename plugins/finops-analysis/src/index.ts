/**
 * The models of the FinOps plugins: pure functions over typed arrays, without I/O or Backstage.
 *
 * @packageDocumentation
 */
export { budgetOverrun } from './budgetOverrun';
export type { BudgetOutlook, BudgetQuestion } from './budgetOverrun';
export { CAPACITY_MODEL } from './capacity/capacityParameters';
export { isCapacityRisk, timeToSaturation } from './capacity/timeToSaturation';
export type { Saturation, SaturationOptions } from './capacity/types';
export { COST_OPTIMIZER } from './costOptimizer';
export * from './cutSeries';
export * from './detectAnomalies';
export * from './reportAnomalies';
export { expectedBand } from './expectedBand';
export * from './forecast';
export * from './groupAnomalies';
export * from './learning/arms';
export { armProbability, chooseArm } from './learning/chooseArm';
export * from './learning/evaluateOffPolicy';
export * from './learning/learner';
export { LEARNER_BUDGET } from './learning/learnerParameters';
export * from './learning/types';
export * from './logs/createTemplateMiner';
export * from './logs/logFindings';
export * from './logs/mineTemplates';
export * from './logs/redactLine';
export * from './logs/templateCounts';
export * from './planAutoscaler';
export * from './planReplicas';
export * from './reconcileForecasts';
export * from './rightsize';
export type {
  AvailabilityNeeds,
  DisruptionBudget,
} from './scaling/availabilityFloor';
export { createReplicaScaler } from './scaling/createReplicaScaler';
export type {
  ReplicaScaler,
  ReplicaScalerOptions,
  ScalingDecision,
} from './scaling/createReplicaScaler';
export {
  emptyLearnedScaling,
  LEARNED_SCALING_MODEL,
  learnScaling,
  parseLearnedScaling,
  scalingState,
} from './scaling/learnedScaling';
export type { LearnedScaling, ScalingFeedback } from './scaling/learnedScaling';
export * from './scaling/mayDeployScaling';
export type { PeakOutlook } from './scaling/peakOutlook';
export { SCALING_MODEL } from './scaling/scalingParameters';
export * from './scaling/simulateScaling';
export * from './scaling/trainScaling';
export * from './scoreAnomalies';
export { findPeriod } from './season';
export {
  SEASONAL_DETECTOR,
  SEASONAL_DETECTOR_THRESHOLD,
  SEASONAL_DETECTOR_URGENT_THRESHOLD,
} from './seasonalModel';
export { isIdle } from './schedule/isIdle';
export { learnSchedule } from './schedule/learnSchedule';
export {
  SCHEDULE_MODEL,
  SCHEDULE_PARAMETERS,
} from './schedule/scheduleParameters';
export type {
  CpuUsage,
  IdleJudgement,
  IdleOptions,
  IdleVerdict,
  ScheduleOptions,
  SwitchOffMoney,
  WeeklySchedule,
} from './schedule/types';
export * from './sketch';
export * from './toHourly';
export * from './toSeries';
export * from './types';
