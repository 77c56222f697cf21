// What a page sees of the cache.
import { resolveSource, cacheKey } from '../source/resolve.js';
import type { ModelSource, SourceOptions } from '../source/types.js';
import { openCache } from './model_cache.js';
import type { CacheEntry, CacheUsage } from './types.js';

export type { CacheEntry, CacheOptions, CacheUsage, StoreKind } from './types.js';

/** Where to look, and how a source was loaded if that changes what it is kept as. */
export type CacheQuery = Pick<SourceOptions, 'host' | 'signal'> & { store?: CacheUsage['store']; key?: string };

async function keysOf(source: ModelSource, { host, key }: CacheQuery): Promise<string[]> {
  const parts = await resolveSource(source, host === undefined ? {} : { host });
  return parts.map((part, i) => cacheKey(part, key, i)).filter((key) => key !== undefined);
}

/** The models that were kept. Every call waits for downloads of the files it changes. */
export const cache = {
  /** All files, incomplete ones included. */
  async list(query: CacheQuery = {}): Promise<CacheEntry[]> {
    return (await openCache(query.store)).list();
  },

  /** Whether all of the source can be loaded without the network. */
  async has(source: ModelSource, query: CacheQuery = {}): Promise<boolean> {
    const opened = await openCache(query.store);
    const keys = await keysOf(source, query);
    const files = await Promise.all(keys.map((key) => opened.file(key, '')));
    return files.length > 0 && files.every(({ whole }) => whole);
  },

  /** By source, or by the `key` of an entry. */
  async delete(source: ModelSource | Pick<CacheEntry, 'key'>, query: CacheQuery = {}): Promise<void> {
    const opened = await openCache(query.store);
    const isEntry = typeof source === 'object' && 'key' in source && typeof source.key === 'string';
    const keys = isEntry ? [source.key as string] : await keysOf(source as ModelSource, query);
    for (const key of keys) await opened.delete(key, query.signal);
  },

  async clear(query: CacheQuery = {}): Promise<void> {
    await (await openCache(query.store)).clear(query.signal);
  },

  async usage(query: CacheQuery = {}): Promise<CacheUsage> {
    return (await openCache(query.store)).usage();
  },

  /** Asks the browser not to clear this origin's storage on its own; true if it will not. */
  async persist(): Promise<boolean> {
    const storage = typeof navigator === 'undefined' ? undefined : navigator.storage;
    return (await storage?.persist?.().catch(() => false)) ?? false;
  },
};
