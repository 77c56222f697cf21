// Files by path, in Node and what is compatible with it.
import { WasmchordError } from '../errors.js';
import type { OpenedFile } from './types.js';

/** Imported by a name that bundlers do not follow: a page has no such module, and must not need one. */
async function fileSystem(): Promise<typeof import('node:fs/promises')> {
  const name = 'node:fs/promises';
  try {
    return await import(/* webpackIgnore: true */ /* @vite-ignore */ name);
  } catch (error) {
    throw new WasmchordError('unsupported', 'files can be read by path in Node only', { cause: error });
  }
}

/** A stream has its own descriptor, opened at the first read and closed at the end. */
async function* read(path: string | URL): AsyncGenerator<Uint8Array> {
  const { open } = await fileSystem();
  let file: Awaited<ReturnType<typeof open>> | undefined;
  try {
    file = await open(path);
    for await (const chunk of file.createReadStream({ highWaterMark: 2 ** 20, autoClose: false })) yield chunk;
  } catch (error) {
    throw new WasmchordError('io', `${path}: ${error instanceof Error ? error.message : error}`, { cause: error });
  } finally {
    await file?.close();
  }
}

/** Name, size and chunks of a file; errors with code 'not_found' or 'io'. */
export async function openPath(path: string | URL): Promise<OpenedFile> {
  const { stat } = await fileSystem();
  const name = String(path).split(/[\\/]/).at(-1)!;
  try {
    const { size } = await stat(path);
    return { name, size, chunks: read(path) };
  } catch (error) {
    const missing = error instanceof Error && 'code' in error && error.code === 'ENOENT';
    throw new WasmchordError(missing ? 'not_found' : 'io', `${path}: ${missing ? 'no such file' : error}`, {
      cause: error,
    });
  }
}
