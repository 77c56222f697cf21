// The names of the web's Prompt API (LanguageModel), over a model that the page brings itself.
import { type AdapterModel, type AdapterOptions, type AdapterSession, given, toStream } from './adapters/answers.js';
import type { ChatMessage } from './chat.js';
import { throwIfAborted, WasmchordError } from './errors.js';

export type { AdapterModel, AdapterOptions, AdapterSession } from './adapters/answers.js';

export type Availability = 'unavailable' | 'downloadable' | 'downloading' | 'available';

export interface LanguageModelMessage {
  role: 'system' | 'user' | 'assistant';
  content: string | { type: 'text'; value: string }[];
  /** The last message is the beginning of the answer. */
  prefix?: boolean;
}

export type LanguageModelPrompt = string | LanguageModelMessage[];

export interface LanguageModelCreateOptions {
  signal?: AbortSignal;
  /** Gets an object that fires "downloadprogress" with `loaded` from 0 to 1. */
  monitor?(monitor: EventTarget): void;
  initialPrompts?: LanguageModelMessage[];
  temperature?: number;
  topK?: number;
}

export interface LanguageModelPromptOptions {
  signal?: AbortSignal;
}

export interface LanguageModelLoadOptions {
  signal?: AbortSignal;
  onProgress(progress: { bytes: number; total: number | undefined }): void;
}

/** How the model is had: both are called at most once at a time. */
export interface LanguageModelSource {
  /** For example (options) => loadModel(url, options). */
  load(options: LanguageModelLoadOptions): Promise<AdapterModel>;
  /** For example () => cache.has(url); left out: never. */
  cached?(): Promise<boolean>;
}

function textOf({ content }: LanguageModelMessage): string {
  if (typeof content === 'string') return content;
  const odd = content.find(({ type }) => type !== 'text');
  if (odd) throw new WasmchordError('unsupported', `content of type "${odd.type}" cannot be acted on`);
  return content.map(({ value }) => value).join('');
}

function toMessages(input: LanguageModelPrompt): ChatMessage[] {
  if (typeof input === 'string') return [{ role: 'user', content: input }];
  if (input.some(({ prefix }) => prefix)) throw new WasmchordError('unsupported', 'prefix cannot be acted on');
  return input.map((message) => ({ role: message.role, content: textOf(message) }));
}

/** Without its oldest turn, the system's messages not counted; undefined where only the last turn is left. */
function withoutOldest(messages: readonly ChatMessage[]): ChatMessage[] | undefined {
  const first = messages.findIndex(({ role }) => role !== 'system');
  const next = messages.findIndex(({ role }, i) => i > first && role === 'user');
  return first < 0 || next < 0 ? undefined : [...messages.slice(0, first), ...messages.slice(next)];
}

interface Parts {
  model: AdapterModel;
  session: AdapterSession;
  adapter: AdapterOptions;
  options: LanguageModelCreateOptions;
}

/** A conversation. Prompts of one session run one after the other. */
export class LanguageModelSession extends EventTarget {
  /** Called when the oldest prompts are dropped to make room. */
  oncontextoverflow: ((event: Event) => void) | null = null;
  readonly contextWindow: number;
  readonly #parts: Parts;
  #messages: ChatMessage[];
  #usage = 0;
  #last: Promise<unknown> = Promise.resolve();
  readonly #destroyed = new AbortController();

  /** Made by create() and clone(). */
  constructor(parts: Parts, messages: ChatMessage[], contextWindow: number) {
    super();
    this.#parts = parts;
    this.#messages = messages;
    this.contextWindow = contextWindow;
  }

  /** Tokens of the context in use. */
  get contextUsage(): number {
    return this.#usage;
  }

  /** The whole answer. */
  async prompt(input: LanguageModelPrompt, options: LanguageModelPromptOptions = {}): Promise<string> {
    let text = '';
    for await (const piece of this.#answer(input, options)) text += piece;
    return text;
  }

  promptStreaming(input: LanguageModelPrompt, options: LanguageModelPromptOptions = {}): ReadableStream<string> {
    return toStream(this.#answer(input, options));
  }

  /** Adds messages without an answer; they are computed with the next prompt. */
  async append(input: LanguageModelPrompt, options: LanguageModelPromptOptions = {}): Promise<void> {
    const added = toMessages(input);
    const release = await this.#turn(options.signal);
    try {
      const messages = [...this.#messages, ...added];
      this.#usage = await this.#count(messages);
      this.#messages = messages;
    } finally {
      release();
    }
  }

  /** Tokens that `input` would add. */
  async measureContextUsage(input: LanguageModelPrompt): Promise<number> {
    return (await this.#count([...this.#messages, ...toMessages(input)])) - (await this.#count(this.#messages));
  }

  /** A session of its own with the same conversation so far. */
  async clone({ signal }: LanguageModelPromptOptions = {}): Promise<LanguageModelSession> {
    throwIfAborted(signal);
    const session = await this.#parts.model.createSession(this.#parts.adapter.session);
    const copy = new LanguageModelSession({ ...this.#parts, session }, [...this.#messages], this.contextWindow);
    copy.#usage = this.#usage;
    return copy;
  }

  /** Ends what runs, with code 'aborted', and gives the memory back. */
  destroy(): void {
    this.#destroyed.abort();
    this.#parts.session.dispose();
  }

  /** Waits for the calls before. */
  async #turn(signal?: AbortSignal): Promise<() => void> {
    if (this.#destroyed.signal.aborted) throw new WasmchordError('invalid_state', 'the session was destroyed');
    throwIfAborted(signal);
    const before = this.#last;
    let release = () => {};
    this.#last = new Promise<void>((resolve) => (release = resolve));
    await before;
    if (signal?.aborted) release();
    throwIfAborted(signal);
    return release;
  }

  /** Tokens of a conversation before its answer. */
  async #count(messages: readonly ChatMessage[]): Promise<number> {
    if (messages.length === 0) return 0;
    return (await this.#parts.model.encodeChat(messages, given({ template: this.#parts.adapter.template }))).length;
  }

  /** Drops the oldest turns until the last leaves room for an answer. */
  async #fit(messages: readonly ChatMessage[]): Promise<readonly ChatMessage[]> {
    for (;;) {
      const tokens = await this.#count(messages);
      if (tokens < this.contextWindow) return messages;
      const shorter = withoutOldest(messages);
      if (!shorter) {
        throw new WasmchordError('context_full', `the prompt has ${tokens} tokens, the context ${this.contextWindow}`);
      }
      messages = shorter;
      const event = new Event('contextoverflow');
      this.dispatchEvent(event);
      this.oncontextoverflow?.(event);
    }
  }

  async *#answer(
    input: LanguageModelPrompt, { signal }: LanguageModelPromptOptions,
  ): AsyncGenerator<string, void, void> {
    const asked = toMessages(input);
    const release = await this.#turn(signal);
    const { session, adapter, options } = this.#parts;
    try {
      const messages = await this.#fit([...this.#messages, ...asked]);
      const { temperature, topK } = options;
      const chatOptions = given({ template: adapter.template, temperature, topK, signal });
      let text = '';
      for await (const piece of session.chat(messages, chatOptions)) {
        text += piece;
        yield piece;
      }
      this.#messages = [...messages, { role: 'assistant', content: text }];
      this.#usage = (await session.stats()).position;
    } finally {
      release();
    }
  }
}

/** The object that pages know as `LanguageModel`, for one model. */
export class LanguageModel {
  readonly #source: LanguageModelSource;
  readonly #adapter: AdapterOptions;
  #model: Promise<AdapterModel> | undefined;
  #loaded = false;

  constructor(source: LanguageModelSource, options: AdapterOptions = {}) {
    this.#source = source;
    this.#adapter = options;
  }

  async availability(): Promise<Availability> {
    if (this.#loaded) return 'available';
    if (this.#model) return 'downloading';
    return (await this.#source.cached?.()) ? 'available' : 'downloadable';
  }

  /** Loads the model if it is the first call, and begins a conversation. */
  async create(options: LanguageModelCreateOptions = {}): Promise<LanguageModelSession> {
    const { signal, monitor, initialPrompts = [] } = options;
    throwIfAborted(signal);
    const messages = toMessages(initialPrompts);
    const model = await this.#load(signal, monitor);
    const session = await model.createSession(this.#adapter.session);
    try {
      const { contextLength } = await session.stats();
      throwIfAborted(signal);
      return new LanguageModelSession({ model, session, adapter: this.#adapter, options }, messages, contextLength);
    } catch (error) {
      session.dispose();
      throw error;
    }
  }

  async #load(signal?: AbortSignal, monitor?: (monitor: EventTarget) => void): Promise<AdapterModel> {
    const target = new EventTarget();
    const tell = (loaded: number) => {
      const fields = { loaded, total: 1, lengthComputable: true };
      target.dispatchEvent(Object.assign(new Event('downloadprogress'), fields));
    };
    monitor?.(target);
    const onProgress = ({ bytes, total }: { bytes: number; total: number | undefined }) => {
      if (total) tell(Math.min(1, bytes / total));
    };
    const loading = (this.#model ??= this.#source.load({ onProgress, ...(signal ? { signal } : {}) }));
    try {
      const model = await loading;
      this.#loaded = true;
      tell(1);
      return model;
    } catch (error) {
      if (this.#model === loading) this.#model = undefined;
      throw error;
    }
  }
}
