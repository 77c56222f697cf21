// The packed package in a real Chromium: plain files from a server under a strict policy, in a worker, from the cache
// the second time; the text is the native build's.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type Browser, chromium } from 'playwright-core';
import { FileServer } from './support/file_server.js';
import { NATIVE_TEXT, readData } from './support/data.js';

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const skip = existsSync(executablePath) ? false : `no ${executablePath}`;
const POLICY = {
  'content-security-policy': "default-src 'self'; worker-src 'self'; script-src 'self' 'wasm-unsafe-eval'",
};
const ISOLATION = { 'cross-origin-opener-policy': 'same-origin', 'cross-origin-embedder-policy': 'require-corp' };
const TYPES: Record<string, string> = { js: 'text/javascript', wasm: 'application/wasm' };

/** Runs in the page; its result is put where it can be read without evaluating more than a name. */
const CLIENT = `
  import { loadModel } from '/package/dist/index.js';
  document.addEventListener('securitypolicyviolation', (event) => (globalThis.violation = event.violatedDirective));
  globalThis.run = async (options) => {
    const phases = new Set();
    const model = await loadModel('./tales.gguf', { ...options, onProgress: ({ phase }) => phases.add(phase) });
    const session = await model.createSession();
    const pieces = [];
    for await (const piece of session.generate('Once upon a time', { maxTokens: 48 })) pieces.push(piece);
    const { variant, threads } = model.engine;
    model.dispose();
    phases.delete('waiting');
    return { text: pieces.join(''), pieces: pieces.length, phases: [...phases], variant, threads };
  };
`;

interface Outcome {
  text: string;
  pieces: number;
  phases: string[];
  variant: string;
  threads: number;
}

describe('the packed package in Chromium', { skip }, () => {
  let browser: Browser;
  const folder = mkdtempSync(join(tmpdir(), 'wasmchord-package-'));

  before(async () => {
    const cwd = fileURLToPath(new URL('..', import.meta.url));
    execFileSync('npm', ['pack', '--ignore-scripts', '--pack-destination', folder], { cwd, stdio: 'ignore' });
    const [tarball] = readdirSync(folder);
    execFileSync('tar', ['-xzf', tarball!], { cwd: folder });
    browser = await chromium.launch({ executablePath, headless: true, args: ['--no-sandbox', '--no-first-run'] });
  });
  after(async () => {
    await browser?.close();
    rmSync(folder, { recursive: true });
  });

  async function serve(headers: Record<string, string>): Promise<FileServer> {
    const server = await new FileServer().start();
    const text = (content: string) => new TextEncoder().encode(content);
    const page = '<!doctype html><title>test</title><script type="module" src="/client.js"></script>';
    server.serve('/', { bytes: text(page), type: 'text/html', headers });
    server.serve('/client.js', { bytes: text(CLIENT), type: 'text/javascript', headers });
    server.serve('/tales.gguf', { bytes: readData('models/tales-1m-q8_0.gguf') });
    for (const name of readdirSync(join(folder, 'package/dist')).filter((one) => /\.(js|wasm)$/.test(one))) {
      const type = TYPES[name.split('.').at(-1)!] ?? 'text/plain';
      server.serve(`/package/dist/${name}`, { bytes: readFileSync(join(folder, 'package/dist', name)), type, headers });
    }
    return server;
  }

  for (const [where, headers] of [
    ['an isolated page', { ...POLICY, ...ISOLATION }],
    ['a page without special headers', POLICY],
  ] as const) {
    test(`${where}: the native text, piece by piece, the second time from the cache`, async (t) => {
      const server = await serve(headers);
      const context = await browser.newContext();
      try {
        const page = await context.newPage();
        await page.goto(`${server.origin}/`);
        await page.waitForFunction(() => 'run' in globalThis);
        const run = (options = {}) =>
          page.evaluate((given) => (globalThis as unknown as { run(given: unknown): Promise<Outcome> }).run(given), options);
        const first = await run();
        assert.equal(first.text, NATIVE_TEXT);
        assert.ok(first.pieces > 20, `${first.pieces} pieces`);
        assert.equal(first.variant, 'relaxed');
        const again = await run({ variant: 'simd' });
        assert.deepEqual([again.text, again.phases], [NATIVE_TEXT, ['cache']]);
        assert.equal(await page.evaluate(() => (globalThis as { violation?: string }).violation), undefined);
        t.diagnostic(`${first.variant} with ${first.threads} threads, then ${again.variant}`);
      } finally {
        await context.close();
        await server.stop();
      }
    });
  }
});
