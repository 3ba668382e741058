import { z } from 'zod';

/** Missing is zero, `null` is what the server writes for NaN and infinities. */
const amount = z.number().nullish();

const allocationSchema = z.object({
  name: z.string().optional(),
  properties: z
    .object({
      cluster: z.string().nullish(),
      namespace: z.string().nullish(),
      controllerKind: z.string().nullish(),
      controller: z.string().nullish(),
    })
    .nullish(),
  window: z
    .object({ start: z.string().nullable(), end: z.string().nullable() })
    .nullish(),
  end: z.string().nullish(),
  cpuCost: amount,
  cpuCostAdjustment: amount,
  ramCost: amount,
  ramCostAdjustment: amount,
  gpuCost: amount,
  gpuCostAdjustment: amount,
  pvCost: amount,
  pvCostAdjustment: amount,
  networkCost: amount,
  networkCostAdjustment: amount,
  loadBalancerCost: amount,
  loadBalancerCostAdjustment: amount,
  sharedCost: amount,
  externalCost: amount,
  totalCost: amount,
});

/** One allocation as the server wrote it, costs in major units of its currency. */
export type Allocation = z.infer<typeof allocationSchema>;

const answerSchema = z.object({
  code: z.number(),
  message: z.string().nullish(),
  status: z.string().nullish(),
  data: z
    .array(z.record(z.string(), allocationSchema.nullable()).nullable())
    .nullish(),
});

const errorSchema = z.object({
  code: z.number(),
  message: z.string().nullish(),
});

export type AllocationAnswer =
  | {
      readonly kind: 'sets';
      readonly sets: readonly ReadonlyMap<string, Allocation>[];
    }
  /** A failure, whatever the HTTP status says: errors also come inside a 200. */
  | { readonly kind: 'error'; readonly code: number; readonly message: string }
  | { readonly kind: 'malformed'; readonly problem: string };

/** Reads the text of an allocation answer. Never throws. */
export function parseAllocationAnswer(text: string): AllocationAnswer {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return { kind: 'malformed', problem: 'the answer is not JSON' };
  }
  const failure = errorSchema.safeParse(body);
  if (failure.success && failure.data.code !== 200) {
    return {
      kind: 'error',
      code: failure.data.code,
      message: failure.data.message ?? 'no message',
    };
  }
  const answer = answerSchema.safeParse(body);
  if (!answer.success) {
    return { kind: 'malformed', problem: z.prettifyError(answer.error) };
  }
  return {
    kind: 'sets',
    sets: (answer.data.data ?? []).map(
      set =>
        new Map(
          Object.entries(set ?? {}).flatMap(([key, value]) =>
            value === null ? [] : [[key, value] as const],
          ),
        ),
    ),
  };
}
