// What opening a source and looking at its header share.
import { type ModelCache, openCache } from '../cache/model_cache.js';
import type { CacheOptions } from '../cache/types.js';
import { throwIfAborted, WasmchordError } from '../errors.js';
import { blobChunks, byteChunks, streamChunks } from './chunks.js';
import { ask, contentLength } from './download.js';
import { openPath } from './node_file.js';
import { Progress } from './progress.js';
import type { Context } from './remote_file.js';
import { cacheKey, type Part, resolveSource } from './resolve.js';
import type { ModelSource, OpenedFile, SourceOptions } from './types.js';

/** A source's files with their keys in the cache. */
export interface Prepared {
  parts: Part[];
  /** undefined for what is not cached. */
  keys: (string | undefined)[];
  context: Context;
}

/** Resolves `source`, and opens the cache if it is to be used. */
export async function prepare(source: ModelSource, options: SourceOptions, signal: AbortSignal): Promise<Prepared> {
  const parts = await resolveSource(source, options);
  const cacheOptions: CacheOptions = typeof options.cache === 'object' ? options.cache : {};
  const keys = parts.map((part, i) => cacheKey(part, cacheOptions.key, i));
  const caching = options.cache !== false && keys.some((key) => key !== undefined);
  const cache: ModelCache | undefined = caching ? await openCache(cacheOptions.store) : undefined;
  return { parts, keys, context: { signal, progress: new Progress(options.onProgress), cache, cacheOptions } };
}

/** A file that is not from a server this package talks to. */
export async function openLocal(part: Exclude<Part, { kind: 'remote' }>, signal: AbortSignal): Promise<OpenedFile> {
  switch (part.kind) {
    case 'path':
      return openPath(part.path);
    case 'blob':
      return { name: part.name, size: part.blob.size, chunks: blobChunks(part.blob) };
    case 'bytes':
      return { name: 'model.gguf', size: part.bytes.length, chunks: byteChunks(part.bytes) };
    case 'stream':
      return { name: 'model.gguf', size: undefined, chunks: streamChunks(part.stream, signal) };
    case 'response': {
      const { ok, status, body, bodyUsed } = part.response;
      if (!ok) throw new WasmchordError('http', `the response has status ${status}`, { httpStatus: status });
      if (!body || bodyUsed) throw new WasmchordError('invalid_argument', 'the response has no body, or no longer');
      return { name: 'model.gguf', size: contentLength(part.response), chunks: streamChunks(body, signal) };
    }
  }
}

/** What is known of the size of a file that is not open yet. */
export async function sizeOf(
  part: Part, key: string | undefined, context: Context,
): Promise<{ size?: number; cached: number }> {
  if (part.kind === 'path') return { size: (await openPath(part.path)).size!, cached: 0 };
  if (part.kind !== 'remote') return { cached: 0 };
  const journal = key === undefined ? undefined : (await context.cache?.file(key, part.remote.name))?.journal;
  const size = journal?.size ?? (await ask(part.remote, context.signal).catch(() => undefined))?.size;
  throwIfAborted(context.signal);
  return { ...(size === undefined ? {} : { size }), cached: journal?.bytes ?? 0 };
}
