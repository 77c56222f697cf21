// Downloads through the cache in a pretended browser: crashes, second tabs, changes, full disks.
import assert from 'node:assert/strict';
import { afterEach, beforeEach, describe, test } from 'node:test';
import { cache } from '../src/cache/index.js';
import { openHeader, openSource, type ProgressEvent } from '../src/source/index.js';
import { FakeBrowser } from './support/fake_browser.js';
import { FileServer, patterned, sha256 } from './support/file_server.js';
import { load, quick, readAll, readUntil } from './support/reading.js';

const MIB = 2 ** 20;
const bytes = patterned(21 * MIB + 5);
const digest = sha256(bytes);
const otherBytes = patterned(bytes.length, 2);
let server: FileServer;
let browser: FakeBrowser;
let url = '';

beforeEach(async () => {
  server = await new FileServer().start();
  url = server.serve('/m.gguf', { bytes });
});
afterEach(async () => {
  await server.stop();
  browser.uninstall();
});

const withCode = (expected: string) => (error: unknown) => {
  assert.equal((error as { code?: string }).code, expected, String(error));
  return true;
};

/** Reads some MiB and dies. */
async function crashAfter(count: number): Promise<void> {
  const opened = await openSource(url, quick);
  const reading = readUntil(opened, count, () => {
    browser.crash();
    throw new Error('the tab is gone');
  });
  await reading;
}

/**
 * The first byte that was asked for since the server's log had `before` entries. Requests of a download that ended before
 * may still arrive: they are for bytes past those that were kept.
 */
function firstByte(before: number): number {
  return Math.min(...server.log.slice(before).map(({ range }) => Number(/^bytes=(\d+)-/.exec(range!)![1])));
}

for (const sync of [true, false]) {
  describe(sync ? 'in a worker (sync access handles)' : 'in a page (writable streams)', () => {
    beforeEach(() => {
      browser = new FakeBrowser({ sync });
    });

    test('the second time nothing is asked of the server', async () => {
      assert.deepEqual(await load(url, { sha256: digest }), Buffer.from(bytes));
      const requests = server.log.length;
      const opened = await openSource(url, { sha256: digest });
      assert.deepEqual([opened.cached, opened.totalBytes], [true, bytes.length]);
      assert.deepEqual(await readAll(opened), Buffer.from(bytes));
      assert.equal((await openHeader(url)).cachedBytes, bytes.length);
      assert.equal(server.log.length, requests);
      assert.equal((await cache.list())[0]?.sha256, digest);
    });

    test('a crash loses no more than the part it was in', async () => {
      await crashAfter(18 * MIB);
      const before = server.log.length;
      const phases = new Set<string>();
      const resumed = await load(url, { sha256: digest, onProgress: ({ phase }) => phases.add(phase) });
      assert.deepEqual(resumed, Buffer.from(bytes));
      assert.equal(firstByte(before), 16 * MIB);
      assert.deepEqual([...phases].sort(), ['cache', 'download']);
    });

    test('an abort loses nothing that was read', async () => {
      const controller = new AbortController();
      const opened = await openSource(url, { signal: controller.signal });
      const error = await readUntil(opened, 5 * MIB, () => controller.abort());
      assert.ok(withCode('aborted')(error));
      const [entry] = await cache.list();
      assert.ok(entry!.bytes >= 5 * MIB && !entry!.complete);
      const before = server.log.length;
      assert.deepEqual(await load(url, { sha256: digest }), Buffer.from(bytes));
      assert.equal(firstByte(before), entry!.bytes);
    });
  });
}

describe('the cache', () => {
  beforeEach(() => {
    browser = new FakeBrowser();
  });

  test('a file that changed on the server begins anew', async () => {
    for (const change of [{ etag: '"new"' }, { bytes: otherBytes.subarray(0, 20 * MIB), etag: '"new"' }]) {
      url = server.serve('/m.gguf', { bytes });
      await crashAfter(12 * MIB);
      const served = { bytes: otherBytes, ...change };
      server.serve('/m.gguf', served);
      assert.deepEqual(await load(url), Buffer.from(served.bytes));
      await cache.clear();
    }
  });

  test('nothing is resumed that only its length identifies', async () => {
    delete server.files.get('/m.gguf')!.etag;
    await crashAfter(12 * MIB);
    server.serve('/m.gguf', { bytes: otherBytes });
    delete server.files.get('/m.gguf')!.etag;
    assert.deepEqual(await load(url), Buffer.from(otherBytes));
  });

  test('a server that has lost its ranges begins anew', async () => {
    await crashAfter(12 * MIB);
    server.serve('/m.gguf', { bytes, ranges: false });
    assert.deepEqual(await load(url, { sha256: digest }), Buffer.from(bytes));
    assert.ok(await cache.has(url));
  });

  test('a wrong digest keeps nothing; the right one then loads', async () => {
    await assert.rejects(load(url, { sha256: sha256(otherBytes) }), withCode('integrity'));
    assert.deepEqual(await cache.list(), []);
    assert.deepEqual(await load(url, { sha256: digest }), Buffer.from(bytes));
    // A kept file of another digest is not the one asked for.
    server.serve('/m.gguf', { bytes: otherBytes });
    assert.deepEqual(await load(url, { sha256: sha256(otherBytes) }), Buffer.from(otherBytes));
  });

  test('what was kept unchecked is checked when a digest is given', async () => {
    await load(url);
    browser.damage('part-00001', (part) => ((part[77]! ^= 1), part));
    await assert.rejects(load(url, { sha256: digest }), withCode('integrity'));
    assert.deepEqual(await load(url, { sha256: digest }), Buffer.from(bytes));
  });

  test('damage to the kept files is found, and mended by the next load', async () => {
    const damages: [string, (part: Uint8Array) => Uint8Array][] = [
      ['journal.json', (journal) => journal.subarray(0, 20)],
      ['journal.json', () => new TextEncoder().encode('{"version":1,"key":3}')],
      ['part-00001', (part) => part.subarray(1)],
    ];
    for (const [name, change] of damages) {
      await load(url);
      browser.damage(name, change);
      const result = await load(url).catch((error: unknown) => {
        withCode('integrity')(error);
        return load(url);
      });
      assert.deepEqual(result, Buffer.from(bytes), name);
    }
  });

  test('two tabs: the second waits, then reads what the first has kept', async () => {
    const first = await openSource(url);
    const reports: ProgressEvent[] = [];
    const second = load(url, { onProgress: (report) => reports.push(report) });
    await new Promise((resolve) => setTimeout(resolve, 100));
    const requests = server.log.length;
    assert.equal(requests, 1);
    assert.deepEqual(await readAll(first), Buffer.from(bytes));
    assert.deepEqual(await second, Buffer.from(bytes));
    assert.equal(server.sent, bytes.length);
    assert.deepEqual([...new Set(reports.map(({ phase }) => phase))], ['waiting', 'cache']);
  });

  test('two tabs: if the first gives up, the second goes on where it was', async () => {
    const controller = new AbortController();
    const first = await openSource(url, { signal: controller.signal });
    const second = load(url, { sha256: digest });
    await readUntil(first, 9 * MIB, () => controller.abort());
    assert.deepEqual(await second, Buffer.from(bytes));
  });

  test('an aborted reader that does not go on reading keeps no lock', async () => {
    const controller = new AbortController();
    const opened = await openSource(url, { signal: controller.signal });
    await opened.files[Symbol.asyncIterator]().next();
    controller.abort();
    assert.deepEqual(await load(url), Buffer.from(bytes));
  });

  test('waiting for another tab can be aborted', async () => {
    const first = await openSource(url);
    await assert.rejects(load(url, { signal: AbortSignal.timeout(20) }), withCode('aborted'));
    first.close();
  });

  test('no room: found before the download where the browser tells, else when it is full', async () => {
    browser.quota = 10 * MIB;
    await assert.rejects(load(url), withCode('quota'));
    assert.ok(server.sent <= 4 * MIB);
    browser.promised = 2 ** 40;
    await assert.rejects(load(url), withCode('quota'));
    assert.deepEqual(await load(url, { cache: { onQuota: 'uncached' } }), Buffer.from(bytes));
    assert.equal(await cache.has(url), false);
    browser.promised = undefined;
    assert.deepEqual(await load(url, { cache: { onQuota: 'uncached' } }), Buffer.from(bytes));
    browser.quota = 30 * MIB;
    await load(url);
    assert.equal(await cache.has(url), true);
  });

  test('revalidation asks, and manages without an answer', async () => {
    const options = { ...quick, retries: 0, cache: { revalidate: true } };
    await load(url, options);
    server.sent = 0;
    assert.deepEqual(await load(url, options), Buffer.from(bytes));
    assert.equal(server.sent, 0);
    server.serve('/m.gguf', { bytes: otherBytes });
    assert.deepEqual(await load(url, options), Buffer.from(otherBytes));
    await server.stop();
    assert.deepEqual(await load(url, options), Buffer.from(otherBytes));
    server = await new FileServer().start();
  });

  test('split files are kept one by one, keys can be given', async () => {
    server.serve('/s-00001-of-00002.gguf', { bytes: bytes.subarray(0, 5 * MIB) });
    const split = server.serve('/s-00002-of-00002.gguf', { bytes: bytes.subarray(5 * MIB) });
    assert.deepEqual(await load(split), Buffer.from(bytes));
    assert.ok(await cache.has(split));
    assert.equal((await openSource(split)).cached, true);
    await load(`${url}?signature=1`, { cache: { key: 'model' } });
    const again = await openSource(`${url}?signature=2`, { cache: { key: 'model' } });
    assert.equal(again.cached, true);
    again.close();
  });

  test('list, has, delete, clear, usage, persist', async () => {
    await load(url);
    const other = server.serve('/n.gguf', { bytes: otherBytes });
    await crashAfter(1).catch(() => {});
    await load(other);
    const keys = (await cache.list()).map(({ key, complete, bytes: kept }) => [key, complete, kept]);
    assert.deepEqual(keys.sort(), [[url, true, bytes.length], [other, true, bytes.length]].sort());
    const usage = await cache.usage();
    assert.deepEqual([usage.store, usage.files, usage.bytes], ['opfs', 2, 2 * bytes.length]);
    await cache.delete(url);
    assert.deepEqual([await cache.has(url), await cache.has(other)], [false, true]);
    await cache.delete({ key: other });
    assert.deepEqual(await cache.list(), []);
    await load(url);
    await cache.clear();
    assert.equal(browser.paths().filter((path) => path.includes('part')).length, 0);
    assert.equal(await cache.persist(), true);
  });

  test('a store that fails otherwise does not end the download', async () => {
    const opened = await openSource(url);
    const files = opened.files[Symbol.asyncIterator]();
    const { value: file } = await files.next();
    let read = 0;
    for await (const chunk of file!.chunks) {
      if (read === 0) browser.crash();
      read += chunk.length;
    }
    assert.equal(read, bytes.length);
  });
});

test('without a browser small files stay in memory, and large ones load all the same', async () => {
  browser = new FakeBrowser();
  browser.uninstall();
  const small = server.serve('/small.gguf', { bytes: bytes.subarray(0, 9 * MIB) });
  const first = await openSource(small);
  const second = load(small);
  assert.equal((await readAll(first)).length, 9 * MIB);
  assert.equal((await second).length, 9 * MIB);
  assert.equal(server.sent, 9 * MIB);
  const large = patterned(65 * MIB);
  assert.equal((await load(server.serve('/large.gguf', { bytes: large }))).length, large.length);
  assert.deepEqual((await cache.list()).map(({ name }) => name), ['small.gguf']);
  await cache.clear();
});
