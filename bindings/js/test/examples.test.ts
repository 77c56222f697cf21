// The examples as people use them: the pages in a real Chromium, by labels, clicks and keys, served by the script beside
// them; the one for Node on its command line. SCREENSHOTS names a folder for pictures of the pages in both themes.
import assert from 'node:assert/strict';
import { type ChildProcess, execFile, spawn } from 'node:child_process';
import { existsSync, copyFileSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { type Browser, chromium, type Page } from 'playwright-core';
import { dataPath, TALES } from './support/data.js';

const executablePath = process.env['CHROMIUM'] ?? '/usr/bin/chromium';
const skip = existsSync(executablePath) ? false : `no ${executablePath}`;
const screenshots = process.env['SCREENSHOTS'];
const packageFolder = fileURLToPath(new URL('..', import.meta.url));
const examples = fileURLToPath(new URL('../../../examples/', import.meta.url));
const TALES_7M = fileURLToPath(new URL('../../../tools/cli/models/tales-7m-q4_0.gguf', import.meta.url));
/** On a busy machine a page may wait long for its worker. */
const PATIENCE = 60_000;

describe('the pages in Chromium', { skip }, () => {
  let browser: Browser;
  let server: ChildProcess;
  let origin = '';
  let visits = 0;

  before(async () => {
    const command = [join(examples, 'web/serve.js'), '--port', '0', TALES];
    server = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'inherit'] });
    for await (const line of createInterface(server.stdout!)) {
      origin = line;
      break;
    }
    browser = await chromium.launch({ executablePath, headless: true, args: ['--no-sandbox', '--no-first-run'] });
  });
  after(async () => {
    await browser?.close();
    server?.kill();
  });

  /** Opens a page, lets `use` drive it, and fails for what the page reports as an error. */
  async function visit(name: string, use: (page: Page) => Promise<void>): Promise<void> {
    const context = await browser.newContext({ viewport: { width: 900, height: 1000 } });
    const reported: string[] = [];
    try {
      const page = await context.newPage();
      page.setDefaultTimeout(PATIENCE);
      page.on('console', (message) => message.type() === 'error' && reported.push(message.text()));
      page.on('pageerror', (error) => reported.push(error.message));
      await page.goto(`${origin}${name}.html`);
      await use(page);
      assert.equal(await page.locator('nav [aria-current=page]').count(), 1);
      visits++;
      for (const colorScheme of screenshots ? (['light', 'dark'] as const) : []) {
        await page.emulateMedia({ colorScheme });
        await page.screenshot({ path: join(screenshots!, `${visits}-${name}-${colorScheme}.png`), fullPage: true });
      }
    } finally {
      await context.close();
    }
    assert.deepEqual(reported, []);
  }

  /** Waits until the element's text matches, and gives it. */
  async function textOf(page: Page, id: string, pattern: RegExp): Promise<string> {
    await page.locator(`#${id}`).filter({ hasText: pattern }).waitFor();
    return (await page.locator(`#${id}`).textContent())!;
  }

  test('the overview shows what the browser can do', () =>
    visit('index', async (page) => {
      await page.getByText('Models run here with').waitFor();
      const names = await page.getByRole('columnheader').allTextContents();
      const values = await page.getByRole('cell').allTextContents();
      const row = Object.fromEntries(names.map((name, i) => [name, values[i]]));
      assert.deepEqual([row['SIMD'], row['Cross-origin isolated'], row['Cache']], ['yes', 'yes', 'opfs']);
    }));

  test('a story is told, stopped, and told again', () =>
    visit('story', async (page) => {
      await textOf(page, 'status', /^Ready: tales-7m/);
      const story = page.getByRole('article', { name: 'The story' });
      const tell = async () => {
        await page.getByRole('button', { name: 'Tell' }).click();
        await textOf(page, 'status', /ended: end/);
        return (await story.textContent())!;
      };
      await page.getByLabel('About').fill('an old sailor');
      const first = await tell();
      assert.match(first, /sailor/);
      assert.ok(first.length > 200, first);
      assert.equal(await tell(), first);

      await page.getByRole('button', { name: 'Tell' }).click();
      await page.getByRole('button', { name: 'Stop' }).click();
      await textOf(page, 'status', /^Stopped|ended/);
      assert.equal(await page.locator('#error').textContent(), '');
    }));

  test('a prompt is gone on from, with the keyboard alone', () =>
    visit('text_generation', async (page) => {
      await page.getByRole('combobox', { name: 'Model' }).press('End');
      await page.getByRole('button', { name: 'Load' }).press('Enter');
      await textOf(page, 'model', /tales-1m.*llama.*Q8_0.*one thread/);

      const temperature = page.getByLabel('Temperature');
      await temperature.press('Home');
      assert.equal(await temperature.inputValue(), '0');
      const most = page.getByLabel('Tokens at most');
      await most.press('Home');
      await most.press('ArrowRight');
      await page.getByLabel('Prompt').press('Control+Enter');
      await textOf(page, 'speed', /^16 tokens, .*tokens\/s.*length$/);
      const text = await page.getByRole('article', { name: 'Text' }).textContent();
      assert.match(text!, /^Once upon a time, there was a little girl called Minnie/);
    }));

  test('generating stops by a click; a file that is no model says so', () =>
    visit('text_generation', async (page) => {
      await page.getByLabel('or a GGUF file').setInputFiles(TALES_7M);
      await page.getByRole('button', { name: 'Load' }).click();
      await textOf(page, 'model', /tales-7m.*Q4_0/);
      await page.getByLabel('Tokens at most').press('End');
      await page.getByRole('button', { name: 'Generate' }).click();
      await textOf(page, 'text', /Once upon a time./);
      await page.getByRole('button', { name: 'Stop' }).click();
      await textOf(page, 'speed', /^Stopped after \d+ tokens|ended/);

      const noModel = { name: 'a.gguf', mimeType: '', buffer: Buffer.from('no model') };
      await page.getByLabel('or a GGUF file').setInputFiles(noModel);
      await page.getByRole('button', { name: 'Load' }).click();
      await textOf(page, 'error', /malformed/);
      await textOf(page, 'model', /No model is loaded/);
      assert.ok(await page.getByRole('button', { name: 'Generate' }).isDisabled());
    }));

  test('a file is inspected and its tokenizer tried', () =>
    visit('inspector', async (page) => {
      await page.getByLabel('GGUF file', { exact: true }).setInputFiles(TALES_7M);
      await textOf(page, 'summary', /^tales-7m: llama, 7\.3 million weights, 4\.5 MB\. wasmchord can run it\.$/);
      await page.getByRole('rowheader', { name: 'general.architecture' }).waitFor();
      const full = await textOf(page, 'estimate', /weights 4\.4 MB/);
      await page.getByLabel('Positions').fill('64');
      await page.getByRole('button', { name: 'Estimate' }).click();
      await page.locator('#estimate').filter({ hasNotText: full }).waitFor();
      await page.getByLabel('Only names with').fill('blk.3.attn');
      const names = await page.locator('#tensors td:first-child').allTextContents();
      assert.ok(names.length > 3 && names.every((name) => name.includes('blk.3.attn')), names.join());

      await page.getByRole('button', { name: 'Load the tokenizer' }).click();
      await textOf(page, 'count', /tokens of/);
      await page.getByLabel('Text to split into tokens').fill('a fox<|end|>');
      await textOf(page, 'count', /of 12 characters/);
      const plain = await page.getByRole('listitem').filter({ hasNot: page.getByRole('link') }).allTextContents();
      assert.equal(plain.join(''), 'a fox<|end|>');
      await page.getByLabel('Control tokens in the text').check();
      await page.locator('#tokens li', { hasText: /^<\|end\|>$/ }).waitFor();
      assert.ok((await page.locator('#tokens li').count()) < plain.length);
    }));

  test('a dropped file is inspected; one that is no model says so', () =>
    visit('inspector', async (page) => {
      const drop = (text: string) =>
        page.locator('#open').evaluate((target, content) => {
          const dataTransfer = new DataTransfer();
          dataTransfer.items.add(new File([content], 'a.gguf'));
          target.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
        }, text);
      await drop('no model');
      await textOf(page, 'error', /malformed/);
      await page.getByLabel('or a URL').fill(`${origin}models/tales-1m-q8_0.gguf`);
      await page.getByRole('button', { name: 'Inspect' }).click();
      await textOf(page, 'summary', /^tales-1m/);
      assert.equal(await page.locator('#error').textContent(), '');
    }));

  test('the server knows ranges, types and its own folders', async () => {
    const part = await fetch(`${origin}models/tales-1m-q8_0.gguf`, { headers: { range: 'bytes=0-3' } });
    assert.deepEqual([part.status, await part.text()], [206, 'GGUF']);
    assert.match(part.headers.get('content-range')!, /^bytes 0-3\/\d+$/);
    const beyond = await fetch(`${origin}models/tales-1m-q8_0.gguf`, { headers: { range: 'bytes=999999999-' } });
    assert.equal(beyond.status, 416);
    const module = await fetch(`${origin}wasmchord/wasmchord-simd.wasm`, { method: 'HEAD' });
    assert.equal(module.headers.get('content-type'), 'application/wasm');
    assert.equal(module.headers.get('cross-origin-embedder-policy'), 'require-corp');
    for (const path of ['models/%2e%2e/x', 'wasmchord/..%2fpackage.json', '..%2fREADME.md', '%', 'no.html']) {
      const { status } = await fetch(origin + path);
      assert.ok(status === 404 || status === 400, `${path}: ${status}`);
    }
  });
});

describe('the example for Node', () => {
  const folder = mkdtempSync(join(tmpdir(), 'wasmchord-node-'));
  after(() => rmSync(folder, { recursive: true }));

  /** As after "npm install". */
  function install(): string {
    mkdirSync(join(folder, 'node_modules'));
    symlinkSync(packageFolder, join(folder, 'node_modules/wasmchord'), 'dir');
    for (const name of ['generate.js', 'package.json']) copyFileSync(join(examples, 'node', name), join(folder, name));
    return join(folder, 'generate.js');
  }

  test('goes on from a prompt, and says what is wrong', async () => {
    const script = install();
    const run = (...args: string[]) => promisify(execFile)(process.execPath, [script, ...args]);
    const { stdout, stderr } = await run(TALES, 'Once upon a time');
    assert.match(stdout, /^Once upon a time.{20}/s);
    assert.match(stderr, /tokens\/s/);
    writeFileSync(join(folder, 'no.gguf'), 'no model');
    await assert.rejects(run(join(folder, 'no.gguf')), { code: 1, stderr: /^malformed: / });
    await assert.rejects(run(dataPath('models/none.gguf')), { code: 1, stderr: /^(not_found|io): / });
  });
});
