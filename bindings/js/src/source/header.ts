// The beginning of a model's first file, in requests that grow until their reader has enough.
import { throwIfAborted, WasmchordError } from '../errors.js';
import { bodyOf } from './http.js';
import { open, sameVersion } from './download.js';
import { openLocal, prepare, sizeOf } from './parts.js';
import type { Context } from './remote_file.js';
import type { Part } from './resolve.js';
import type { ModelSource, OpenedFile, OpenedHeader, SourceOptions } from './types.js';

/** Bytes of the first request, and of the largest. */
const FIRST = 512 * 2 ** 10;
const LARGEST = 8 * 2 ** 20;

async function openRemote(part: Extract<Part, { kind: 'remote' }>, { signal }: Context): Promise<OpenedFile> {
  const { remote } = part;
  const first = await open(remote, 0, signal, FIRST);
  async function* chunks(): AsyncGenerator<Uint8Array> {
    yield* bodyOf(remote, first.reply, signal);
    if (!first.ranged) return;
    for (let at = FIRST, length = FIRST; at < first.size!; at += length) {
      length = Math.min(2 * length, LARGEST);
      const next = await open(remote, at, signal, length);
      if (next.start !== at || !sameVersion(first, next)) {
        next.reply.close();
        throw new WasmchordError('integrity', `${remote.name}: the file changed while it was read`);
      }
      yield* bodyOf(remote, next.reply, signal);
    }
  }
  return { name: remote.name, size: first.size, chunks: chunks() };
}

async function openFirst(part: Part, key: string | undefined, context: Context): Promise<OpenedFile> {
  if (part.kind === 'stream' || part.kind === 'response') {
    throw new WasmchordError('invalid_argument', 'a stream can be read only once: load it without looking first');
  }
  if (part.kind !== 'remote') return openLocal(part, context.signal);
  const file = key === undefined ? undefined : await context.cache?.file(key, part.remote.name);
  if (!file?.whole) return openRemote(part, context);
  return { name: part.remote.name, size: file.journal.size, chunks: file.chunks() };
}

/** Opens a model for a look at its header. Errors as of openSource(); nothing is written to the cache. */
export async function openHeader(source: ModelSource, options: SourceOptions = {}): Promise<OpenedHeader> {
  throwIfAborted(options.signal);
  const signal = options.signal ?? new AbortController().signal;
  const { parts, keys, context } = await prepare(source, options, signal);
  const { name, size, chunks } = await openFirst(parts[0]!, keys[0], context);
  const others = await Promise.all(parts.slice(1).map((part, i) => sizeOf(part, keys[i + 1], context)));
  const bytes = keys[0] ? ((await context.cache?.file(keys[0], name))?.journal.bytes ?? 0) : 0;
  const known = size !== undefined && others.every((other) => other.size !== undefined);
  return {
    name,
    size,
    totalBytes: known ? others.reduce((sum, other) => sum + other.size!, size) : undefined,
    cachedBytes: others.reduce((sum, { cached }) => sum + cached, bytes),
    chunks,
  };
}
