// A look at a model's header: what it says, how little is read, and what is no model.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { inspectModel, type WasmchordErrorCode } from 'wasmchord';
import { readData, TALES } from './support/data.js';
import { FileServer } from './support/file_server.js';

const bytes = readData('models/tales-1m-q8_0.gguf');

test('a file is described: what it is, its tensors, the memory for a context', async () => {
  const found = await inspectModel({ path: TALES });
  assert.deepEqual([found.architecture, found.name, found.runnable, found.unsupported], ['llama', 'tales-1m', true, []]);
  assert.equal(found.fileBytes, bytes.length);
  assert.equal(found.metadata['general.architecture'], 'llama');
  const { tensors, types, memory } = found;
  assert.deepEqual(tensors.find(({ name }) => name === 'blk.0.attn_k.weight')?.shape, [128, 64]);
  assert.equal(Object.values(types).reduce((sum, type) => sum + type.tensors, 0), tensors.length);
  const sum = memory!.weightsBytes + memory!.kvBytes + memory!.activationBytes;
  assert.deepEqual([memory!.contextLength, memory!.totalBytes], [1024, sum]);
  const { memory: less } = await inspectModel(new Blob([bytes]), { contextLength: 512, worker: false });
  assert.deepEqual([less!.contextLength, less!.weightsBytes], [512, memory!.weightsBytes]);
  assert.ok(less!.kvBytes < memory!.kvBytes, `${less!.kvBytes} of ${memory!.kvBytes}`);
});

test('of a URL only the beginning is fetched', async () => {
  const server = await new FileServer().start();
  try {
    const { name, cachedBytes } = await inspectModel(server.serve('/a.gguf', { bytes }));
    assert.deepEqual([name, cachedBytes], ['tales-1m', 0]);
    assert.ok(server.sent < bytes.length / 2, `${server.sent} of ${bytes.length} bytes`);
  } finally {
    await server.stop();
  }
});

test('an architecture that is not known is named; there is no memory estimate', async () => {
  const other = bytes.slice();
  const at = Buffer.from(other.buffer).indexOf('llama', Buffer.from(other.buffer).indexOf('general.architecture'));
  other.set(new TextEncoder().encode('alpac'), at);
  const { architecture, runnable, unsupported, memory } = await inspectModel(new Blob([other]));
  assert.deepEqual([architecture, runnable, memory], ['alpac', false, null]);
  assert.match(unsupported.join(), /alpac/);
});

test('what is no model, ends too early or cannot be looked at is refused', async () => {
  const refused: [Parameters<typeof inspectModel>, WasmchordErrorCode][] = [
    [[new Blob([])], 'malformed'],
    [[new Blob(['no model'])], 'malformed'],
    [[new Blob([bytes.subarray(0, 20_000)])], 'malformed'],
    [[new Response(bytes)], 'invalid_argument'],
    [[new Blob([bytes]), { contextLength: -1 }], 'invalid_argument'],
    [[new Blob([bytes]), { signal: AbortSignal.abort() }], 'aborted'],
  ];
  for (const [args, code] of refused) await assert.rejects(inspectModel(...args), { code });
});
