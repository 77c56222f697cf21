// Files in a store: each is a folder of parts, and a journal that says which of them are complete.
import { blobChunks } from '../source/chunks.js';
import type { Version } from '../source/download.js';
import { WasmchordError } from '../errors.js';
import { MemoryStore, openCacheApi } from './fallbacks.js';
import { acquireLock } from './locks.js';
import { openOpfs } from './opfs.js';
import { Sha256 } from './sha256.js';
import type { BlobStore, BlobWriter, CacheEntry, CacheUsage, Journal, StoreKind } from './types.js';

/**
 * Bytes of a part. The journal counts whole parts, so a crash loses at most one; small enough to be collected in memory
 * where a store needs that.
 */
const PART = 8 * 2 ** 20;
const JOURNAL = 'journal.json';

function partName(index: number): string {
  return `part-${String(index).padStart(5, '0')}`;
}

/** Folders are named by what identifies the file, in characters that every store takes. */
function folderOf(key: string): string {
  return new Sha256().update(new TextEncoder().encode(key)).digest().slice(0, 32);
}

function isJournal(value: unknown): value is Journal {
  const journal = value as Journal | null;
  return (
    typeof journal === 'object' && journal?.version === 1 && typeof journal.key === 'string' &&
    Number.isSafeInteger(journal.parts) && Number.isSafeInteger(journal.bytes)
  );
}

/** A download that ends between its last byte and its last journal is whole, if not checked against a digest. */
function isWhole({ complete, bytes, size }: Journal): boolean {
  return complete || (bytes > 0 && bytes === size);
}

export function isQuotaError(error: unknown): boolean {
  return error instanceof DOMException && error.name === 'QuotaExceededError';
}

/** One file. Reading needs the file's lock, writing needs it exclusively. */
export class CachedFile {
  readonly #store: BlobStore;
  readonly #folder: string;
  #journal: Journal;
  #writer: BlobWriter | undefined;
  /** Bytes in the part that is being written. */
  #open = 0;
  #closed = false;
  /** Operations run one after the other. */
  #last: Promise<unknown> = Promise.resolve();

  constructor(store: BlobStore, folder: string, journal: Journal) {
    this.#store = store;
    this.#folder = folder;
    this.#journal = journal;
  }

  get journal(): Readonly<Journal> {
    return this.#journal;
  }

  /** Nothing is missing. */
  get whole(): boolean {
    return isWhole(this.#journal);
  }

  /** The bytes of all complete parts. */
  async *chunks(): AsyncGenerator<Uint8Array> {
    let left = this.#journal.bytes;
    for (let i = 0; i < this.#journal.parts; i++) {
      const blob = await this.#store.read(this.#folder, partName(i));
      left -= blob?.size ?? 0;
      if (!blob || left < 0) break;
      yield* blobChunks(blob);
    }
    if (left !== 0) throw new WasmchordError('integrity', `${this.#journal.name}: the cached copy is damaged`);
  }

  /** Forgets what was kept, and begins with another version of the file. */
  async restart(version: Version): Promise<void> {
    await this.#store.remove(this.#folder);
    const { key, name } = this.#journal;
    const { size, etag, lastModified } = version;
    this.#journal = { ...emptyJournal(key, name), size, etag, lastModified };
  }

  /** Appends. Does nothing after close(). */
  write(bytes: Uint8Array): Promise<void> {
    return this.#inTurn(async () => {
      for (let at = 0; at < bytes.length && !this.#closed; ) {
        if (this.#open === PART) await this.#commit();
        this.#writer ??= await this.#store.write(this.#folder, partName(this.#journal.parts));
        const piece = bytes.subarray(at, at + PART - this.#open);
        await this.#writer.write(piece);
        this.#open += piece.length;
        at += piece.length;
      }
    });
  }

  /** The file is whole. */
  finish(sha256: string | undefined): Promise<void> {
    return this.#inTurn(async () => {
      const size = this.#journal.bytes + this.#open;
      this.#journal = { ...this.#journal, size, sha256: sha256?.toLowerCase(), storedAt: Date.now() };
      await this.#commit(true);
      this.#closed = true;
    });
  }

  /** Keeps what has been written. Never rejects. */
  close(): Promise<void> {
    return this.#inTurn(async () => {
      if (!this.#closed && this.#writer) await this.#commit();
    })
      .catch(() => this.#writer?.abort())
      .catch(() => {})
      .then(() => void (this.#closed = true));
  }

  /** Keeps nothing. */
  async discard(): Promise<void> {
    await this.#inTurn(async () => {
      this.#closed = true;
      await this.#writer?.abort().catch(() => {});
      this.#writer = undefined;
      await this.#store.remove(this.#folder);
    });
  }

  #inTurn(operation: () => Promise<void>): Promise<void> {
    const result = this.#last.then(operation);
    this.#last = result.catch(() => {});
    return result;
  }

  /** The bytes first, then the journal that vouches for them. */
  async #commit(complete = false): Promise<void> {
    if (this.#writer) {
      await this.#writer.close();
      this.#writer = undefined;
      const { parts, bytes } = this.#journal;
      this.#journal = { ...this.#journal, parts: parts + 1, bytes: bytes + this.#open };
      this.#open = 0;
    }
    this.#journal = { ...this.#journal, complete };
    const writer = await this.#store.write(this.#folder, JOURNAL);
    await writer.write(new TextEncoder().encode(JSON.stringify(this.#journal)));
    await writer.close();
  }
}

function emptyJournal(key: string, name: string): Journal {
  return {
    version: 1, key, name, size: undefined, etag: undefined, lastModified: undefined,
    parts: 0, bytes: 0, complete: false, sha256: undefined, storedAt: Date.now(),
  };
}

async function readJournal(store: BlobStore, folder: string): Promise<Journal | undefined> {
  try {
    const blob = await store.read(folder, JOURNAL);
    const value: unknown = blob && JSON.parse(await blob.text());
    return isJournal(value) ? value : undefined;
  } catch {
    return undefined;
  }
}

export class ModelCache {
  readonly #store: BlobStore;

  constructor(store: BlobStore) {
    this.#store = store;
  }

  get kind(): StoreKind {
    return this.#store.kind;
  }

  /** The file kept as `key`, or an empty one. */
  async file(key: string, name: string): Promise<CachedFile> {
    const folder = folderOf(key);
    const journal = await readJournal(this.#store, folder);
    return new CachedFile(this.#store, folder, journal?.key === key ? journal : emptyJournal(key, name));
  }

  lock(key: string, mode: LockMode, signal?: AbortSignal): Promise<() => void> {
    return acquireLock(folderOf(key), mode, signal);
  }

  async list(): Promise<CacheEntry[]> {
    const folders = await this.#store.folders();
    const journals = await Promise.all(folders.map((folder) => readJournal(this.#store, folder)));
    return journals
      .filter((journal) => journal !== undefined)
      .map((journal) => {
        const { key, name, size, bytes, sha256, storedAt } = journal;
        return { key, name, size, bytes, complete: isWhole(journal), sha256, storedAt };
      });
  }

  delete(key: string, signal?: AbortSignal): Promise<void> {
    return this.#remove(folderOf(key), signal);
  }

  async clear(signal?: AbortSignal): Promise<void> {
    for (const folder of await this.#store.folders()) await this.#remove(folder, signal);
  }

  /** Bytes that can still be stored, where the browser tells. */
  async room(): Promise<{ quota: number | undefined; available: number | undefined }> {
    const storage = typeof navigator === 'undefined' ? undefined : navigator.storage;
    const estimate =
      this.#store instanceof MemoryStore ? this.#store.estimate() : await storage?.estimate?.().catch(() => undefined);
    const { quota, usage } = estimate ?? {};
    return { quota, available: quota === undefined ? undefined : Math.max(0, quota - (usage ?? 0)) };
  }

  async usage(): Promise<CacheUsage> {
    const entries = await this.list();
    const storage = typeof navigator === 'undefined' ? undefined : navigator.storage;
    return {
      store: this.kind,
      files: entries.length,
      bytes: entries.reduce((sum, { bytes }) => sum + bytes, 0),
      ...(await this.room()),
      persisted: (await storage?.persisted?.().catch(() => false)) ?? false,
    };
  }

  async #remove(folder: string, signal?: AbortSignal): Promise<void> {
    const release = await acquireLock(folder, 'exclusive', signal);
    try {
      await this.#store.remove(folder);
    } finally {
      release();
    }
  }
}

let memory: MemoryStore | undefined;

async function openStore(kind?: StoreKind): Promise<BlobStore> {
  let store: BlobStore | undefined;
  if (kind === undefined || kind === 'opfs') store = await openOpfs();
  if (!store && (kind === undefined || kind === 'cache-api')) store = await openCacheApi();
  if (!store && (kind === undefined || kind === 'memory')) store = memory ??= new MemoryStore();
  if (!store) throw new WasmchordError('unsupported', `this context has no store of kind ${kind}`);
  return store;
}

/** The cache in the store asked for, or in the first that works. */
export async function openCache(kind?: StoreKind): Promise<ModelCache> {
  return new ModelCache(await openStore(kind));
}
