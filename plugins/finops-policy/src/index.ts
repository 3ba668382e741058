/**
 * The policy gate: policies of Kubernetes and Kyverno evaluated with CEL over a change plan, fail closed.
 * No network, no Backstage.
 *
 * @packageDocumentation
 */
export { CelJsEngine } from './celEngine';
export {
  PolicyCompileError,
  PolicyEvaluationError,
  StepBudget,
  type Activation,
  type CompiledExpression,
  type CompileOptions,
  type ExpectedResult,
  type PolicyEngine,
} from './engine';
export { packFiles, POLICY_PACKS, type PolicyPack } from './packFiles';
export { runPolicyCommand } from './policyCommand';
export { loadPolicies, type LoadPoliciesOptions } from './loadPolicies';
export {
  PolicyEvaluator,
  type PolicyEvaluatorOptions,
} from './policyEvaluator';
export { runPolicyTests, type PolicyTestResult } from './runPolicyTests';
export * from './types';
