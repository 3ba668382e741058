/** Bytes kept before the least recently used are dropped. */
const MAX_BYTES = 32 * 1024 * 1024;

/** Largest blob worth keeping, bytes. */
const MAX_BLOB_BYTES = 1024 * 1024;

/** File contents by git blob id: an id names its content for ever, so nothing here goes stale. */
export class BlobCache {
  readonly #blobs = new Map<string, Uint8Array>();
  #bytes = 0;

  /** The blob, read by `read` when it is not here. Keep `key` apart by repository. */
  async get(key: string, read: () => Promise<Uint8Array>): Promise<Uint8Array> {
    const cached = this.#blobs.get(key);
    if (cached) {
      this.#blobs.delete(key);
      this.#blobs.set(key, cached);
      return cached;
    }
    const blob = await read();
    if (blob.byteLength <= MAX_BLOB_BYTES && !this.#blobs.has(key)) {
      this.#blobs.set(key, blob);
      this.#bytes += blob.byteLength;
      for (const [oldest, content] of this.#blobs) {
        if (this.#bytes <= MAX_BYTES) {
          break;
        }
        this.#blobs.delete(oldest);
        this.#bytes -= content.byteLength;
      }
    }
    return blob;
  }
}
