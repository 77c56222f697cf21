// Blobs where there is no file system: the Cache API, and memory.
import type { BlobStore, BlobWriter } from './types.js';

/** Collects a blob of at most a part's size; `put` stores it. */
function collectingWriter(put: (blob: Blob) => void | Promise<void>): BlobWriter {
  let pieces: BlobPart[] = [];
  return {
    // A copy: the chunk belongs to its reader once it was handed on.
    write: (bytes) => void pieces.push(bytes.slice()),
    async close() {
      await put(new Blob(pieces));
      pieces = [];
    },
    async abort() {
      pieces = [];
    },
  };
}

/** Keys of the Cache API are URLs; nothing is ever fetched from this host, which cannot exist (RFC 2606). */
const PREFIX = 'https://wasmchord.invalid/';

class CacheApiStore implements BlobStore {
  readonly kind = 'cache-api';
  readonly #cache: Cache;

  constructor(cache: Cache) {
    this.#cache = cache;
  }

  async read(folder: string, name: string): Promise<Blob | undefined> {
    return (await this.#cache.match(`${PREFIX}${folder}/${name}`))?.blob();
  }

  async write(folder: string, name: string): Promise<BlobWriter> {
    return collectingWriter((blob) => this.#cache.put(`${PREFIX}${folder}/${name}`, new Response(blob)));
  }

  async folders(): Promise<string[]> {
    const names = (await this.#cache.keys()).map(({ url }) => url.slice(PREFIX.length).split('/')[0]!);
    return [...new Set(names)];
  }

  async remove(folder: string): Promise<void> {
    const keys = (await this.#cache.keys()).filter(({ url }) => url.startsWith(`${PREFIX}${folder}/`));
    await Promise.all(keys.map((key) => this.#cache.delete(key)));
  }
}

export async function openCacheApi(): Promise<BlobStore | undefined> {
  try {
    return new CacheApiStore(await caches.open('wasmchord'));
  } catch {
    return undefined;
  }
}

/** A model in memory twice is what a page can least afford: only small ones are kept. */
const MEMORY_LIMIT = 64 * 2 ** 20;

export class MemoryStore implements BlobStore {
  readonly kind = 'memory';
  readonly #folders = new Map<string, Map<string, Blob>>();

  async read(folder: string, name: string): Promise<Blob | undefined> {
    return this.#folders.get(folder)?.get(name);
  }

  async write(folder: string, name: string): Promise<BlobWriter> {
    return collectingWriter((blob) => {
      if (this.bytes() + blob.size > MEMORY_LIMIT) {
        throw new DOMException('the cache in memory is full', 'QuotaExceededError');
      }
      const blobs = this.#folders.get(folder) ?? new Map<string, Blob>();
      this.#folders.set(folder, blobs.set(name, blob));
    });
  }

  async folders(): Promise<string[]> {
    return [...this.#folders.keys()];
  }

  async remove(folder: string): Promise<void> {
    this.#folders.delete(folder);
  }

  bytes(): number {
    let sum = 0;
    for (const blobs of this.#folders.values()) for (const blob of blobs.values()) sum += blob.size;
    return sum;
  }

  /** For the preflight: what navigator.storage.estimate() tells of the other stores. */
  estimate(): { quota: number; usage: number } {
    return { quota: MEMORY_LIMIT, usage: this.bytes() };
  }
}
