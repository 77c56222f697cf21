// Opens whatever names a model, as files in order.
import { throwIfAborted, WasmchordError } from '../errors.js';
import { verified } from './chunks.js';
import { openLocal, prepare, sizeOf } from './parts.js';
import type { Progress } from './progress.js';
import { type Context, type HeldFile, openCached, openUncached } from './remote_file.js';
import type { Part } from './resolve.js';
import type { ModelSource, OpenedFile, OpenedSource, SourceOptions } from './types.js';

export { openHeader } from './header.js';
export { absoluteSource } from './resolve.js';
export type * from './types.js';

function digests(options: SourceOptions, count: number): (string | undefined)[] {
  const given = options.sha256 === undefined ? [] : [options.sha256].flat();
  if (given.some((digest) => !/^[0-9a-f]{64}$/i.test(digest))) {
    throw new WasmchordError('invalid_argument', 'a SHA-256 digest has 64 hexadecimal digits');
  }
  if (given.length > 0 && given.length !== count) {
    throw new WasmchordError('invalid_argument', `${given.length} digests for ${count} files`);
  }
  return Array.from({ length: count }, (_, i) => given[i]);
}

async function openPart(
  part: Part, key: string | undefined, sha256: string | undefined, context: Context,
): Promise<HeldFile> {
  const { signal, progress } = context;
  if (part.kind === 'remote') {
    const { remote } = part;
    if (!context.cache || key === undefined) return openUncached({ remote, sha256 }, context);
    return openCached({ remote, sha256, key }, context);
  }
  const { name, size, chunks } = await openLocal(part, signal);
  progress.enter('download');
  const close = () => void (part.kind === 'stream' && part.stream.cancel().catch(() => {}));
  return { name, size, cached: false, close, chunks: verified(chunks, { name, size, sha256 }, signal) };
}

async function* counted(file: HeldFile, progress: Progress): AsyncGenerator<Uint8Array> {
  for await (const chunk of file.chunks) {
    progress.add(chunk.length);
    yield chunk;
  }
}

/**
 * Opens a model: resolves when the first file's size is known and its first bytes are on their way.
 *
 * Errors, here and while reading, are of class WasmchordError: 'network', 'http', 'quota', 'integrity', 'aborted',
 * 'invalid_argument', 'not_found', 'io', 'unsupported'. With 'integrity', which a wrong digest or a file that changed
 * during the download gives at the last, what was read must not be used; nothing of it stays in the cache.
 *
 * Reads from the cache hold a lock on the file against deletion, downloads one against every other reader; both end
 * with reading, close(), or the signal.
 */
export async function openSource(source: ModelSource, options: SourceOptions = {}): Promise<OpenedSource> {
  throwIfAborted(options.signal);
  const controller = new AbortController();
  const onAbort = () => controller.abort(options.signal?.reason);
  const close = () => {
    options.signal?.removeEventListener('abort', onAbort);
    controller.abort();
  };
  options.signal?.addEventListener('abort', onAbort);
  try {
    const { parts, keys, context } = await prepare(source, options, controller.signal);
    const { progress } = context;
    const sha256 = digests(options, parts.length);
    const openAt = (i: number) => openPart(parts[i]!, keys[i], sha256[i], context);
    const first = await openAt(0);
    const others = await Promise.all(parts.slice(1).map((part, i) => sizeOf(part, keys[i + 1], context)));
    const sizes = [first.size, ...others.map(({ size }) => size)];
    const totalBytes = sizes.includes(undefined) ? undefined : sizes.reduce<number>((sum, size) => sum + size!, 0);
    progress.total = totalBytes;
    const cached = first.cached && others.every(({ size, cached: bytes }) => size === bytes);
    async function* files(): AsyncGenerator<OpenedFile> {
      let file = first;
      try {
        for (let i = 0; i < parts.length; i++) {
          if (i > 0) file = await openAt(i);
          yield { name: file.name, size: file.size, chunks: counted(file, progress) };
          file.close();
        }
        progress.end();
      } finally {
        file.close();
        close();
      }
    }
    return { files: files(), totalBytes, cached, close };
  } catch (error) {
    close();
    throw error;
  }
}
