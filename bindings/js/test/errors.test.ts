import assert from 'node:assert/strict';
import { test } from 'node:test';
import { abortError, asWasmchordError, fromErrorMessage, toErrorMessage, WasmchordError } from '../src/errors.js';

test('an error keeps code, message and HTTP status across a worker', () => {
  const error = new WasmchordError('http', 'the server said 404', { httpStatus: 404 });
  const copy = fromErrorMessage(structuredClone(toErrorMessage(error)));
  assert.ok(copy instanceof WasmchordError);
  assert.deepEqual([copy.code, copy.message, copy.httpStatus, copy.name], ['http', error.message, 404, 'WasmchordError']);
});

test('an abort is called AbortError and keeps the reason of its signal', () => {
  const reason = new Error('the user left');
  const error = abortError(AbortSignal.abort(reason));
  assert.deepEqual([error.name, error.code, error.cause], ['AbortError', 'aborted', reason]);
});

test('what others throw becomes an error of the code asked for, aborts stay aborts', () => {
  assert.equal(asWasmchordError(new TypeError('fetch failed'), 'network').code, 'network');
  assert.equal(asWasmchordError(new DOMException('x', 'AbortError'), 'network').code, 'aborted');
  assert.equal(asWasmchordError('text').message, 'text');
});
