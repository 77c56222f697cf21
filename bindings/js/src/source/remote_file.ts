// A file from a server, through the cache.
import { CachedFile, isQuotaError, type ModelCache } from '../cache/model_cache.js';
import type { CacheOptions } from '../cache/types.js';
import { throwIfAborted, WasmchordError } from '../errors.js';
import { verified } from './chunks.js';
import { type Arriving, ask, download, open, provenSame, sameVersion, type Version } from './download.js';
import type { Remote } from './http.js';
import type { Progress } from './progress.js';
import type { OpenedFile } from './types.js';

/** What opening a source shares among its files. */
export interface Context {
  /** Aborted by the caller, or when the source is closed. */
  signal: AbortSignal;
  progress: Progress;
  cache: ModelCache | undefined;
  cacheOptions: CacheOptions;
}

/** A file with what has to be let go of, whether or not it was read. */
export interface HeldFile extends OpenedFile {
  /** All of it comes out of the cache. */
  cached: boolean;
  /** May be called more than once. */
  close(): void;
}

/** A file with its digest and its key in the cache. */
export interface Wanted {
  remote: Remote;
  key: string;
  sha256: string | undefined;
}

async function* inPhase(phase: 'cache' | 'download', chunks: AsyncIterable<Uint8Array>, { progress }: Context) {
  progress.enter(phase);
  for await (const chunk of chunks) {
    progress.enter(phase);
    yield chunk;
  }
}

async function* joined(first: AsyncIterable<Uint8Array>, second: AsyncIterable<Uint8Array>) {
  yield* first;
  yield* second;
}

export async function openUncached({ remote, sha256 }: Omit<Wanted, 'key'>, context: Context): Promise<HeldFile> {
  const { signal } = context;
  const arriving = await open(remote, 0, signal);
  const { name } = remote;
  const { size, reply } = arriving;
  const chunks = inPhase('download', download(remote, arriving, signal), context);
  return { name, size, cached: false, close: reply.close, chunks: verified(chunks, { name, size, sha256 }, signal) };
}

/** The lock, with a report that another tab is busy where it does not come at once. */
async function lock(key: string, mode: LockMode, { cache, progress, signal }: Context): Promise<() => void> {
  const timer = setTimeout(() => progress.enter('waiting'), 50);
  try {
    return await cache!.lock(key, mode, signal);
  } finally {
    clearTimeout(timer);
  }
}

function usable(file: CachedFile, { sha256 }: Wanted, version: Version | undefined): boolean {
  const { journal } = file;
  if (!file.whole || (version && !sameVersion(journal, version))) return false;
  return sha256 === undefined || journal.sha256 === undefined || journal.sha256 === sha256.toLowerCase();
}

/** Looks for the file under a lock that readers share, and fetches it under one that is exclusive. */
export async function openCached(wanted: Wanted, context: Context): Promise<HeldFile> {
  const { remote, key } = wanted;
  const cache = context.cache!;
  const version = context.cacheOptions.revalidate
    ? await ask(remote, context.signal).catch(() => throwIfAborted(context.signal))
    : undefined;
  for (;;) {
    for (const mode of ['shared', 'exclusive'] as const) {
      const release = await lock(key, mode, context);
      try {
        const file = await cache.file(key, remote.name);
        const found = usable(file, wanted, version ?? undefined);
        if (found && mode === 'shared') return fromCache(file, wanted, context, release);
        if (!found && mode === 'exclusive') return await fetched(file, wanted, context, release);
        release();
      } catch (error) {
        release();
        throw error;
      }
    }
  }
}

/** Runs `settle` once: at the end of reading, by close(), or when the signal is aborted, whichever comes first. */
function onceSettled(signal: AbortSignal, settle: () => Promise<void>): () => Promise<void> {
  let settled: Promise<void> | undefined;
  const once = () => {
    signal.removeEventListener('abort', once);
    return (settled ??= settle());
  };
  signal.addEventListener('abort', once);
  return once;
}

function fromCache(file: CachedFile, { sha256 }: Wanted, context: Context, release: () => void): HeldFile {
  const { signal, cache } = context;
  const { name, size, key, sha256: known } = file.journal;
  const settle = onceSettled(signal, async () => release());
  async function* read(): AsyncGenerator<Uint8Array> {
    let damaged = false;
    try {
      // What was checked when it was stored is not hashed again.
      const expected = { name, size, sha256: known === undefined ? sha256 : undefined };
      yield* verified(inPhase('cache', file.chunks(), context), expected, signal);
    } catch (error) {
      damaged = error instanceof WasmchordError && (error.code === 'integrity' || error.code === 'io');
      throw error;
    } finally {
      await settle();
      if (damaged) await cache!.delete(key, signal).catch(() => {});
    }
  }
  return { name, size, cached: true, chunks: read(), close: () => void settle() };
}

/** Ends with code 'quota' where the browser says that there is no room; true if the file can be kept. */
async function hasRoom(size: number, context: Context): Promise<boolean> {
  const { available } = await context.cache!.room();
  if (available === undefined || size <= available) return true;
  return onQuota(context, `${size} bytes are needed, ${available} are free`);
}

function onQuota({ cache, cacheOptions }: Context, message: string, cause?: unknown): false {
  const policy = cacheOptions.onQuota ?? (cache!.kind === 'memory' ? 'uncached' : 'error');
  if (policy === 'uncached') return false;
  const text = `no room in the browser's storage: ${message}; cache: { onQuota: 'uncached' } loads without keeping`;
  throw new WasmchordError('quota', text, { cause });
}

/** From the network, after what an earlier try has left in the cache. Holds the exclusive lock. */
async function fetched(file: CachedFile, wanted: Wanted, context: Context, release: () => void): Promise<HeldFile> {
  const { remote } = wanted;
  const { signal, cacheOptions } = context;
  const arriving = await openAfter(file, remote, signal);
  try {
    const resumed = arriving.start > 0;
    if (cacheOptions.persist) await navigator.storage?.persist?.().catch(() => false);
    if (!resumed) await file.restart(arriving);
    const keep = await hasRoom((arriving.size ?? 0) - file.journal.bytes, context);
    const chunks = inPhase('download', download(remote, arriving, signal), context);
    const all = resumed ? joined(inPhase('cache', file.chunks(), context), chunks) : chunks;
    const settle = onceSettled(signal, async () => {
      arriving.reply.close();
      await file.close();
      release();
    });
    const [{ name }, { size }] = [remote, arriving];
    const checked = verified(all, { name, size, sha256: wanted.sha256 }, signal);
    const kept = keptWhileRead(checked, file, { wanted, context, keep, settle });
    return { name, size, cached: false, chunks: kept, close: () => void settle() };
  } catch (error) {
    arriving.reply.close();
    throw error;
  }
}

/** Continues where the cached part ends if that is proven to be of the same version, else from the beginning. */
async function openAfter(file: CachedFile, remote: Remote, signal: AbortSignal): Promise<Arriving> {
  const { bytes } = file.journal;
  if (file.whole || bytes === 0) return open(remote, 0, signal);
  const arriving = await open(remote, bytes, signal);
  if (arriving.start === 0 || provenSame(file.journal, arriving)) return arriving;
  arriving.reply.close();
  return open(remote, 0, signal);
}

interface Keeping {
  wanted: Wanted;
  context: Context;
  keep: boolean;
  settle: () => Promise<void>;
}

/** Writes what passes by, from where the cached part ends. A store that fails does not end the download. */
async function* keptWhileRead(chunks: AsyncIterable<Uint8Array>, file: CachedFile, keeping: Keeping) {
  const { wanted, context, settle } = keeping;
  let { keep } = keeping;
  const attempt = async (operation: Promise<void>) => {
    try {
      await operation;
    } catch (error) {
      keep = isQuotaError(error) && onQuota(context, 'it is full', error);
      await file.discard().catch(() => {});
    }
  };
  let skip = file.journal.bytes;
  try {
    for await (const chunk of chunks) {
      if (keep && skip === 0) await attempt(file.write(chunk));
      skip -= Math.min(skip, chunk.length);
      yield chunk;
    }
    if (keep) await attempt(file.finish(wanted.sha256));
  } catch (error) {
    if (error instanceof WasmchordError && error.code === 'integrity') await file.discard().catch(() => {});
    throw error;
  } finally {
    await settle();
  }
}
