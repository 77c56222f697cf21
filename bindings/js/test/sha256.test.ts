import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { test } from 'node:test';
import { Sha256 } from '../src/cache/sha256.js';
import { patterned, sha256 } from './support/file_server.js';

test('digests are those of node:crypto at every length around a block, in one piece and in many', () => {
  for (let length = 0; length <= 200; length++) {
    const bytes = patterned(length, length + 1);
    assert.equal(new Sha256().update(bytes).digest(), sha256(bytes), `${length} bytes`);
    const hash = new Sha256();
    for (let at = 0, piece = 1; at < length; at += piece, piece = 1 + ((piece * 7) % 67)) {
      hash.update(bytes.subarray(at, at + piece));
    }
    assert.equal(hash.digest(), sha256(bytes), `${length} bytes in pieces`);
  }
});

test('a million letters, and a length whose bits do not fit 32', { skip: process.env['WC_SLOW'] === undefined }, () => {
  const hash = new Sha256();
  const reference = createHash('sha256');
  const piece = patterned(2 ** 20);
  for (let i = 0; i < 513; i++) {
    hash.update(piece);
    reference.update(piece);
  }
  assert.equal(hash.digest(), reference.digest('hex'));
});

test('the standard\'s own example', () => {
  const expected = 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad';
  assert.equal(new Sha256().update(new TextEncoder().encode('abc')).digest(), expected);
});
