// A context being filled and continued.
import * as abi from './abi.js';
import type { Engine } from './engine.js';
import type { EngineModel } from './engine_model.js';
import { encoder, type Pointer } from './module.js';
import type { GenerateOptions } from './options.js';

export interface SessionInfo {
  contextLength: number;
  /** Tokens computed and kept. */
  position: number;
  threads: number;
  kvBytes: number;
  activationBytes: number;
  prefillTokens: number;
  decodeTokens: number;
  prefillSeconds: number;
  decodeSeconds: number;
}

export type EndReason =
  /** The model ended its turn. */
  | 'end'
  /** A stop text. */
  | 'stop'
  /** `maxTokens`. */
  | 'length'
  /** No position is left. */
  | 'context_full';

export interface Step {
  token: number;
  text: string;
  end: EndReason | undefined;
}

const END_REASONS: Record<number, EndReason> = {
  [abi.WC_END_TOKEN]: 'end',
  [abi.WC_END_STOP]: 'stop',
  [abi.WC_END_LENGTH]: 'length',
};

export class EngineSession {
  readonly model: EngineModel;
  readonly #engine: Engine;
  readonly #session: Pointer;
  readonly #step: Pointer;
  #sampler: Pointer = 0;

  constructor(model: EngineModel, session: Pointer) {
    this.model = model;
    this.#engine = model.engine;
    this.#session = session;
    this.#step = this.#engine.module.call.malloc(abi.wc_step.byteSize[1]);
  }

  prefill(ids: Int32Array): void {
    const { module } = this.#engine;
    module.scope(() => {
      const at = module.place(new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength));
      this.#engine.check(module.call.wc_session_prefill(this.#session, at, ids.length));
    });
  }

  /**
   * Forgets what `ids` (at least one, of the vocabulary, no more than there are positions) do not begin with; how many
   * of them are left in the context, never all.
   */
  keepCommon(ids: Int32Array): number {
    const { module } = this.#engine;
    module.scope(() => {
      const at = module.place(new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength));
      // Cancelled before its first micro-batch: the caller computes the rest, and hears messages in between.
      module.call.wc_session_cancel(this.#session);
      const status = module.call.wc_session_prefill_reuse(this.#session, at, ids.length, 0);
      if (status !== abi.WC_STATUS_CANCELLED) this.#engine.check(status);
    });
    return this.info().position;
  }

  begin(options: GenerateOptions): void {
    const { module } = this.#engine;
    this.#dropSampler();
    this.#sampler = this.#engine.newSampler(options);
    module.scope(() => {
      const texts = (options.stop ?? []).map((text) => encoder.encode(text));
      const size = abi.wc_string.byteSize[module.wide ? 1 : 0];
      const stop = module.allocate(size * texts.length);
      texts.forEach((text, i) => {
        const one = module.struct(abi.wc_string, { data: module.place(text), size: text.length });
        module.bytes.copyWithin(stop + i * size, one, one + size);
      });
      const at = module.struct(abi.wc_generate_options, {
        maxTokens: options.maxTokens ?? 0,
        ignoreEnd: options.ignoreEnd ? 1 : 0,
        emitSpecial: options.emitSpecial ? 1 : 0,
        sampler: this.#sampler,
        stop,
        nStop: texts.length,
      });
      this.#engine.check(module.call.wc_session_generate(this.#session, at));
    });
  }

  step(): Step {
    const { module } = this.#engine;
    const at = this.#step;
    module.view.setUint32(at, abi.wc_step.byteSize[module.wide ? 1 : 0], true);
    const status = module.call.wc_session_step(this.#session, at);
    const full = status === abi.WC_STATUS_CONTEXT_FULL;
    if (status !== abi.WC_STATUS_END && !full) this.#engine.check(status);
    const size = module.read(abi.wc_step, at, 'textSize');
    return {
      token: module.read(abi.wc_step, at, 'token'),
      text: size === 0 ? '' : module.text(module.read(abi.wc_step, at, 'textData'), size),
      end: full ? 'context_full' : END_REASONS[module.read(abi.wc_step, at, 'endReason')],
    };
  }

  logits(): Float32Array {
    const { module } = this.#engine;
    return module.scope(() => {
      const data = module.allocateOut();
      const n = module.allocateOut();
      this.#engine.check(module.call.wc_session_logits(this.#session, data, n));
      const at = module.readPointer(data);
      return new Float32Array(module.bytes.slice(at, at + module.readPointer(n) * 4).buffer);
    });
  }

  reset(): void {
    this.#engine.check(this.#engine.module.call.wc_session_reset(this.#session));
  }

  truncate(n: number): void {
    this.#engine.check(this.#engine.module.call.wc_session_truncate(this.#session, n));
  }

  info(): SessionInfo {
    const { module } = this.#engine;
    const layout = abi.wc_session_info;
    return module.scope(() => {
      const at = module.struct(layout);
      this.#engine.check(module.call.wc_session_get_info(this.#session, at));
      const number = (name: Exclude<keyof typeof layout, 'byteSize'>) => module.read(layout, at, name);
      return {
        contextLength: number('nCtx'),
        position: number('position'),
        threads: number('numThreads'),
        kvBytes: number('kvBytes'),
        activationBytes: number('activationBytes'),
        prefillTokens: number('prefillTokens'),
        decodeTokens: number('decodeTokens'),
        prefillSeconds: number('prefillSeconds'),
        decodeSeconds: number('decodeSeconds'),
      };
    });
  }

  #dropSampler(): void {
    if (this.#sampler) this.#engine.module.call.wc_sampler_destroy(this.#sampler);
    this.#sampler = 0;
  }

  dispose(): void {
    const { call } = this.#engine.module;
    call.wc_session_destroy(this.#session);
    call.free(this.#step);
    this.#dropSampler();
  }
}
