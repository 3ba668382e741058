import {
  ChangePlan,
  Environment,
  formatMoney,
  Level,
  Money,
  Quantity,
  QuantityError,
} from '@apexlogic/backstage-plugin-finops-common';

/** From which monthly amount on a change weighs more, in one currency. */
export interface MoneyWeight {
  readonly medium: Money;
  readonly high: Money;
}

/** What is known of a change before anybody looks at it. */
export interface ImpactFacts {
  readonly environment: Environment;
  /** Kubernetes kind of the workload. */
  readonly kind: string;
  /** Replicas that run when nothing scales them; absent where not known. */
  readonly replicasAfter?: number;
  /** Largest share of a request, limit or number of replicas that is taken away, 0..1. */
  readonly shareRemoved: number;
  readonly monthlySaving: Money;
  /** Objects that are deployed differently. */
  readonly deployments: number;
  /** As the entity declares it; absent where it does not. */
  readonly dataClass?: string;
  /** 0..1 */
  readonly confidence: number;
  /** No change of this kind was ever merged for this workload. */
  readonly firstOfItsKind: boolean;
}

/** One fact that weighs. */
export interface ImpactReason {
  readonly fact:
    | 'environment'
    | 'replicas'
    | 'share-removed'
    | 'money'
    | 'stateful'
    | 'deployments'
    | 'data-class'
    | 'confidence'
    | 'novelty';
  readonly level: 'medium' | 'high';
  /** In words, with the figure. */
  readonly text: string;
}

/** How much a change may do if it is wrong: the gravest of its reasons, low without any. */
export interface Impact {
  readonly level: Level;
  /** The gravest first. */
  readonly reasons: readonly ImpactReason[];
}

/** Kinds that keep data or identity of their own. */
const STATEFUL_KINDS = ['StatefulSet'];

/** Classes that ask for no care of their own. */
const OPEN_DATA_CLASSES = ['public', 'internal'];

const MUCH_REMOVED = 0.5;
const SOME_REMOVED = 0.2;
const SURE = 0.85;
const UNSURE = 0.7;
const MANY_DEPLOYMENTS = 5;

/** Weighs the facts of a change. Pure; the same facts have the same impact. */
export function impactOf(
  facts: ImpactFacts,
  weights: readonly MoneyWeight[],
): Impact {
  const reasons = [
    ofEnvironment(facts),
    ofReplicas(facts),
    ofShare(facts),
    ofMoney(facts, weights),
    ofState(facts),
    ofDeployments(facts),
    ofDataClass(facts),
    ofConfidence(facts),
    ofNovelty(facts),
  ]
    .filter(reason => reason !== undefined)
    .sort((a, b) => Number(b.level === 'high') - Number(a.level === 'high'));
  return { level: reasons[0]?.level ?? 'low', reasons };
}

/** Largest share of any number or quantity of the specification that a plan takes away, 0..1. */
export function shareRemoved({ changes }: Pick<ChangePlan, 'changes'>): number {
  return changes
    .filter(({ pointer }) => !/\/(annotations|labels)\//.test(pointer))
    .map(({ before, after }) => {
      const [was, is] = [amountOf(before), amountOf(after)];
      return was !== undefined && is !== undefined && was > 0
        ? (was - is) / was
        : 0;
    })
    .reduce((most, share) => Math.max(most, share), 0);
}

/** Objects that a plan deploys differently. */
export function deploymentsOf({
  objects,
  changes,
}: Pick<ChangePlan, 'objects' | 'changes'>): number {
  const touched = objects ?? changes;
  return new Set(
    touched.map(({ object: { apiVersion, kind, namespace, name } }) =>
      JSON.stringify([apiVersion, kind, namespace, name]),
    ),
  ).size;
}

function amountOf(value: string | number | boolean | undefined) {
  if (typeof value === 'boolean' || value === undefined) {
    return undefined;
  }
  try {
    return Quantity.parse(String(value)).asApproximateFloat();
  } catch (error) {
    if (error instanceof QuantityError) {
      return undefined;
    }
    throw error;
  }
}

function ofEnvironment({ environment }: ImpactFacts): ImpactReason | undefined {
  return environment === 'production' || environment === 'unknown'
    ? {
        fact: 'environment',
        level: 'medium',
        text:
          environment === 'production'
            ? 'It runs in production.'
            : 'Its environment is not known.',
      }
    : undefined;
}

function ofReplicas({
  environment,
  replicasAfter,
}: ImpactFacts): ImpactReason | undefined {
  return replicasAfter !== undefined && replicasAfter <= 1
    ? {
        fact: 'replicas',
        level: environment === 'production' ? 'high' : 'medium',
        text:
          replicasAfter === 1
            ? 'One replica serves it afterwards.'
            : 'No replica serves it afterwards.',
      }
    : undefined;
}

function ofShare({ shareRemoved: share }: ImpactFacts) {
  return share > SOME_REMOVED
    ? ({
        fact: 'share-removed',
        level: share > MUCH_REMOVED ? 'high' : 'medium',
        text: `It takes away ${percent(share)} of what is asked for now.`,
      } as const)
    : undefined;
}

function ofMoney(
  { monthlySaving }: ImpactFacts,
  weights: readonly MoneyWeight[],
): ImpactReason | undefined {
  const amount = Math.abs(monthlySaving.amountMicros);
  const weight = weights.find(
    ({ medium }) => medium.currency === monthlySaving.currency,
  );
  return weight && amount >= weight.medium.amountMicros
    ? {
        fact: 'money',
        level: amount >= weight.high.amountMicros ? 'high' : 'medium',
        text: `It moves ${formatMoney({
          ...monthlySaving,
          amountMicros: amount,
        })} a month.`,
      }
    : undefined;
}

function ofState({ kind, environment }: ImpactFacts): ImpactReason | undefined {
  return STATEFUL_KINDS.includes(kind)
    ? {
        fact: 'stateful',
        level: environment === 'production' ? 'high' : 'medium',
        text: `A ${kind} keeps state.`,
      }
    : undefined;
}

function ofDeployments({ deployments }: ImpactFacts): ImpactReason | undefined {
  return deployments > 1
    ? {
        fact: 'deployments',
        level: deployments > MANY_DEPLOYMENTS ? 'high' : 'medium',
        text: `${deployments} objects are deployed differently.`,
      }
    : undefined;
}

function ofDataClass({ dataClass }: ImpactFacts): ImpactReason | undefined {
  return dataClass !== undefined && !OPEN_DATA_CLASSES.includes(dataClass)
    ? {
        fact: 'data-class',
        level: 'high',
        text: `It handles data of class ${dataClass}.`,
      }
    : undefined;
}

function ofConfidence({ confidence }: ImpactFacts): ImpactReason | undefined {
  return confidence < SURE
    ? {
        fact: 'confidence',
        level: confidence < UNSURE ? 'high' : 'medium',
        text: `The advice is ${percent(confidence)} sure.`,
      }
    : undefined;
}

function ofNovelty({ firstOfItsKind }: ImpactFacts): ImpactReason | undefined {
  return firstOfItsKind
    ? {
        fact: 'novelty',
        level: 'medium',
        text: 'It is the first change of its kind on this workload.',
      }
    : undefined;
}

function percent(share: number): string {
  return `${Math.round(share * 100)} %`;
}
