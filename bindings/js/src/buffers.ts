// The convention of calls that fill a caller's buffer: asked for the size first.
import * as abi from './abi.js';
import type { Pointer, WasmModule } from './module.js';

export type Fill = (buffer: Pointer, capacity: number, needed: Pointer) => number;

/** The bytes that `fill` writes, in memory of the running scope, asked for their size first. */
export function filled(module: WasmModule, check: (status: number) => void, elementBytes: number, fill: Fill): [Pointer, number] {
  const needed = module.allocateOut();
  const first = fill(0, 0, needed);
  if (first === abi.WC_STATUS_OK) return [0, 0];
  if (first !== abi.WC_STATUS_BUFFER_TOO_SMALL) check(first);
  const count = module.readPointer(needed);
  const buffer = module.allocate(count * elementBytes);
  check(fill(buffer, count, needed));
  return [buffer, count];
}

export function readText(module: WasmModule, check: (status: number) => void, fill: Fill): string {
  return module.scope(() => module.text(...filled(module, check, 1, fill)));
}
