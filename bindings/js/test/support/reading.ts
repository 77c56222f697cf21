import type { ModelSource, OpenedSource, SourceOptions } from '../../src/source/index.js';
import { openSource } from '../../src/source/index.js';

/** Quick to try again, so that tests are. */
export const quick: SourceOptions = { retryDelay: 1 };

export async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const pieces: Uint8Array[] = [];
  for await (const chunk of chunks) pieces.push(chunk);
  return Buffer.concat(pieces);
}

/** All bytes of an opened source, file after file. */
export async function readAll(opened: OpenedSource): Promise<Buffer> {
  const files: Buffer[] = [];
  for await (const file of opened.files) files.push(await collect(file.chunks));
  return Buffer.concat(files);
}

export async function load(source: ModelSource, options: SourceOptions = {}): Promise<Buffer> {
  return readAll(await openSource(source, { ...quick, ...options }));
}

/** Reads at least `count` bytes, then `then()`; the reading goes no further, and the error it may give is returned. */
export async function readUntil(opened: OpenedSource, count: number, then: () => void): Promise<unknown> {
  let bytes = 0;
  try {
    for await (const file of opened.files) {
      for await (const chunk of file.chunks) {
        bytes += chunk.length;
        if (bytes >= count) {
          count = Infinity;
          then();
        }
      }
    }
  } catch (error) {
    return error;
  }
  return undefined;
}
