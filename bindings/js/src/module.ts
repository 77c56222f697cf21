// An instance of one of the package's modules: its functions, its memory, its threads.
import { FUNCTIONS, THREAD_FUNCTIONS } from './abi.js';
import { WasmchordError } from './errors.js';
import { readAsset, startWorker, type Port } from './platform.js';
import type { Variant, VariantChoice } from './variants.js';

/** An address or a size in the module's memory. */
export type Pointer = number;

const PAGE = 65536;
const THREAD_STACK_BYTES = 1 << 18;
const MAX_PAGES = { 32: 65536, 64: 262144 };
const INITIAL_PAGES = 64;

type Field = readonly ['u32' | 'i32' | 'f32' | 'u64' | 'i64' | 'f64' | 'ptr', number, number];
type Layout = { readonly byteSize: readonly [number, number] } & { readonly [field: string]: Field | readonly [number, number] };
type FieldOf<L> = Exclude<keyof L, 'byteSize'> & string;

type Call = (...args: (number | bigint)[]) => number;
export type Functions = Record<keyof typeof FUNCTIONS, Call>;

/** Literal URLs, so that bundlers find the files and give them their new names. */
function assetUrl(variant: Variant): URL {
  switch (variant) {
    case 'simd':
      return new URL('./wasmchord-simd.wasm', import.meta.url);
    case 'relaxed':
      return new URL('./wasmchord-relaxed.wasm', import.meta.url);
  }
}

async function compile(variant: Variant, base: string | undefined): Promise<WebAssembly.Module> {
  const url = base === undefined ? assetUrl(variant) : new URL(`wasmchord-${variant}.wasm`, base);
  let found: Uint8Array<ArrayBuffer> | Response;
  try {
    found = await readAsset(url);
  } catch (cause) {
    throw new WasmchordError('network', `${url.href} could not be fetched`, { cause });
  }
  if (found instanceof Uint8Array) return WebAssembly.compile(found);
  if (!found.ok) throw new WasmchordError('http', `${url.href}: HTTP ${found.status}`, { httpStatus: found.status });
  const type = found.headers.get('content-type') ?? '';
  return type.startsWith('application/wasm')
    ? WebAssembly.compileStreaming(found)
    : WebAssembly.compile(await found.arrayBuffer());
}

/** A memory that can hold `bytes` of model. A shared one reserves its most at once, so it is asked for what is needed. */
function createMemory({ variant }: VariantChoice, bytes: number | undefined): WebAssembly.Memory {
  const wide = variant.endsWith('-64');
  const most = MAX_PAGES[wide ? 64 : 32];
  const shared = variant.includes('threads');
  const wanted = bytes === undefined ? most : Math.min(most, Math.ceil((bytes * 1.25 + 2 ** 30) / PAGE));
  const tries = shared ? [wanted, Math.ceil(wanted / 2), Math.ceil(wanted / 4)] : [most];
  for (const maximum of tries) {
    try {
      const limits = wide
        ? { initial: BigInt(INITIAL_PAGES), maximum: BigInt(maximum), shared, address: 'i64' }
        : { initial: INITIAL_PAGES, maximum, shared };
      return new WebAssembly.Memory(limits as unknown as WebAssembly.MemoryDescriptor);
    } catch (error) {
      if (!(error instanceof RangeError)) throw error;
    }
  }
  throw new WasmchordError('out_of_memory', 'the engine gives no memory to WebAssembly');
}

const NOT_SUPPORTED = 58; // WASI's errno

/** What the modules import: a clock, the answer to an exhausted heap, and what the C library names but never calls. */
export function imports(
  module: WebAssembly.Module,
  memory: WebAssembly.Memory,
  onExhausted: () => void = () => {},
): WebAssembly.Imports {
  const known: Record<string, unknown> = {
    memory,
    wasm_out_of_memory: (bytes: number | bigint) => {
      onExhausted();
      throw new WasmchordError('out_of_memory', `the heap has no ${bytes} bytes left`);
    },
    emscripten_notify_memory_growth: () => {},
    clock_time_get: (_clock: number, _precision: bigint, out: number | bigint) => {
      const ns = BigInt(Math.round((performance.timeOrigin + performance.now()) * 1e6));
      new DataView(memory.buffer).setBigUint64(Number(out), ns, true);
      return 0;
    },
  };
  const result: WebAssembly.Imports = {};
  for (const { module: from, name } of WebAssembly.Module.imports(module)) {
    (result[from] ??= {})[name] = (known[name] ?? (() => NOT_SUPPORTED)) as WebAssembly.ImportValue;
  }
  return result;
}

/** Functions of 64-bit modules take and give addresses as BigInt: every 'p' of the signature. */
function adapt(exported: Function, signature: string, wide: boolean): Call {
  if (!wide) return exported as Call;
  const wants = [...signature.slice(1)].map((code) => code === 'p');
  return (...args) => {
    const result = exported(...args.map((arg, i) => (wants[i] ? BigInt(arg) : arg)));
    return signature[0] === 'p' ? Number(result) : result;
  };
}

/** What a thread needs to join: see thread.ts. */
export interface ThreadStart {
  module: WebAssembly.Module;
  memory: WebAssembly.Memory;
  index: number;
  stack: Pointer;
  stackBytes: number;
  wide: boolean;
}

export class WasmModule {
  readonly call: Functions;
  readonly wide: boolean;
  readonly variant: Variant;
  readonly threads: number;
  readonly #memory: WebAssembly.Memory;
  #bytes: Uint8Array;
  #view: DataView;
  #workers: Port[] = [];
  #exhausted: { value: boolean };
  #scratch: Pointer[] = [];

  private constructor(
    instance: WebAssembly.Instance,
    memory: WebAssembly.Memory,
    choice: VariantChoice,
    exhausted: { value: boolean },
  ) {
    this.#exhausted = exhausted;
    this.variant = choice.variant;
    this.threads = choice.threads;
    this.wide = choice.variant.endsWith('-64');
    const exported = instance.exports as Record<string, Function>;
    const functions: Record<string, Call> = {};
    const signatures: Record<string, string> = choice.variant.includes('threads')
      ? { ...FUNCTIONS, ...THREAD_FUNCTIONS }
      : FUNCTIONS;
    for (const [name, signature] of Object.entries(signatures)) {
      const found = exported[name];
      if (!found) throw new WasmchordError('internal', `the module lacks ${name}`);
      functions[name] = adapt(found, signature, this.wide);
    }
    this.call = functions as Functions;
    this.#memory = memory;
    this.#bytes = new Uint8Array(memory.buffer);
    this.#view = new DataView(memory.buffer);
    (exported._initialize as (() => void) | undefined)?.();
  }

  /** `base`: folder of the modules, where they are not beside this file. */
  static async create(choice: VariantChoice, modelBytes: number | undefined, base?: string): Promise<WasmModule> {
    const module = await compile(choice.variant, base);
    const memory = createMemory(choice, modelBytes);
    const exhausted = { value: false };
    const instance = await WebAssembly.instantiate(module, imports(module, memory, () => (exhausted.value = true)));
    const result = new WasmModule(instance, memory, choice, exhausted);
    if (choice.threads > 1) await result.#startThreads(module, memory);
    return result;
  }

  async #startThreads(module: WebAssembly.Module, memory: WebAssembly.Memory): Promise<void> {
    const starting: Promise<void>[] = [];
    for (let index = 1; index < this.threads; ++index) {
      const stack = this.call.malloc(THREAD_STACK_BYTES);
      const worker = startWorker(
        new URL('./thread.js', import.meta.url),
        () => new Worker(new URL('./thread.js', import.meta.url), { type: 'module', name: 'wasmchord-thread' }),
      );
      this.#workers.push(worker);
      starting.push(
        new Promise((resolve, reject) => {
          worker.listen(
            () => resolve(),
            (reason) => reject(new WasmchordError('crashed', `a thread could not start: ${reason}`)),
          );
        }),
      );
      const start: ThreadStart = { module, memory, index, stack, stackBytes: THREAD_STACK_BYTES, wide: this.wide };
      worker.post(start);
    }
    try {
      await Promise.all(starting);
    } catch (error) {
      this.dispose();
      throw error;
    }
    for (const worker of this.#workers) worker.hold(false);
    (this.call as unknown as Record<keyof typeof THREAD_FUNCTIONS, Call>).wasm_set_pool_size(this.threads - 1);
  }

  /** Ends the threads. The memory goes when nothing refers to this object any more. */
  dispose(): void {
    for (const worker of this.#workers) worker.close();
    this.#workers = [];
  }

  /** The heap ran out inside a call, which left the instance in no state to go on from. */
  get exhausted(): boolean {
    return this.#exhausted.value;
  }

  get memoryBytes(): number {
    return this.#memory.buffer.byteLength;
  }

  /** The memory as it is now; the next call into the module may outdate it. */
  get bytes(): Uint8Array {
    if (this.#bytes.buffer !== this.#memory.buffer) {
      this.#bytes = new Uint8Array(this.#memory.buffer);
    }
    return this.#bytes;
  }

  get view(): DataView {
    if (this.#view.buffer !== this.#memory.buffer) {
      this.#view = new DataView(this.#memory.buffer);
    }
    return this.#view;
  }

  /** Runs `body`; what it got from allocate() is freed after it. Not across an await. */
  scope<T>(body: () => T): T {
    const mark = this.#scratch.length;
    try {
      return body();
    } finally {
      while (this.#scratch.length > mark) this.call.free(this.#scratch.pop()!);
    }
  }

  /** Memory of the running scope(). */
  allocate(bytes: number): Pointer {
    const at = this.call.malloc(Math.max(bytes, 1));
    if (at === 0) throw new WasmchordError('out_of_memory', `the heap has no ${bytes} bytes left`);
    this.#scratch.push(at);
    return at;
  }

  /** A zeroed pointer or size_t, to be filled by a call. */
  allocateOut(): Pointer {
    const at = this.allocate(8);
    this.view.setBigUint64(at, 0n, true);
    return at;
  }

  readPointer(at: Pointer): Pointer {
    return this.wide ? Number(this.view.getBigUint64(at, true)) : this.view.getUint32(at, true);
  }

  /** A struct with the size of `layout` in its first field, if that is its struct_size, and `values` in the others. */
  struct<L extends Layout>(layout: L, values: Partial<Record<FieldOf<L>, number | bigint>> = {}): Pointer {
    const size = layout.byteSize[this.wide ? 1 : 0];
    const at = this.allocate(size);
    this.bytes.fill(0, at, at + size);
    if ('structSize' in layout) this.view.setUint32(at, size, true);
    for (const [name, value] of Object.entries(values)) this.#write(at, layout[name] as Field, value as number | bigint);
    return at;
  }

  #write(at: Pointer, [type, narrow, wide]: Field, value: number | bigint): void {
    const where = at + (this.wide ? wide : narrow);
    const { view } = this;
    if (type === 'u32') view.setUint32(where, Number(value), true);
    else if (type === 'i32') view.setInt32(where, Number(value), true);
    else if (type === 'f32') view.setFloat32(where, Number(value), true);
    else if (type === 'f64') view.setFloat64(where, Number(value), true);
    else if (type === 'ptr' && !this.wide) view.setUint32(where, Number(value), true);
    else view.setBigUint64(where, BigInt(value), true);
  }

  /** A field of the struct at `at`. 64-bit integers lose what is beyond 2^53. */
  read<L extends Layout>(layout: L, at: Pointer, name: FieldOf<L>): number {
    const [type, narrow, wide] = layout[name] as Field;
    const where = at + (this.wide ? wide : narrow);
    const { view } = this;
    if (type === 'u32') return view.getUint32(where, true);
    if (type === 'i32') return view.getInt32(where, true);
    if (type === 'f32') return view.getFloat32(where, true);
    if (type === 'f64') return view.getFloat64(where, true);
    if (type === 'ptr') return this.readPointer(where);
    return Number(type === 'u64' ? view.getBigUint64(where, true) : view.getBigInt64(where, true));
  }

  /** UTF-8 text; bytes that are not become U+FFFD. */
  text(at: Pointer, size: number): string {
    return decoder.decode(this.bytes.slice(at, at + size));
  }

  /** A C string. */
  cString(at: Pointer): string {
    const { bytes } = this;
    return this.text(at, bytes.indexOf(0, at) - at);
  }

  /** Copies bytes into memory of the running scope(). */
  place(data: Uint8Array): Pointer {
    const at = this.allocate(data.byteLength);
    this.bytes.set(data, at);
    return at;
  }
}

const decoder = new TextDecoder();
export const encoder = new TextEncoder();
