import { z } from 'zod';

export const shaSchema = z.object({ sha: z.string() });
export const refSchema = z.object({ object: shaSchema });
export const gitCommitSchema = z.object({
  sha: z.string(),
  tree: shaSchema,
  parents: z.array(shaSchema),
});

export const treeSchema = z.object({
  tree: z.array(
    z.object({
      path: z.string(),
      mode: z.string(),
      type: z.string(),
      sha: z.string(),
    }),
  ),
});

/** One changed file as GitHub lists it; `patch` is absent for binary files. */
export const changedFileSchema = z.looseObject({
  sha: z.string(),
  filename: z.string(),
  previous_filename: z.string().optional(),
  status: z.string(),
  additions: z.number(),
  deletions: z.number(),
  patch: z.string().optional(),
});
export type ChangedFile = z.infer<typeof changedFileSchema>;

export const comparisonSchema = z.object({
  merge_base_commit: shaSchema,
  ahead_by: z.number(),
  commits: z.array(
    z.looseObject({
      sha: z.string(),
      commit: z.looseObject({
        message: z.string(),
        author: z.looseObject({ name: z.string(), date: z.string() }),
      }),
    }),
  ),
  files: z.array(changedFileSchema),
});
export type Comparison = z.infer<typeof comparisonSchema>;

export const pullSchema = z.looseObject({
  number: z.number(),
  state: z.enum(['open', 'closed']),
  draft: z.boolean(),
  title: z.string(),
  body: z.string().nullish(),
  user: z.looseObject({ login: z.string() }).nullish(),
  created_at: z.string(),
  labels: z.array(z.looseObject({ name: z.string() })),
  head: z.looseObject({ ref: z.string(), sha: z.string(), label: z.string() }),
  base: z.looseObject({ ref: z.string(), sha: z.string() }),
});
export type Pull = z.infer<typeof pullSchema>;

export const reviewSchema = z.looseObject({
  user: z.looseObject({ login: z.string() }).nullish(),
  state: z.string(),
  submitted_at: z.string().nullish(),
});
export type Review = z.infer<typeof reviewSchema>;

export const statusInputSchema = z.object({
  state: z.enum(['error', 'failure', 'pending', 'success']),
  context: z.string().min(1).default('default'),
  description: z.string().max(140).nullish(),
  target_url: z.url({ protocol: /^https?$/ }).nullish(),
});
