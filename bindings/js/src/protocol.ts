// What passes between the caller's thread and the one that holds the engine: requests with numbers, and their answers.
import type { ChatRequest } from './chat.js';
import type { EndReason, SessionInfo } from './engine_session.js';
import type { ModelInfo } from './engine_model.js';
import type { ErrorMessage } from './errors.js';
import type { ModelDescription } from './description.js';
import type { GenerateOptions, SessionOptions } from './options.js';
import type { CacheOptions } from './cache/types.js';
import type { ModelSource, ProgressEvent } from './source/index.js';
import type { Capabilities, Variant } from './variants.js';

/** A source that can be cloned or transferred. A Response travels as its body. */
export type SourceMessage =
  | { kind: 'source'; source: ModelSource }
  | { kind: 'response'; body: ReadableStream<Uint8Array>; length: string | null; url: string };

/** Options of loadModel() as they cross. */
export interface LoadMessage {
  source: SourceMessage;
  variant?: Variant | undefined;
  wasmBase?: string | undefined;
  maxMemoryBytes?: number | undefined;
  deterministic?: boolean | undefined;
  vocabularyOnly?: boolean | undefined;
  trustWeights?: boolean | undefined;
  fetch: {
    cache?: boolean | CacheOptions | undefined;
    sha256?: string | string[] | undefined;
    headers?: [string, string][] | undefined;
    token?: string | undefined;
    host?: string | undefined;
    connections?: number | undefined;
    retries?: number | undefined;
    retryDelay?: number | undefined;
    stallTimeout?: number | undefined;
  };
}

export interface LoadedMessage {
  info: ModelInfo;
  chatTemplate: string | undefined;
  metadata: Record<string, unknown>;
  engine: EngineInfo;
}

/** What runs. */
export interface EngineInfo {
  variant: Variant;
  /** That compute. */
  threads: number;
  capabilities: Capabilities;
}

export interface MemoryUse {
  /** Of the WebAssembly instance; it only grows. */
  heapBytes: number;
  /** Weights, caches and activations now, and the most at any time. */
  liveBytes: number;
  peakBytes: number;
}

/** A text, or ids. */
export type Prompt = string | Int32Array;

/** The tail of a generation. */
export interface GenerationResult {
  /** Why it ended. */
  endReason: EndReason;
  /** Tokens computed of the prompt. */
  promptTokens: number;
  /** Tokens of a conversation that the context held already; they come on top. */
  reusedTokens: number;
  /** Tokens chosen, those that end a turn included. */
  tokens: number;
  /** Milliseconds from the call to the first token. */
  timeToFirstToken: number;
  prefillTokensPerSecond: number;
  decodeTokensPerSecond: number;
}

export type SessionStats = SessionInfo & MemoryUse;

export interface Operations {
  inspect: { args: LoadMessage & { contextLength: number }; value: ModelDescription };
  load: { args: LoadMessage; value: LoadedMessage };
  encode: { args: { text: string; addSpecial: boolean; parseSpecial: boolean }; value: Int32Array };
  decode: { args: { ids: Int32Array; special: boolean }; value: string };
  metadata: { args: { key: string }; value: unknown };
  memory: { args: Record<string, never>; value: MemoryUse };
  renderChat: { args: ChatRequest; value: string };
  encodeChat: { args: ChatRequest; value: Int32Array };
  createSession: { args: { options: SessionOptions }; value: number };
  append: { args: { session: number; prompt: Prompt; parseSpecial: boolean }; value: number };
  generate: {
    args: { session: number; prompt: Prompt; options: Omit<GenerateOptions, 'signal'>; credit: number };
    value: GenerationResult;
  };
  chat: {
    args: { session: number; request: ChatRequest; options: Omit<GenerateOptions, 'signal'>; credit: number };
    value: GenerationResult;
  };
  logits: { args: { session: number }; value: Float32Array };
  stats: { args: { session: number }; value: SessionStats };
  truncate: { args: { session: number; position: number }; value: void };
  disposeSession: { args: { session: number }; value: void };
}

export type OperationName = keyof Operations;

export type Request = { [Name in OperationName]: { id: number; op: Name; args: Operations[Name]['args'] } }[OperationName];

/** To the engine: a request, the end of one, or leave to give out `more` further pieces of text. */
export type ToEngine = Request | { op: 'abort'; id: number } | { op: 'more'; id: number; more: number };

/** From the engine. */
export type FromEngine =
  | { id: number; value: unknown }
  | { id: number; error: ErrorMessage }
  | { id: number; piece: string }
  | { id: number; progress: ProgressEvent }
  /** The instance is dead; nothing will be answered any more. */
  | { crash: ErrorMessage };
