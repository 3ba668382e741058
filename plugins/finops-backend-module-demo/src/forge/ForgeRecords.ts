/** A commit status as GitHub lists it. */
export interface StatusRecord {
  readonly id: number;
  readonly context: string;
  readonly state: 'error' | 'failure' | 'pending' | 'success';
  readonly description: string | null;
  readonly target_url: string | null;
  readonly creator: string;
  readonly created_at: string;
}

export interface MergeRecord {
  readonly sha: string;
  readonly by: string;
  readonly at: string;
}

/** What the double has no place for: commit statuses, merges, and where a closed pull request's branch stood. */
export class ForgeRecords {
  readonly #statuses = new Map<string, StatusRecord[]>();
  readonly #merges = new Map<number, MergeRecord>();
  readonly #closedHeads = new Map<number, string>();
  #queue: Promise<unknown> = Promise.resolve();
  #lastStatusId = 0;

  addStatus(
    sha: string,
    status: Omit<StatusRecord, 'id' | 'created_at'>,
  ): StatusRecord {
    const record = {
      ...status,
      id: ++this.#lastStatusId,
      created_at: new Date().toISOString(),
    };
    this.#statuses.set(sha, [record, ...(this.#statuses.get(sha) ?? [])]);
    return record;
  }

  /** Newest first. */
  statuses(sha: string): readonly StatusRecord[] {
    return this.#statuses.get(sha) ?? [];
  }

  /** The newest of each context. */
  currentStatuses(sha: string): readonly StatusRecord[] {
    const seen = new Set<string>();
    return this.statuses(sha).filter(
      status => !seen.has(status.context) && seen.add(status.context),
    );
  }

  setMerge(number: number, merge: MergeRecord): void {
    this.#merges.set(number, merge);
  }

  merge(number: number): MergeRecord | undefined {
    return this.#merges.get(number);
  }

  setClosedHead(number: number, sha: string | undefined): void {
    if (sha === undefined) {
      this.#closedHeads.delete(number);
    } else {
      this.#closedHeads.set(number, sha);
    }
  }

  closedHead(number: number): string | undefined {
    return this.#closedHeads.get(number);
  }

  /** Runs `work` after everything queued before: check and write of a pull request must not interleave. */
  async exclusively<T>(work: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(work);
    this.#queue = result.catch(() => {});
    return result;
  }
}
