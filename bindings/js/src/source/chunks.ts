// Bytes from places other than a server, and what all of them are checked for.
import { Sha256 } from '../cache/sha256.js';
import { abortError, throwIfAborted, WasmchordError } from '../errors.js';

/** Bytes read from a blob or handed on from memory at a time. */
const PIECE = 4 * 2 ** 20;

async function readPiece(blob: Blob, start: number): Promise<Uint8Array> {
  try {
    return new Uint8Array(await blob.slice(start, start + PIECE).arrayBuffer());
  } catch (error) {
    throw new WasmchordError('io', 'the file cannot be read; it may have changed or gone', { cause: error });
  }
}

/** The next piece is being read while one is used. */
export async function* blobChunks(blob: Blob): AsyncGenerator<Uint8Array> {
  let next = readPiece(blob, 0);
  for (let at = 0; at < blob.size; at += PIECE) {
    const piece = await next;
    if (at + PIECE < blob.size) {
      next = readPiece(blob, at + PIECE);
      next.catch(() => {});
    }
    yield piece;
  }
}

export async function* byteChunks(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += PIECE) yield bytes.subarray(at, at + PIECE);
}

export async function* streamChunks(stream: ReadableStream<Uint8Array>, signal: AbortSignal) {
  const reader = stream.getReader();
  const onAbort = () => void reader.cancel(signal.reason).catch(() => {});
  signal.addEventListener('abort', onAbort);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      throwIfAborted(signal);
      if (done) return;
      if (!(value instanceof Uint8Array)) {
        throw new WasmchordError('invalid_argument', 'the stream gives something else than Uint8Array');
      }
      yield value;
    }
  } catch (error) {
    if (signal.aborted) throw abortError(signal);
    if (error instanceof WasmchordError) throw error;
    throw new WasmchordError('network', 'the stream broke off', { cause: error });
  } finally {
    signal.removeEventListener('abort', onAbort);
    onAbort();
  }
}

export interface Expected {
  name: string;
  size: number | undefined;
  /** In hexadecimal. */
  sha256: string | undefined;
}

/** The same chunks; throws where there are too many or too few bytes, or other ones than the digest says. */
export async function* verified(chunks: AsyncIterable<Uint8Array>, expected: Expected, signal: AbortSignal) {
  const { name, size, sha256 } = expected;
  const hash = sha256 === undefined ? undefined : new Sha256();
  let bytes = 0;
  for await (const chunk of chunks) {
    throwIfAborted(signal);
    bytes += chunk.length;
    if (size !== undefined && bytes > size) {
      throw new WasmchordError('integrity', `${name}: more than the ${size} bytes that it should have`);
    }
    hash?.update(chunk);
    yield chunk;
  }
  throwIfAborted(signal);
  if (size !== undefined && bytes < size) {
    throw new WasmchordError('integrity', `${name}: ${bytes} bytes instead of ${size}`);
  }
  const digest = hash?.digest();
  if (digest !== sha256?.toLowerCase()) {
    throw new WasmchordError('integrity', `${name}: SHA-256 is ${digest}, not the ${sha256} that was given`);
  }
}
