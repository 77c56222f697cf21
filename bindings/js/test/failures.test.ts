// What goes wrong, and that nothing of it stays.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadModel, WasmchordError } from 'wasmchord';
import { readData, TALES } from './support/data.js';

async function codeOf(promise: Promise<unknown>): Promise<string> {
  return promise.then(
    () => 'none',
    (error: unknown) => (error instanceof WasmchordError ? error.code : `not ours: ${String(error)}`),
  );
}

interface Case {
  file: string;
  expect: string;
}

test('malformed files are refused with a typed error', async () => {
  const cases = (JSON.parse(new TextDecoder().decode(readData('gguf-malformed/MANIFEST.json'))) as Case[]).filter(
    ({ file, expect }) => expect === 'reject' && /^(hdr|kv|ti|t|m|data)_/.test(file),
  );
  assert.ok(cases.length > 20);
  for (const { file } of cases.filter((_, i) => i % 3 === 0)) {
    const code = await codeOf(loadModel(readData(`gguf-malformed/${file}`), { worker: false }));
    assert.ok(['malformed', 'unsupported'].includes(code), `${file}: ${code}`);
  }
});

test('a file cut short and one of zeros are refused', async () => {
  const bytes = readData('models/tales-1m-q8_0.gguf');
  assert.equal(await codeOf(loadModel(bytes.slice(0, 1_000_000))), 'malformed');
  assert.equal(await codeOf(loadModel(new Uint8Array(4096))), 'malformed');
  assert.equal(await codeOf(loadModel('./no-such-file.gguf')), 'not_found');
});

test('an abort ends loading, also one that came before', async () => {
  assert.equal(await codeOf(loadModel(TALES, { signal: AbortSignal.abort() })), 'aborted');
  const controller = new AbortController();
  const bytes = readData('models/tales-1m-q8_0.gguf');
  const slow = new ReadableStream<Uint8Array>({
    start(stream) {
      stream.enqueue(bytes.subarray(0, 600_000));
    },
  });
  const loading = codeOf(loadModel(slow, { signal: controller.signal }));
  setTimeout(() => controller.abort(), 100);
  assert.equal(await loading, 'aborted');
});

test('an abort ends prefill and generation, and leaves a session that works', async (t) => {
  using model = await loadModel(TALES);
  using session = await model.createSession({ contextLength: 4096 });
  const long = 'The little fox ran to the river. '.repeat(400);
  for (const prompt of [long, 'Once upon a time']) {
    const controller = new AbortController();
    const running = codeOf(session.complete(prompt, { ignoreEnd: true, signal: controller.signal }));
    await new Promise((resolve) => setTimeout(resolve, 30));
    const begin = performance.now();
    controller.abort();
    assert.equal(await running, 'aborted');
    t.diagnostic(`settled after ${performance.now() - begin} ms`);
    const { position, contextLength } = await session.stats();
    assert.ok(position < contextLength / 2, `${position} tokens`);
    await session.reset();
  }
  assert.ok((await session.complete('Once', { maxTokens: 4 })).text.length > 0);
});

test('disposing a model rejects what is pending, and later calls say so', async () => {
  const model = await loadModel(TALES);
  const session = await model.createSession();
  const running = codeOf(session.complete('Once upon a time', { ignoreEnd: true }));
  model.dispose();
  assert.equal(await running, 'aborted');
  assert.equal(await codeOf(session.append('x')), 'invalid_state');
  assert.equal(await codeOf(model.createSession()), 'invalid_state');
});

test('disposing a session ends what it does and gives its memory back', async () => {
  using model = await loadModel(TALES);
  const before = (await model.memory()).liveBytes;
  const session = await model.createSession();
  const running = codeOf(session.complete('Once upon a time', { ignoreEnd: true }));
  session.dispose();
  assert.equal(await running, 'aborted');
  assert.equal(await codeOf(session.append('x')), 'invalid_state');
  using other = await model.createSession();
  await other.append('x');
  other.dispose();
  assert.equal((await model.memory()).liveBytes, before);
});

test('memory limits and impossible options have codes of their own', async () => {
  assert.equal(await codeOf(loadModel(TALES, { maxMemoryBytes: 100_000 })), 'out_of_memory');
  assert.equal(await codeOf(loadModel(TALES, { variant: 'mmx' as 'simd' })), 'invalid_argument');
  using model = await loadModel(TALES, { maxMemoryBytes: 20e6 });
  assert.equal(await codeOf(model.createSession({ contextLength: 2 ** 20 })), 'out_of_memory');
  assert.equal(await codeOf(model.createSession({ contextLength: 2 ** 31 })), 'invalid_argument');
  using vocabulary = await loadModel(TALES, { vocabularyOnly: true });
  assert.ok((await vocabulary.tokenizer.encode('a word')).length > 0);
  assert.equal(await codeOf(vocabulary.createSession()), 'invalid_state');
});

test('a hundred rounds of load and dispose leave no memory behind', async () => {
  const bytes = readData('models/tales-1m-q8_0.gguf');
  const round = async () => {
    using model = await loadModel(bytes, { worker: false });
    using session = await model.createSession({ contextLength: 128 });
    await session.append('Once');
  };
  const resident = () => {
    globalThis.gc?.();
    return process.memoryUsage().rss;
  };
  for (let i = 0; i < 20; ++i) await round();
  const before = resident();
  for (let i = 0; i < 80; ++i) await round();
  // One forgotten instance would be 5 MB a round.
  assert.ok(resident() - before < 150e6, `${(resident() - before) / 1e6} MB more`);
});
