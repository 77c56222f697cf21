/** Where a cache keeps its bytes: the origin private file system, the Cache API, or memory. */
export type StoreKind = 'opfs' | 'cache-api' | 'memory';

export interface CacheOptions {
  /** Only this store; where none is given, the first that works of OPFS, Cache API and memory. */
  store?: StoreKind;
  /** What the file is kept as instead of its URL: for URLs that change while the file stays, such as signed ones. */
  key?: string;
  /** Ask the server whether a kept file is still the same; if it cannot be asked, the kept one is used. */
  revalidate?: boolean;
  /**
   * When there is no room: 'error' (the default) ends loading with code 'quota', before the download where the browser
   * tells how much room there is; 'uncached' goes on without keeping the file.
   */
  onQuota?: 'error' | 'uncached';
  /** Ask the browser not to clear the storage on its own (navigator.storage.persist()) before downloading. */
  persist?: boolean;
}

/** A file in the cache. */
export interface CacheEntry {
  /** The URL without its fragment, or the key given when it was loaded. */
  key: string;
  name: string;
  size: number | undefined;
  /** Bytes kept: fewer than `size` while the download is incomplete. */
  bytes: number;
  complete: boolean;
  /** Of the whole file, if it was checked against a digest. */
  sha256: string | undefined;
  /** When it was completed or begun, in milliseconds since 1970. */
  storedAt: number;
}

export interface CacheUsage {
  store: StoreKind;
  files: number;
  /** Bytes of models in this cache. */
  bytes: number;
  /** Bytes that the browser lets this origin store, and of these the free ones, where it tells. */
  quota: number | undefined;
  available: number | undefined;
  /** The browser does not clear the storage on its own. */
  persisted: boolean;
}

/** Takes the bytes of one blob front to back. Until it is closed, the blob may be in any state. */
export interface BlobWriter {
  write(bytes: Uint8Array): void | Promise<void>;
  close(): Promise<void>;
  /** The blob is not to be kept. */
  abort(): Promise<void>;
}

/** Blobs by folder and name: what a cache is built on. All names are [0-9a-z.-]+. */
export interface BlobStore {
  readonly kind: StoreKind;
  /** undefined where there is none of that name. */
  read(folder: string, name: string): Promise<Blob | undefined>;
  /** Errors for lack of room are DOMExceptions with the name "QuotaExceededError", here and in the writer. */
  write(folder: string, name: string): Promise<BlobWriter>;
  folders(): Promise<string[]>;
  /** Does nothing where there is none. */
  remove(folder: string): Promise<void>;
}

/** What is known of a file, kept beside its parts as JSON. */
export interface Journal {
  version: 1;
  key: string;
  name: string;
  size: number | undefined;
  etag: string | undefined;
  lastModified: string | undefined;
  /** Parts that are complete. */
  parts: number;
  /** Bytes in these. */
  bytes: number;
  complete: boolean;
  sha256: string | undefined;
  storedAt: number;
}
