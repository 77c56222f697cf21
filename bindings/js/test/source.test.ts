// Every kind of source, and what names it.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { pathToFileURL } from 'node:url';
import { type ModelSource, openHeader, openSource } from '../src/source/index.js';
import { FileServer, patterned, sha256 } from './support/file_server.js';
import { collect, load } from './support/reading.js';

const bytes = patterned(5 * 2 ** 20 + 7);
const parts = [bytes.subarray(0, 1000), bytes.subarray(1000, 3_000_000), bytes.subarray(3_000_000)];
const partName = (i: number) => `m-0000${i + 1}-of-00003.gguf`;
let folder = '';
let server: FileServer;

before(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wasmchord-'));
  await writeFile(join(folder, 'model.gguf'), bytes);
  for (const [i, part] of parts.entries()) await writeFile(join(folder, partName(i)), part);
  server = await new FileServer().start();
  for (const [i, part] of parts.entries()) server.serve(`/o/n/resolve/v1.0/dir/${partName(i)}`, { bytes: part });
  server.serve('/o/n/resolve/main/a b.gguf', { bytes });
});
after(async () => {
  await server.stop();
  await rm(folder, { recursive: true });
});

const rejects = (source: unknown, code: string, options = {}) =>
  assert.rejects(load(source as ModelSource, options), (error: { code: string }) => {
    assert.equal(error.code, code, String(error));
    return true;
  });

test('bytes in memory, blobs, files, streams, responses and file handles', async () => {
  const file = new File([bytes], 'named.gguf');
  const handle = { kind: 'file', name: 'named.gguf', getFile: async () => file } as unknown as FileSystemFileHandle;
  const sources: ModelSource[] = [
    bytes, bytes.slice().buffer, new Blob([bytes]), file, handle, new Response(bytes), new Blob([bytes]).stream(),
  ];
  for (const source of sources) {
    assert.deepEqual(await load(source, { sha256: sha256(bytes) }), Buffer.from(bytes));
  }
  const { value } = await (await openSource(handle)).files[Symbol.asyncIterator]().next();
  assert.deepEqual([value?.name, value?.size], ['named.gguf', bytes.length]);
});

test('local sources are checked and can be aborted like others', async () => {
  await rejects(new Blob([bytes]), 'integrity', { sha256: sha256(parts[0]!) });
  await rejects(bytes, 'aborted', { signal: AbortSignal.abort() });
  await rejects(new Response('no', { status: 403 }), 'http');
  const never = new ReadableStream<Uint8Array>({ pull: () => new Promise(() => {}) });
  await rejects(never, 'aborted', { signal: AbortSignal.timeout(20) });
  const failing = new ReadableStream<Uint8Array>({ pull: (controller) => controller.error(new Error('x')) });
  await rejects(failing, 'network');
  await rejects(new ReadableStream({ start: (controller) => controller.enqueue('text') }), 'invalid_argument');
});

test('paths in Node: as object, as file: URL, as relative string; missing ones', async () => {
  const path = join(folder, 'model.gguf');
  for (const source of [{ path }, pathToFileURL(path), pathToFileURL(path).href, path]) {
    assert.deepEqual(await load(source), Buffer.from(bytes));
  }
  await rejects({ path: join(folder, 'none.gguf') }, 'not_found');
  await rejects({ path: folder }, 'io');
});

test('any part of a split model names all of them, and their sizes add up', async () => {
  const url = `${server.origin}/o/n/resolve/v1.0/dir/${partName(0)}`;
  for (const source of [{ path: join(folder, partName(1)) }, url, new URL(url), [url]]) {
    const opened = await openSource(source, { cache: false });
    assert.equal(opened.totalBytes, bytes.length);
    const files: Buffer[] = [];
    const names: string[] = [];
    for await (const file of opened.files) {
      names.push(file.name);
      files.push(await collect(file.chunks));
    }
    assert.deepEqual(names, [0, 1, 2].map(partName));
    assert.deepEqual(files, parts.map((part) => Buffer.from(part)));
  }
  const header = await openHeader({ path: join(folder, partName(0)) });
  assert.deepEqual([header.size, header.totalBytes], [1000, bytes.length]);
});

test('references to model repositories', async () => {
  const options = { host: server.origin, cache: false };
  const file = `dir/${partName(0)}`;
  for (const source of [`o/n@v1.0/${file}`, { repo: 'o/n', file, revision: 'v1.0' }]) {
    assert.deepEqual(await load(source, options), Buffer.from(bytes));
  }
  assert.deepEqual(await load('o/n/a b.gguf', options), Buffer.from(bytes));
  await rejects('o/n/missing.gguf', 'http', options);
});

test('what names nothing is refused', async () => {
  for (const source of [
    '', [], 3, null, undefined, {}, new Date(), 'ftp://a/b', 'http://[', 'http://u:p@127.0.0.1/a',
    { repo: 'one', file: 'a' }, { repo: 'a/b', file: '../c' },
  ]) {
    await rejects(source, 'invalid_argument', { cache: false });
  }
});

test('a stream is not opened for its header alone', async () => {
  await assert.rejects(openHeader(new Response(bytes)), { code: 'invalid_argument' });
});
