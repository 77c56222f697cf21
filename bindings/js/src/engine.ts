// The library's handles over one module, in whatever thread holds it. Every method is one call or a few, and returns when
// they are done; who calls them sees to it that messages are heard in between.
import * as abi from './abi.js';
import { readText } from './buffers.js';
import { EngineModel } from './engine_model.js';
import { WasmchordError } from './errors.js';
import { encoder, WasmModule, type Pointer } from './module.js';
import { samplerSteps, type GenerateOptions } from './options.js';
import { codeOf } from './status.js';
import type { VariantChoice } from './variants.js';

const STAGING_BYTES = 1 << 20;

export interface EngineOptions {
  /** Cap on the memory of weights, caches and activations; 0: none but the engine's. */
  maxMemoryBytes?: number | undefined;
  /** Logits bit-identical on every instruction set. */
  deterministic?: boolean | undefined;
}

export class Engine {
  readonly module: WasmModule;
  readonly #context: Pointer;

  constructor(module: WasmModule, { maxMemoryBytes = 0, deterministic = false }: EngineOptions) {
    this.module = module;
    const { call } = module;
    if (call.wc_abi_version() !== abi.ABI_VERSION) {
      throw new WasmchordError('internal', 'the WebAssembly module and the JavaScript are of different versions');
    }
    this.#context = module.scope(() => {
      const options = module.struct(abi.wc_context_options, {
        numThreads: module.threads,
        maxMemoryBytes: BigInt(maxMemoryBytes),
        deterministic: deterministic ? 1 : 0,
      });
      call.wasm_set_host_hooks(options);
      const out = module.allocateOut();
      this.check(call.wc_context_create(options, out));
      return module.readPointer(out);
    });
  }

  static async create(choice: VariantChoice, modelBytes: number | undefined, options: EngineOptions, base?: string) {
    return new Engine(await WasmModule.create(choice, modelBytes, base), options);
  }

  /** Throws what `status` stands for, unless that is OK. */
  check(status: number): void {
    if (status === abi.WC_STATUS_OK) return;
    const name = abi.STATUS_NAMES[status] ?? `status ${status}`;
    const detail = this.#context ? this.module.cString(this.module.call.wc_last_error(this.#context)) : '';
    throw new WasmchordError(codeOf(status), detail || name, { status: name });
  }

  /** Gives the pointer that `call` writes to its output. */
  create(call: (out: Pointer) => number): Pointer {
    return this.module.scope(() => {
      const out = this.module.allocateOut();
      this.check(call(out));
      return this.module.readPointer(out);
    });
  }

  /** `totalBytes`: of the first file. `flags`: WC_LOAD_... */
  newLoader(totalBytes: number | undefined, flags = 0): Loader {
    return new Loader(this, this.#context, totalBytes, flags);
  }

  newSampler(options: GenerateOptions): Pointer {
    const { module } = this;
    const sampler = this.create((out) => module.call.wc_sampler_create(this.#context, out));
    try {
      for (const { name, params = [] } of samplerSteps(options)) this.#addSampler(sampler, name, params);
    } catch (error) {
      module.call.wc_sampler_destroy(sampler);
      throw error;
    }
    return sampler;
  }

  #addSampler(sampler: Pointer, name: string, params: readonly (readonly [string, number])[]): void {
    const { module } = this;
    module.scope(() => {
      const layout = abi.wc_sampler_param;
      const size = layout.byteSize[module.wide ? 1 : 0];
      const array = module.allocate(size * params.length);
      params.forEach(([key, value], i) => {
        const one = module.struct(layout, { key: module.place(encoder.encode(key + '\0')), value });
        module.bytes.copyWithin(array + i * size, one, one + size);
      });
      this.check(module.call.wc_sampler_add(sampler, module.place(encoder.encode(name + '\0')), array, params.length));
    });
  }

  /** Bytes of weights, caches and activations: now, and the most at any time. */
  memory(): { liveBytes: number; peakBytes: number } {
    const { module } = this;
    return module.scope(() => {
      const report = module.struct(abi.wc_memory_report);
      this.check(module.call.wc_context_memory(this.#context, report));
      const read = (name: 'liveBytes' | 'peakBytes') => module.read(abi.wc_memory_report, report, name);
      return { liveBytes: read('liveBytes'), peakBytes: read('peakBytes') };
    });
  }
}

/** A model being fed. */
export class Loader {
  readonly #engine: Engine;
  #loader: Pointer;
  readonly #staging: Pointer;

  constructor(engine: Engine, context: Pointer, totalBytes: number | undefined, flags: number) {
    const { module } = engine;
    this.#engine = engine;
    const values = { totalBytes: BigInt(totalBytes ?? 0), flags };
    this.#loader = engine.create((out) =>
      module.call.wc_loader_create(context, module.struct(abi.wc_load_options, values), out),
    );
    this.#staging = module.call.malloc(STAGING_BYTES);
  }

  feed(chunk: Uint8Array): void {
    const { module } = this.#engine;
    for (let at = 0; at < chunk.byteLength; at += STAGING_BYTES) {
      const part = chunk.subarray(at, at + STAGING_BYTES);
      module.bytes.set(part, this.#staging);
      this.#engine.check(module.call.wc_loader_feed(this.#loader, this.#staging, part.byteLength));
    }
  }

  nextFile(totalBytes: number | undefined): void {
    const { call } = this.#engine.module;
    this.#engine.check(call.wc_loader_next_file(this.#loader, BigInt(totalBytes ?? 0)));
  }

  /** What wc_loader_inspect() says for `nCtx` positions, 0: the model's own; undefined until the header is complete. */
  describe(nCtx = 0): unknown {
    const { module } = this.#engine;
    let incomplete = false;
    const check = (status: number): void => {
      incomplete ||= status === abi.WC_STATUS_INVALID_STATE;
      if (!incomplete) this.#engine.check(status);
    };
    const text = readText(module, check, (buffer, capacity, needed) =>
      incomplete ? abi.WC_STATUS_OK : module.call.wc_loader_inspect(this.#loader, nCtx, buffer, capacity, needed),
    );
    return incomplete ? undefined : JSON.parse(text);
  }

  finish(): EngineModel {
    const { module } = this.#engine;
    const model = this.#engine.create((out) => module.call.wc_loader_finish(this.#loader, out));
    return new EngineModel(this.#engine, model);
  }

  dispose(): void {
    const { call } = this.#engine.module;
    call.wc_loader_destroy(this.#loader);
    call.free(this.#staging);
    this.#loader = 0;
  }
}
