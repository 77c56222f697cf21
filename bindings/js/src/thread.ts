// A thread of a module: a worker with its own instance over the shared memory, inside one call until it is terminated.
import { imports, type ThreadStart } from './module.js';
import { parentPort } from './platform.js';

const port = parentPort();
port.listen(
  async ({ module, memory, index, stack, stackBytes, wide }: ThreadStart) => {
    const instance = await WebAssembly.instantiate(module, imports(module, memory));
    const { wasm_set_stack_pointer: setStackPointer, wasm_run_thread: run } = instance.exports as Record<string, Function>;
    const pointer = (value: number): number | bigint => (wide ? BigInt(value) : value);
    setStackPointer!(pointer(stack + stackBytes));
    port.post('ready');
    run!(index, pointer(stack));
  },
  () => {},
);
