import { type ChatMessage, chatRequest, type RenderOptions } from './chat.js';
import { Connection } from './client.js';
import type { ModelInfo } from './engine_model.js';
import { throwIfAborted, WasmchordError } from './errors.js';
import type { SessionOptions } from './options.js';
import type { EngineInfo, LoadMessage, LoadedMessage, MemoryUse, SourceMessage } from './protocol.js';
import { Session } from './session.js';
import { absoluteSource, type ModelSource, type SourceOptions } from './source/index.js';
import type { Variant } from './variants.js';

export interface LoadOptions extends SourceOptions {
  /** false: in this thread, which computing then blocks. */
  worker?: boolean;
  /** The build to run; left out: the best that this engine accepts and that holds the model. */
  variant?: Variant;
  /** Folder of the .wasm files (an absolute URL ending in "/"), where they are not beside the package's JavaScript. */
  wasmBase?: string;
  /** Cap on the memory of weights, caches and activations. */
  maxMemoryBytes?: number;
  /** Logits bit-identical on every instruction set, native ones included. */
  deterministic?: boolean;
  /** Tokenizer and metadata only; sessions cannot be made. */
  vocabularyOnly?: boolean;
  /** Skip the scan of the weights for NaN and infinity. */
  trustWeights?: boolean;
}

const forgotten = new FinalizationRegistry<Connection>((connection) => connection.close());

function messageOf(source: ModelSource): [SourceMessage, Transferable[]] {
  if (source instanceof Response) {
    if (!source.ok) {
      throw new WasmchordError('http', `${source.url || 'the response'}: HTTP ${source.status}`, { httpStatus: source.status });
    }
    if (!source.body) throw new WasmchordError('invalid_argument', 'the response has no body, or it was read');
    const encoded = source.headers.has('content-encoding');
    const length = encoded ? null : source.headers.get('content-length');
    return [{ kind: 'response', body: source.body, length, url: source.url }, [source.body as unknown as Transferable]];
  }
  const transfer = source instanceof ReadableStream ? [source as unknown as Transferable] : [];
  return [{ kind: 'source', source: absoluteSource(source) }, transfer];
}

function loadMessage(source: SourceMessage, options: LoadOptions): LoadMessage {
  const { variant, wasmBase, maxMemoryBytes, deterministic, vocabularyOnly, trustWeights } = options;
  const { cache, sha256, headers, token, host, connections, retries, retryDelay, stallTimeout } = options;
  const list = headers === undefined ? undefined : [...new Headers(headers)];
  return {
    source, variant, wasmBase, maxMemoryBytes, deterministic, vocabularyOnly, trustWeights,
    fetch: { cache, sha256, headers: list, token, host, connections, retries, retryDelay, stallTimeout },
  };
}

/**
 * Loads a GGUF model. Rejects with a WasmchordError whose `code` says why; nothing is left of a load that failed.
 *
 * The engine runs in a worker of its own unless `worker` is false. `signal` ends the load at any time.
 */
export async function loadModel(source: ModelSource, options: LoadOptions = {}): Promise<Model> {
  throwIfAborted(options.signal);
  const [message, transfer] = messageOf(source);
  const inline = options.worker === false;
  const connection = inline ? await Connection.inline() : Connection.worker();
  try {
    const { value } = connection.request('load', loadMessage(message, options), {
      signal: options.signal,
      onProgress: options.onProgress?.bind(options),
      ...(inline ? {} : { transfer }),
    });
    return new Model(connection, await value);
  } catch (error) {
    connection.close();
    throw error;
  }
}

export interface EncodeOptions {
  /** Add the begin and end tokens by the file's own rule. */
  addSpecial?: boolean;
  /** Control tokens spelled out in the text become their ids; otherwise they stay text. */
  parseSpecial?: boolean;
}

export class Tokenizer {
  readonly #connection: Connection;

  constructor(connection: Connection) {
    this.#connection = connection;
  }

  async encode(text: string, { addSpecial = false, parseSpecial = false }: EncodeOptions = {}): Promise<Int32Array> {
    return this.#connection.request('encode', { text, addSpecial, parseSpecial }).value;
  }

  /** `special`: write control tokens as their text. Bytes that are not UTF-8 become U+FFFD. */
  async decode(ids: ArrayLike<number>, { special = false }: { special?: boolean } = {}): Promise<string> {
    return this.#connection.request('decode', { ids: Int32Array.from(ids), special }).value;
  }
}

/** A loaded model with the engine that runs it. */
export class Model {
  readonly info: ModelInfo;
  /** The file's metadata; arrays of more than 64 elements as {type, size, first}: metadataValue() has them whole. */
  readonly metadata: Readonly<Record<string, unknown>>;
  /** Which build runs, with how many threads. */
  readonly engine: EngineInfo;
  readonly tokenizer: Tokenizer;
  /** The file's own chat template (Jinja); undefined where it has none: then calls with messages need a `template`. */
  readonly chatTemplate: string | undefined;
  readonly #connection: Connection;

  /** Made by loadModel(). */
  constructor(connection: Connection, { info, chatTemplate, metadata, engine }: LoadedMessage) {
    this.info = info;
    this.chatTemplate = chatTemplate;
    this.metadata = metadata;
    this.engine = engine;
    this.tokenizer = new Tokenizer(connection);
    this.#connection = connection;
    forgotten.register(this, connection, this);
  }

  async metadataValue(key: string): Promise<unknown> {
    return this.#connection.request('metadata', { key }).value;
  }

  /** The text of a conversation by the chat template. */
  async renderChat(messages: readonly ChatMessage[], options: RenderOptions = {}): Promise<string> {
    return this.#connection.request('renderChat', chatRequest(messages, options)).value;
  }

  /** As renderChat(), as ids: the template's control tokens are ids, and those spelled out in messages text. */
  async encodeChat(messages: readonly ChatMessage[], options: RenderOptions = {}): Promise<Int32Array> {
    return this.#connection.request('encodeChat', chatRequest(messages, options)).value;
  }

  async memory(): Promise<MemoryUse> {
    return this.#connection.request('memory', {}).value;
  }

  async createSession(options: SessionOptions = {}): Promise<Session> {
    return new Session(this, this.#connection, await this.#connection.request('createSession', { options }).value);
  }

  /** Ends the worker and with it everything made from the model; what is pending rejects with code 'aborted'. */
  dispose(): void {
    forgotten.unregister(this);
    this.#connection.close();
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

export { loadMessage, messageOf };
