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
