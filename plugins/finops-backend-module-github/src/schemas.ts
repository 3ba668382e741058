import { z } from 'zod';

/** Only the fields that are read: GitHub may add, and its doubles may lack, others. */
const personSchema = z.object({ email: z.string() }).nullish();

export const commitSchema = z.object({
  sha: z.string(),
  message: z.string(),
  tree: z.object({ sha: z.string() }),
  parents: z.array(z.object({ sha: z.string() })),
});
export type Commit = z.infer<typeof commitSchema>;

export const treeSchema = z.object({
  truncated: z.boolean(),
  tree: z.array(
    z.object({
      path: z.string(),
      mode: z.string(),
      type: z.string(),
      sha: z.string(),
      size: z.number().optional(),
    }),
  ),
});
export type Tree = z.infer<typeof treeSchema>;

const comparedCommitSchema = z.object({
  sha: z.string(),
  commit: z.object({
    message: z.string(),
    tree: z.object({ sha: z.string() }),
    author: personSchema,
    committer: personSchema,
  }),
  parents: z.array(z.object({ sha: z.string() })),
});
export type ComparedCommit = z.infer<typeof comparedCommitSchema>;

export const comparisonSchema = z.object({
  status: z.enum(['ahead', 'behind', 'diverged', 'identical']),
  /** May exceed the number of commits listed. */
  total_commits: z.number(),
  commits: z.array(comparedCommitSchema),
  files: z
    .array(
      z.object({
        filename: z.string(),
        previous_filename: z.string().optional(),
        status: z.string(),
        sha: z.string().nullable(),
      }),
    )
    .default([]),
});
export type Comparison = z.infer<typeof comparisonSchema>;

export const pullSchema = z.object({
  number: z.number(),
  html_url: z.string(),
  state: z.enum(['open', 'closed']),
  draft: z.boolean().default(false),
  merged_at: z.string().nullish(),
  merge_commit_sha: z.string().nullish(),
  title: z.string(),
  body: z.string().nullish(),
  labels: z.array(z.object({ name: z.string() })).default([]),
  head: z.object({ ref: z.string(), sha: z.string() }),
});
export type Pull = z.infer<typeof pullSchema>;

export const reviewedPullSchema = pullSchema.extend({
  user: z.object({ login: z.string(), type: z.string().optional() }).nullish(),
  base: z.object({ ref: z.string() }),
  head: z.object({
    ref: z.string(),
    sha: z.string(),
    /** Nothing once the fork was deleted. */
    repo: z.object({ full_name: z.string() }).nullish(),
  }),
});
export type ReviewedPull = z.infer<typeof reviewedPullSchema>;

export const mergeBaseSchema = z.object({
  merge_base_commit: z.object({ sha: z.string() }),
});

export const issueCommentSchema = z.object({
  id: z.number(),
  html_url: z.string(),
  body: z.string().nullish(),
});
export type IssueComment = z.infer<typeof issueCommentSchema>;

export const workflowRunsSchema = z.object({
  workflow_runs: z.array(
    z.object({
      id: z.number(),
      html_url: z.string(),
      head_sha: z.string(),
      created_at: z.string(),
      status: z.string().nullable(),
      conclusion: z.string().nullable(),
    }),
  ),
});
