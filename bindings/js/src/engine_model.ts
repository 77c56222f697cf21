// A loaded model and its tokenizer.
import * as abi from './abi.js';
import { filled, readText, type Fill } from './buffers.js';
import type { ChatRequest } from './chat.js';
import type { Engine } from './engine.js';
import { EngineSession } from './engine_session.js';
import { WasmchordError } from './errors.js';
import { encoder, type Pointer } from './module.js';
import type { SessionOptions } from './options.js';

/** Numbers and strings about a model. */
export interface ModelInfo {
  architecture: string;
  /** `general.name`, or "". */
  name: string;
  /** The type of most weight bytes, for example "Q4_0". */
  fileType: string;
  layers: number;
  embedding: number;
  heads: number;
  kvHeads: number;
  /** Positions that the file names. */
  contextLength: number;
  vocabularySize: number;
  /** 0: a dense model. */
  experts: number;
  parameters: number;
  weightsBytes: number;
  /** Weight bytes read to decode one token. */
  bytesPerToken: number;
}

export class EngineModel {
  readonly engine: Engine;
  readonly #model: Pointer;
  readonly #tokenizer: Pointer;

  constructor(engine: Engine, model: Pointer) {
    this.engine = engine;
    this.#model = model;
    this.#tokenizer = engine.module.call.wc_model_tokenizer(model);
  }

  info(): ModelInfo {
    const { module } = this.engine;
    const layout = abi.wc_model_info;
    return module.scope(() => {
      const at = module.struct(layout);
      this.engine.check(module.call.wc_model_get_info(this.#model, at));
      const number = (name: Exclude<keyof typeof layout, 'byteSize'>) => module.read(layout, at, name);
      return {
        architecture: module.text(number('architectureData'), number('architectureSize')),
        name: module.text(number('nameData'), number('nameSize')),
        fileType: module.text(number('fileTypeData'), number('fileTypeSize')),
        layers: number('nLayers'),
        embedding: number('nEmbd'),
        heads: number('nHeads'),
        kvHeads: number('nKvHeads'),
        contextLength: number('nCtxTrain'),
        vocabularySize: number('nVocab'),
        experts: number('nExperts'),
        parameters: number('nParams'),
        weightsBytes: number('weightsBytes'),
        bytesPerToken: number('bytesPerToken'),
      };
    });
  }

  /** Any value of the file as JSON has it. */
  metadata(key: string): unknown {
    const { module } = this.engine;
    const name = encoder.encode(key);
    return module.scope(() => {
      const at = module.place(name);
      const fill: Fill = (buffer, capacity, needed) =>
        module.call.wc_model_metadata_json(this.#model, at, name.length, buffer, capacity, needed);
      return JSON.parse(readText(module, this.#check, fill));
    });
  }

  readonly #check = (status: number): void => this.engine.check(status);

  encode(text: string, addSpecial: boolean, parseSpecial: boolean): Int32Array {
    const { module } = this.engine;
    const flags = (addSpecial ? abi.WC_ENCODE_ADD_SPECIAL : 0) | (parseSpecial ? abi.WC_ENCODE_PARSE_SPECIAL : 0);
    const bytes = encoder.encode(text);
    return module.scope(() => {
      const at = module.place(bytes);
      return this.#ids((buffer, capacity, needed) =>
        module.call.wc_tokenizer_encode(this.#tokenizer, at, bytes.length, flags, buffer, capacity, needed),
      );
    });
  }

  /** Within a scope of the module. */
  #ids(fill: Fill): Int32Array {
    const { module } = this.engine;
    const [ids, n] = filled(module, this.#check, 4, fill);
    return new Int32Array(module.bytes.slice(ids, ids + n * 4).buffer);
  }

  decode(ids: Int32Array, special: boolean): string {
    const { module } = this.engine;
    return module.scope(() => {
      const at = module.place(new Uint8Array(ids.buffer, ids.byteOffset, ids.byteLength));
      return readText(module, this.#check, (buffer, capacity, needed) =>
        module.call.wc_tokenizer_decode(this.#tokenizer, at, ids.length, special ? abi.WC_DECODE_SPECIAL : 0, buffer, capacity, needed),
      );
    });
  }

  /** The file's own template. */
  chatTemplate(): string | undefined {
    const { module } = this.engine;
    return module.scope(() => {
      const out = module.struct(abi.wc_string);
      const status = module.call.wc_model_chat_template(this.#model, 0, 0, out);
      if (status === abi.WC_STATUS_NOT_FOUND) return undefined;
      this.engine.check(status);
      return module.text(module.read(abi.wc_string, out, 'data'), module.read(abi.wc_string, out, 'size'));
    });
  }

  /** Within a scope of the module. */
  #chatRequest(request: ChatRequest): Pointer {
    const { module } = this.engine;
    const [messages, tools, options] = [
      encoder.encode(request.messages), encoder.encode(request.tools), encoder.encode(request.options),
    ];
    return module.struct(abi.wc_chat_request, {
      messagesData: module.place(messages), messagesSize: messages.length,
      toolsData: module.place(tools), toolsSize: tools.length,
      optionsData: module.place(options), optionsSize: options.length,
    });
  }

  renderChat(request: ChatRequest): string {
    const { module } = this.engine;
    return module.scope(() => {
      const at = this.#chatRequest(request);
      return readText(module, this.#check, (buffer, capacity, needed) =>
        module.call.wc_chat_apply(this.#model, at, buffer, capacity, needed),
      );
    });
  }

  encodeChat(request: ChatRequest): Int32Array {
    const { module } = this.engine;
    return module.scope(() => {
      const at = this.#chatRequest(request);
      return this.#ids((buffer, capacity, n) => module.call.wc_chat_encode(this.#model, at, buffer, capacity, n));
    });
  }

  newSession(options: SessionOptions): EngineSession {
    const kvTypes = { f32: abi.WC_KV_F32, f16: abi.WC_KV_F16, q8_0: abi.WC_KV_Q8_0, q4_0: abi.WC_KV_Q4_0 };
    const { contextLength = 0, kvType = 'f16' } = options;
    const type = kvTypes[kvType];
    if (type === undefined) throw new WasmchordError('invalid_argument', `kvType: ${Object.keys(kvTypes).join(', ')}`);
    const session = this.engine.create((out) => {
      const { module } = this.engine;
      const at = module.struct(abi.wc_session_options, { nCtx: contextLength, kvType: type });
      return module.call.wc_session_create(this.#model, at, out);
    });
    return new EngineSession(this, session);
  }

  dispose(): void {
    this.engine.module.call.wc_model_destroy(this.#model);
  }
}
