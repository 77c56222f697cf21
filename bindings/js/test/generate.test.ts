// Text and sessions: the answers are the native library's, on every build that this Node runs.
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { loadModel, type Model, WasmchordError } from 'wasmchord';
import { dataPath, NATIVE_TEXT, readData, runnable, TALES } from './support/data.js';
import { tokensComputedAhead } from './support/session.js';

interface Reference {
  prompt: string;
  prompt_ids: number[];
}
const references = (JSON.parse(readFileSync(dataPath('golden/tales-1m-q8_0.json'), 'utf8')) as { results: Reference[] }).results;
const load = (options = {}): Promise<Model> => loadModel(TALES, options);

for (const variant of runnable()) {
  test(`${variant}: greedy text equals the native build's`, async () => {
    using model = await loadModel(TALES, { variant });
    assert.equal(model.engine.variant, variant);
    using session = await model.createSession();
    const { text, endReason, tokens } = await session.complete('Once upon a time', { maxTokens: 48 });
    assert.equal(text, NATIVE_TEXT);
    assert.deepEqual([endReason, tokens], ['length', 48]);
  });
}

test('the tokenizer gives the reference ids, and text back', async () => {
  using model = await load();
  for (const { prompt, prompt_ids: ids } of references) {
    if (prompt.includes('<|')) continue; // control tokens
    assert.deepEqual([...(await model.tokenizer.encode(prompt, { addSpecial: true }))], ids);
    assert.equal((await model.tokenizer.decode(ids)).trim(), prompt.trim());
  }
});

test('a model tells what it is', async () => {
  using model = await load();
  assert.equal(model.info.architecture, 'llama');
  assert.equal(model.info.fileType, 'Q8_0');
  assert.equal(model.metadata['general.architecture'], 'llama');
  const tokens = (await model.metadataValue('tokenizer.ggml.tokens')) as string[];
  assert.equal(tokens.length, model.info.vocabularySize);
  await assert.rejects(model.metadataValue('no.such.key'), { code: 'not_found' });
});

test('the engine in this thread gives the same text', async () => {
  using model = await load({ worker: false });
  using session = await model.createSession();
  const { text } = await session.complete('Once upon a time', { maxTokens: 48 });
  assert.equal(text, NATIVE_TEXT);
});

test('bytes, a Blob, a Response and a stream load as a path does', async () => {
  const bytes = readData('models/tales-1m-q8_0.gguf');
  for (const source of [bytes, bytes.buffer, new Blob([bytes]), new Response(bytes), new Blob([bytes]).stream()]) {
    using model = await loadModel(source);
    using session = await model.createSession();
    assert.equal((await session.complete('Once upon a time', { maxTokens: 48 })).text, NATIVE_TEXT);
  }
});

test('sessions of one model do not disturb each other', async () => {
  using model = await load();
  using first = await model.createSession();
  using second = await model.createSession({ kvType: 'q8_0' });
  const texts = await Promise.all([
    first.complete('Once upon a time', { maxTokens: 48 }),
    second.complete('The fox', { maxTokens: 30 }),
    first.complete('too early').catch((error: WasmchordError) => error.code),
  ]);
  assert.equal((texts[0] as { text: string }).text, NATIVE_TEXT);
  assert.equal(texts[2], 'invalid_state');
});

test('a context is appended to, measured, cut and emptied', async () => {
  using model = await load();
  using session = await model.createSession({ contextLength: 64 });
  const first = await session.append('Once upon a time');
  const logits = await session.logits();
  assert.equal(logits.length, model.info.vocabularySize);
  await session.append(' there was');
  const { position, contextLength, heapBytes, peakBytes } = await session.stats();
  assert.deepEqual([contextLength, position > first, heapBytes > peakBytes], [64, true, true]);
  await session.truncate(first);
  assert.equal((await session.stats()).position, first);
  await session.reset();
  assert.equal((await session.complete('Once upon a time', { maxTokens: 48 })).text, NATIVE_TEXT);
  await assert.rejects(session.append('word '.repeat(100)), { code: 'context_full' });
});

test('a generation ends where the context does, and at a stop text', async () => {
  using model = await load();
  using session = await model.createSession({ contextLength: 32 });
  const full = await session.complete('Once upon a time', { ignoreEnd: true });
  assert.equal(full.endReason, 'context_full');
  await session.reset();
  const word = NATIVE_TEXT.trim().split(' ')[3]!;
  const stopped = await session.complete('Once upon a time', { stop: [word] });
  assert.equal(stopped.endReason, 'stop');
  assert.equal(stopped.text, NATIVE_TEXT.slice(0, NATIVE_TEXT.indexOf(word)));
});

test('sampling repeats with its seed and refuses what is out of range', async () => {
  using model = await load();
  using session = await model.createSession();
  const options = { temperature: 1.5, topK: 50, topP: 0.95, repeatPenalty: 1.1, logitBias: { 5: -2 }, seed: 7, maxTokens: 24 };
  const { text } = await session.complete('Once', options);
  await session.reset();
  assert.equal((await session.complete('Once', options)).text, text);
  await session.reset();
  assert.notEqual((await session.complete('Once', { ...options, seed: 8 })).text, text);
  await assert.rejects(session.complete('Once', { ...options, topP: 7 }), { code: 'invalid_argument' });
  await assert.rejects(model.createSession({ kvType: 'q3' as 'f16' }), { code: 'invalid_argument' });
});

test('a consumer that takes one piece ends the generation by leaving', async () => {
  using model = await load();
  using session = await model.createSession();
  for await (const piece of session.generate('Once upon a time', { ignoreEnd: true })) {
    assert.ok(piece.length > 0);
    break;
  }
  await session.reset();
  assert.equal((await session.complete('Once upon a time', { maxTokens: 48 })).text, NATIVE_TEXT);
});

test('the engine is only a bounded number of pieces ahead of its consumer', async () => {
  using model = await load();
  using session = await model.createSession({ contextLength: 512 });
  const pieces = session.generate('Once upon a time', { ignoreEnd: true });
  await pieces.next();
  const ahead = await tokensComputedAhead(session);
  assert.ok(ahead < 100, `${ahead} tokens were computed ahead`);
  await pieces.return({} as never);
});
