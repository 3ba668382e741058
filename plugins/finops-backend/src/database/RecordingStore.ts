import { Knex } from 'knex';

/** What of the inputs is not there, or does not apply. */
export interface RecordingNotes {
  /** Metrics and days that were left out to stay small enough; without them the advice was the same. */
  readonly leftOut: readonly string[];
  /** The words stayed those of an earlier pass, since the figures had hardly moved. */
  readonly keptReason: boolean;
  /** Why there are no inputs. */
  readonly missing?: 'too-large' | 'not-repeatable';
}

/** Inputs of the present advice of a recommendation. */
export interface Recording {
  readonly version: number;
  /** Of the fields that are compared. */
  readonly contentHash: string;
  readonly notes: RecordingNotes;
  /** Compressed; absent where `notes.missing` says why. */
  readonly inputs?: Uint8Array;
  readonly recordedAt: string;
}

/** Recorded inputs of recommendations, one each. */
export class RecordingStore {
  readonly #knex: Knex;

  constructor(knex: Knex) {
    this.#knex = knex;
  }

  async get(recommendationId: string): Promise<Recording | undefined> {
    const row = await this.#knex('finops_recordings')
      .where({ recommendation_id: recommendationId })
      .first();
    return (
      row && {
        version: row.version,
        contentHash: row.content_hash,
        notes: JSON.parse(row.notes),
        inputs: row.inputs ? new Uint8Array(row.inputs) : undefined,
        recordedAt: row.recorded_at,
      }
    );
  }

  /** Hash of what is recorded, without reading the inputs. */
  async contentHash(recommendationId: string): Promise<string | undefined> {
    const row = await this.#knex('finops_recordings')
      .where({ recommendation_id: recommendationId })
      .first('content_hash');
    return row?.content_hash;
  }

  async save(recommendationId: string, recording: Recording): Promise<void> {
    const { version, contentHash, notes, inputs, recordedAt } = recording;
    await this.#knex('finops_recordings')
      .insert({
        recommendation_id: recommendationId,
        version,
        content_hash: contentHash,
        notes: JSON.stringify(notes),
        inputs: inputs ? Buffer.from(inputs) : null,
        recorded_at: recordedAt,
      })
      .onConflict('recommendation_id')
      .merge();
  }

  async deleteBefore(instant: string): Promise<void> {
    await this.#knex('finops_recordings')
      .where('recorded_at', '<', instant)
      .delete();
  }
}
