// What the tests of the package share.
import { readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { capabilities, type Variant, VARIANTS } from 'wasmchord';

/** Test data of the repository. The bundled tests lie in bindings/js/.test/. */
export function dataPath(name: string): string {
  return fileURLToPath(new URL(`../../../tests/data/${name}`, import.meta.url));
}

export function readData(name: string): Uint8Array<ArrayBuffer> {
  return new Uint8Array(readFileSync(dataPath(name)));
}

export const TALES = dataPath('models/tales-1m-q8_0.gguf');

/** The builds that this Node can run. */
export function runnable(): Variant[] {
  const can = capabilities();
  return VARIANTS.filter(
    (one) => (!one.startsWith('relaxed') || can.relaxedSimd) && (!one.endsWith('-64') || can.memory64),
  );
}

/** `wasmchord run -m tales-1m-q8_0.gguf -p "Once upon a time" -n 48 --temp 0`, the native command. */
export const NATIVE_TEXT =
  ', there was a little girl called Minnie in a little village on a hill. She lived in a little house. Minnie was very clever. When something was strange, everyone asked Minnie.\n\n' +
  'One grey morning, Lily the girl came running';

/**
 * `wasmchord chat -m tales-1m-q8_0.gguf -n 40 --temp 0`, the native command, asked the first and then the third message
 * of this conversation; its /stats: prompts of 15 and 69 tokens, 54 of the latter reused.
 */
export const NATIVE_CHAT = [
  { role: 'user', content: 'Tell me a story about a fox.' },
  {
    role: 'assistant',
    content:
      'Once upon a time, there lived a little fox called Toby in a green forest. He lived in a cosy den.\n\n' +
      'One clear night, Toby saw a star fall from the sky. It',
  },
  { role: 'user', content: 'What did the fox find?' },
  { role: 'assistant', content: 'Teddy found an old wheelbarrow under the old oak tree.' },
];
