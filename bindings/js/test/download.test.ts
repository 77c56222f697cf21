// One file from a server that behaves well or badly, without a cache.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, test } from 'node:test';
import { openHeader, openSource, type ProgressEvent } from '../src/source/index.js';
import { FileServer, patterned, sha256 } from './support/file_server.js';
import { load, quick, readAll, readUntil } from './support/reading.js';

const MIB = 2 ** 20;
const big = patterned(18 * MIB + 12345);
const small = patterned(100_000);
const options = { ...quick, cache: false } as const;
let server: FileServer;

beforeEach(async () => {
  server = await new FileServer().start();
});
afterEach(() => server.stop());

const code = (expected: string) => (error: unknown) => {
  assert.equal((error as { code?: string }).code, expected, String(error));
  return true;
};

test('ranges are fetched side by side, each byte once, and come in order', async () => {
  // The later a range is, the sooner it is answered.
  const url = server.serve('/big.gguf', { bytes: big, delay: (start) => Math.max(0, 60 - start / MIB * 4) });
  assert.deepEqual(await load(url, options), Buffer.from(big));
  assert.equal(server.sent, big.length);
  assert.equal(server.log.length, 5);
});

test('a server without ranges gives one stream', async () => {
  const url = server.serve('/big.gguf', { bytes: big, ranges: false });
  const opened = await openSource(url, options);
  assert.equal(opened.totalBytes, big.length);
  assert.deepEqual(await readAll(opened), Buffer.from(big));
  assert.equal(server.log.length, 1);
});

test('a server whose Content-Range is hidden gives one stream', async () => {
  const url = server.serve('/a.gguf', { bytes: small, hideRange: true });
  assert.deepEqual(await load(url, options), Buffer.from(small));
});

test('odd sizes: nothing, one byte, a segment, a byte more', async () => {
  for (const size of [0, 1, 4 * MIB, 4 * MIB + 1]) {
    const url = server.serve(`/${size}.gguf`, { bytes: big.subarray(0, size) });
    assert.deepEqual(await load(url, options), Buffer.from(big.subarray(0, size)), `${size} bytes`);
  }
});

test('connections cut at every stage are taken up again', async () => {
  for (const ranges of [true, false]) {
    const cuts = [0, 1, 70_000, 4 * MIB - 1, 3 * MIB, 0, 5];
    const url = server.serve('/big.gguf', { bytes: big, ranges, cuts });
    assert.deepEqual(await load(url, options), Buffer.from(big), `ranges: ${ranges}`);
    assert.equal(cuts.length, 0);
  }
});

test('failures that pass are waited for, others are told at once', async () => {
  const bytes = small;
  const busy = server.serve('/a', { bytes, statuses: [500, 503, 429, 502] });
  assert.deepEqual(await load(busy, options), Buffer.from(bytes));
  for (const status of [401, 403, 404, 410]) {
    const before = server.log.length;
    const refusing = server.serve('/b', { bytes, statuses: [status] });
    await assert.rejects(load(refusing, options), { code: 'http', httpStatus: status });
    assert.equal(server.log.length, before + 1);
  }
  await assert.rejects(load(server.serve('/c', { bytes, statuses: Array(9).fill(500) }), options), code('http'));
  await assert.rejects(load(`${server.origin}/missing?token=secret`, options), (error: Error) => {
    assert.ok(!error.message.includes('secret'));
    return true;
  });
});

test('a server that is not there, or gives up for good, is a network error', async () => {
  const url = server.serve('/a', { bytes: small, cuts: Array(20).fill(0) });
  await assert.rejects(load(url, options), code('network'));
  await server.stop();
  await assert.rejects(load(url, { ...options, retries: 1 }), code('network'));
});

test('a server that falls silent is given up and asked again', async () => {
  let silent = true;
  const delay = () => (silent ? ((silent = false), 400) : 0);
  const url = server.serve('/a', { bytes: small, delay });
  assert.deepEqual(await load(url, { ...options, stallTimeout: 100 }), Buffer.from(small));
  assert.equal(server.log.length, 2);
});

test('another version in the middle of a download ends it', async () => {
  for (const ranges of [true, false]) {
    const url = server.serve('/big.gguf', { bytes: big, ranges, etag: '"one"', cuts: [MIB] });
    const opened = await openSource(url, { ...options, connections: 1 });
    server.serve('/big.gguf', { bytes: big, ranges, etag: '"two"' });
    await assert.rejects(readAll(opened), code('integrity'), `ranges: ${ranges}`);
  }
});

test('a cut stream that nothing identifies is not continued', async () => {
  const url = server.serve('/a', { bytes: big, ranges: false, cuts: [MIB] });
  delete server.files.get('/a')!.etag;
  await assert.rejects(load(url, options), code('network'));
});

test('a slow reader holds the download up', async () => {
  const bytes = patterned(48 * MIB);
  const opened = await openSource(server.serve('/huge', { bytes }), options);
  const [file] = [(await opened.files[Symbol.asyncIterator]().next()).value!];
  const chunks = file.chunks[Symbol.asyncIterator]();
  await chunks.next();
  await new Promise((resolve) => setTimeout(resolve, 300));
  assert.ok(server.sent <= 20 * MIB, `${server.sent} bytes were sent`);
  let rest = 0;
  for (let next = await chunks.next(); !next.done; next = await chunks.next()) rest += next.value.length;
  assert.ok(rest > 47 * MIB);
});

test('the digest is checked', async () => {
  const url = server.serve('/a', { bytes: small });
  assert.deepEqual(await load(url, { ...options, sha256: sha256(small).toUpperCase() }), Buffer.from(small));
  await assert.rejects(load(url, { ...options, sha256: sha256(big) }), code('integrity'));
  await assert.rejects(load(url, { ...options, sha256: 'abc' }), code('invalid_argument'));
  await assert.rejects(load(url, { ...options, sha256: [sha256(small), sha256(small)] }), code('invalid_argument'));
});

test('abort: before, while waiting for an answer, between tries, and between bytes', async () => {
  const url = server.serve('/big', { bytes: big });
  await assert.rejects(load(url, { ...options, signal: AbortSignal.abort() }), code('aborted'));
  const slow = server.serve('/slow', { bytes: big, delay: () => 1000 });
  await assert.rejects(load(slow, { ...options, signal: AbortSignal.timeout(50) }), code('aborted'));
  const broken = server.serve('/broken', { bytes: big, statuses: Array(9).fill(503) });
  const waiting = { ...options, retryDelay: 60_000, signal: AbortSignal.timeout(50) };
  await assert.rejects(load(broken, waiting), code('aborted'));
  for (const ranges of [true, false]) {
    server.serve('/big', { bytes: big, ranges });
    const controller = new AbortController();
    const opened = await openSource(url, { ...options, signal: controller.signal });
    assert.ok(code('aborted')(await readUntil(opened, 5 * MIB, () => controller.abort())));
  }
});

test('close() ends the requests of a source that is not read', async () => {
  const opened = await openSource(server.serve('/big', { bytes: big }), options);
  opened.close();
  await assert.rejects(readAll(opened), code('aborted'));
});

test('the token goes to the host asked and to no other', async () => {
  const other = await new FileServer().start();
  try {
    const there = other.serve('/real', { bytes: small });
    const here = server.serve('/a.gguf', { bytes: small });
    await load(here, { ...options, token: 'hush' });
    server.serve('/moved.gguf', { bytes: small, redirect: there });
    assert.deepEqual(await load(`${server.origin}/moved.gguf`, { ...options, token: 'hush' }), Buffer.from(small));
    await load([here, there], { ...options, token: 'hush' });
    assert.ok(server.log.every(({ authorization }) => authorization === 'Bearer hush'));
    assert.ok(other.log.length === 3 && other.log.every(({ authorization }) => authorization === undefined));
  } finally {
    await other.stop();
  }
});

test('progress grows to the total and tells a speed', async () => {
  const url = server.serve('/big', { bytes: big, delay: () => 120 });
  const reports: ProgressEvent[] = [];
  await load(url, { ...options, connections: 1, onProgress: (report) => reports.push(report) });
  assert.ok(reports.length >= 3);
  assert.ok(reports.every(({ bytes }, i) => i === 0 || bytes >= reports[i - 1]!.bytes));
  const last = reports.at(-1)!;
  assert.deepEqual([last.phase, last.bytes, last.total, last.etaSeconds], ['download', big.length, big.length, 0]);
  assert.ok(last.bytesPerSecond > MIB);
});

test('the header is fetched in growing requests, as far as it is read', async () => {
  const url = server.serve('/big', { bytes: big });
  const header = await openHeader(url, options);
  assert.deepEqual([header.size, header.totalBytes, header.cachedBytes], [big.length, big.length, 0]);
  const pieces: Uint8Array[] = [];
  for await (const chunk of header.chunks) {
    pieces.push(chunk);
    if (pieces.reduce((sum, { length }) => sum + length, 0) >= MIB) break;
  }
  const read = Buffer.concat(pieces);
  assert.deepEqual(read, Buffer.from(big.subarray(0, read.length)));
  assert.ok(server.sent <= 2 * MIB);
  const plain = await openHeader(server.serve('/plain', { bytes: small, ranges: false }), options);
  for await (const chunk of plain.chunks) {
    assert.deepEqual(Buffer.from(chunk), Buffer.from(small.subarray(0, chunk.length)));
    break;
  }
});
