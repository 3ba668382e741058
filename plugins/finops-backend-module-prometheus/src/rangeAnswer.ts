import { z } from 'zod';

const answerSchema = z.object({
  status: z.literal('success'),
  data: z.object({
    resultType: z.literal('matrix'),
    result: z.array(
      z.object({
        metric: z.record(z.string(), z.string()),
        // Hundreds of thousands of pairs: checked in the one loop that reads them.
        values: z.custom<readonly unknown[]>(Array.isArray).optional(),
      }),
    ),
  }),
  warnings: z.array(z.string()).nullish(),
});

const errorSchema = z.object({
  status: z.literal('error'),
  errorType: z.string().optional(),
  error: z.string(),
});

/** One series of a range answer. */
export interface RangeSeries {
  readonly labels: Readonly<Record<string, string>>;
  /** `[epoch seconds, value as text]` pairs, not yet checked. */
  readonly values: readonly unknown[];
}

export type RangeAnswer =
  | {
      readonly kind: 'matrix';
      readonly series: readonly RangeSeries[];
      readonly warnings: readonly string[];
    }
  | {
      readonly kind: 'error';
      readonly errorType: string;
      readonly message: string;
    }
  | { readonly kind: 'malformed'; readonly problem: string };

/** Reads the text of a `query_range` answer. Never throws. */
export function parseRangeAnswer(text: string): RangeAnswer {
  let body: unknown;
  try {
    body = JSON.parse(text);
  } catch {
    return { kind: 'malformed', problem: 'the answer is not JSON' };
  }
  const error = errorSchema.safeParse(body);
  if (error.success) {
    return {
      kind: 'error',
      errorType: error.data.errorType ?? 'unknown',
      message: error.data.error,
    };
  }
  const answer = answerSchema.safeParse(body);
  if (!answer.success) {
    return { kind: 'malformed', problem: z.prettifyError(answer.error) };
  }
  return {
    kind: 'matrix',
    series: answer.data.data.result.map(({ metric, values }) => ({
      labels: metric,
      values: values ?? [],
    })),
    warnings: answer.data.warnings ?? [],
  };
}
