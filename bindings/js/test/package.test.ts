// What the package weighs and what it must not contain.
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { gzipSync } from 'node:zlib';

const dist = fileURLToPath(new URL('../dist/', import.meta.url));
const files = readdirSync(dist).map((name) => ({ name, data: () => readFileSync(join(dist, name)) }));
const scripts = files.filter(({ name }) => name.endsWith('.js'));
const modules = files.filter(({ name }) => name.endsWith('.wasm'));

const KB = 1000;

/** The scripts that `entries` are made of, with what they import and start. */
function closure(entries: string[]): typeof scripts {
  const found = new Set<string>();
  const visit = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    const text = readFileSync(join(dist, name), 'utf8');
    for (const [, other] of text.matchAll(/["']\.\/([\w-]+\.js)["']/g)) visit(other!);
  };
  entries.forEach(visit);
  return scripts.filter(({ name }) => found.has(name));
}

function weigh(list: typeof scripts): [plain: number, compressed: number] {
  const sum = (sizes: number[]) => sizes.reduce((total, size) => total + size, 0);
  return [sum(list.map(({ data }) => data().length)), sum(list.map(({ data }) => gzipSync(data(), { level: 9 }).length))];
}

test('JavaScript with all that it loads is at most 100 KB, 30 KB compressed; an adapter is a tenth of that', () => {
  const main = closure(['index.js']);
  for (const name of ['worker.js', 'thread.js']) assert.ok(main.some((one) => one.name === name), name);
  const [plain, compressed] = weigh(main);
  console.log(`JavaScript: ${plain} bytes, ${compressed} compressed`);
  assert.ok(plain <= 100 * KB && compressed <= 30 * KB, `${plain} bytes, ${compressed} compressed`);
  for (const name of ['openai.js', 'prompt_api.js', 'ai_sdk.js']) {
    const [size, packed] = weigh(closure([name]));
    console.log(`${name}: ${size} bytes, ${packed} compressed`);
    assert.ok(size <= 10 * KB && packed <= 3 * KB, `${name}: ${size} bytes, ${packed} compressed`);
  }
});

test('each module is at most 2,400 KB, 630 KB compressed, and names nothing inside', () => {
  assert.ok(modules.length === 2, 'the modules have not been built');
  for (const { name, data } of modules) {
    const bytes = data();
    const compressed = gzipSync(bytes, { level: 9 }).length;
    console.log(`${name}: ${bytes.length} bytes, ${compressed} compressed`);
    assert.ok(bytes.length <= 2400 * KB && compressed <= 630 * KB, `${name}: ${bytes.length} bytes, ${compressed} compressed`);
    if (WebAssembly.validate(bytes)) {
      assert.equal(WebAssembly.Module.customSections(new WebAssembly.Module(bytes), 'name').length, 0, name);
    }
  }
});

test('no eval, no blob: worker, no import of Node modules, no host but the documented one', () => {
  for (const { name, data } of scripts) {
    const text = data().toString('utf8');
    assert.doesNotMatch(text, /\beval\(|new Function\(|createObjectURL/, name);
    assert.doesNotMatch(text, /(?:from|import\()\s*["']node:/, name);
    // The second is the keys of the Cache API: a host that cannot exist.
    const known = ['https://huggingface.co', 'https://wasmchord.invalid'];
    for (const [url] of text.matchAll(/https?:\/\/[a-z0-9.-]+/gi)) assert.ok(known.includes(url), `${name}: ${url}`);
  }
});

test('the package is imported where there is neither a browser nor a worker without doing anything', async () => {
  const names = Object.keys(await import('wasmchord'));
  assert.ok(names.includes('loadModel') && names.includes('WasmchordError'));
  assert.deepEqual(Object.keys(await import('wasmchord/openai')), ['OpenAI']);
  assert.deepEqual(Object.keys(await import('wasmchord/prompt-api')), ['LanguageModel', 'LanguageModelSession']);
  assert.deepEqual(Object.keys(await import('wasmchord/ai-sdk')), ['createWasmchord']);
});
