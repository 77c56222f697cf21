// Loading and the cache in a real Chromium: storage, locks and redirects are what they are there.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { after, afterEach, before, beforeEach, describe, test } from 'node:test';
import { build } from 'esbuild';
import { type Browser, type BrowserContext, chromium, type Page } from 'playwright-core';
import type { Outcome, Task } from './support/browser_client.js';
import { FileServer, patterned, sha256 } from './support/file_server.js';

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const skip = existsSync(executablePath) ? false : `no ${executablePath}`;
const MIB = 2 ** 20;
const bytes = patterned(40 * MIB + 3);
const digest = sha256(bytes);

describe('in Chromium', { skip }, () => {
  let browser: Browser;
  let context: BrowserContext;
  let server: FileServer;
  let client: Uint8Array;
  let url = '';

  before(async () => {
    const args = [
      '--no-sandbox', '--disable-quic', '--no-first-run', '--disable-background-networking',
      '--disable-component-update', '--disable-sync',
    ];
    browser = await chromium.launch({ executablePath, headless: true, args });
    const entryPoints = ['test/support/browser_client.ts'];
    const { outputFiles } = await build({ entryPoints, bundle: true, format: 'esm', target: 'es2022', write: false });
    client = outputFiles[0]!.contents;
  });
  after(() => browser?.close());
  beforeEach(async () => {
    server = await new FileServer().start();
    const page = '<!doctype html><title>test</title><script type="module" src="/client.js"></script>';
    server.serve('/', { bytes: new TextEncoder().encode(page), type: 'text/html', uncounted: true });
    server.serve('/client.js', { bytes: client, type: 'text/javascript', uncounted: true });
    url = server.serve('/m.gguf', { bytes });
    context = await browser.newContext();
  });
  afterEach(async () => {
    await context.close();
    await server.stop();
  });

  async function open(): Promise<Page> {
    const page = await context.newPage();
    await page.goto(`${server.origin}/`);
    await page.waitForFunction('globalThis.inWorker');
    server.sent = 0;
    return page;
  }

  function run(page: Page, where: 'inPage' | 'inWorker', task: Partial<Task> = {}): Promise<Outcome> {
    const whole: Task = { url, options: {}, ...task };
    return page.evaluate(`${where}(${JSON.stringify(whole)})`);
  }

  const seen = (page: Page, count: number) => page.waitForFunction(`globalThis.seen >= ${count}`);

  for (const [where, store] of [
    ['inWorker', 'opfs'], ['inPage', 'opfs'], ['inWorker', 'cache-api'], ['inWorker', 'memory'],
  ] as const) {
    test(`${where}, ${store}: the second time comes from the cache`, async (t) => {
      const page = await open();
      const options: Task['options'] = store === 'opfs' ? {} : { cache: { store } };
      const first = await run(page, where, { options });
      assert.deepEqual([first.error, first.sha256, first.store], [undefined, digest, store]);
      assert.equal(server.sent, bytes.length);
      const again = await run(page, where, { options });
      assert.equal(again.sha256, digest);
      // A worker's memory goes with it.
      assert.equal(again.cached, store !== 'memory');
      if (again.cached) assert.equal(server.sent, bytes.length);
      t.diagnostic(`${bytes.length / MIB} MiB: ${first.milliseconds} ms, then ${again.milliseconds} ms, hashing included`);
    });
  }

  test('a download goes on after a reload, and after its tab was closed', async () => {
    for (const where of ['inWorker', 'inPage'] as const) {
      const page = await open();
      run(page, where, { hangAfter: 20 * MIB }).catch(() => {});
      await seen(page, 20 * MIB);
      if (where === 'inWorker') await page.reload();
      else await page.close();
      const after = await open();
      const outcome = await run(after, where, { options: { sha256: digest } });
      assert.deepEqual([outcome.error, outcome.sha256], [undefined, digest]);
      assert.deepEqual(outcome.phases.filter((phase) => phase !== 'waiting'), ['cache', 'download']);
      assert.equal(server.sent, bytes.length - 16 * MIB);
      await after.evaluate('cache.clear()');
    }
  });

  test('two tabs that ask for one model fetch it once', async () => {
    const [one, two] = [await open(), await open()];
    const [first, second] = await Promise.all([run(one, 'inWorker'), run(two, 'inWorker')]);
    assert.deepEqual([first.error, first.sha256], [undefined, digest]);
    assert.deepEqual([second.error, second.sha256], [undefined, digest]);
    assert.equal(server.sent, bytes.length);
  });

  test('an abort settles, and the next load goes on', async () => {
    const page = await open();
    const aborted = await run(page, 'inWorker', { abortAfter: 10 * MIB });
    assert.equal(aborted.error, 'aborted');
    const outcome = await run(page, 'inWorker', { options: { sha256: digest } });
    assert.deepEqual([outcome.error, outcome.sha256], [undefined, digest]);
    assert.ok(outcome.phases.includes('cache'));
  });

  test('cut connections, a wrong digest, no such file', async () => {
    const page = await open();
    server.serve('/cut', { bytes, cuts: [0, 3, MIB, 4 * MIB - 1] });
    const cut = await run(page, 'inWorker', { url: `${server.origin}/cut`, options: { retryDelay: 5 } });
    assert.deepEqual([cut.error, cut.sha256], [undefined, digest]);
    const wrong = await run(page, 'inWorker', { options: { sha256: digest.replace(/./g, '0') } });
    assert.equal(wrong.error, 'integrity');
    const missing = await run(page, 'inWorker', { url: `${server.origin}/none` });
    assert.equal(missing.error, 'http');
  });

  test('no room is told before the download', async () => {
    const page = await open();
    const session = await context.newCDPSession(page);
    await session.send('Storage.overrideQuotaForOrigin', { origin: server.origin, quotaSize: 10 * MIB });
    const refused = await run(page, 'inWorker');
    assert.equal(refused.error, 'quota');
    const uncached = await run(page, 'inWorker', { options: { cache: { onQuota: 'uncached' } } });
    assert.deepEqual([uncached.error, uncached.sha256], [undefined, digest]);
  });

  test('another origin gets ranges through CORS, and after a redirect no token', async () => {
    const other = await new FileServer().start();
    try {
      other.cors = server.cors = true;
      const there = other.serve('/m.gguf', { bytes });
      server.serve('/moved', { bytes, redirect: there });
      const page = await open();
      const direct = await run(page, 'inWorker', { url: there, options: { cache: false } });
      assert.deepEqual([direct.error, direct.sha256], [undefined, digest]);
      assert.ok(other.log.length > 5);
      const moved = { url: `${server.origin}/moved`, options: { cache: false, token: 'hush' } };
      const outcome = await run(page, 'inWorker', moved);
      assert.deepEqual([outcome.error, outcome.sha256], [undefined, digest]);
      assert.ok(server.log.some(({ authorization }) => authorization === 'Bearer hush'));
      assert.ok(other.log.every(({ authorization }) => authorization === undefined));
    } finally {
      await other.stop();
    }
  });
});
