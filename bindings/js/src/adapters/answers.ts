// What the adapters to other interfaces share: sessions that answer conversations.
import type { ChatOptions, ChatMessage } from '../chat.js';
import { WasmchordError } from '../errors.js';
import type { Model } from '../model.js';
import type { SessionOptions } from '../options.js';
import type { GenerationResult } from '../protocol.js';
import type { Session } from '../session.js';

/** The part of a Session that adapters use. */
export type AdapterSession = Pick<Session, 'chat' | 'stats' | 'dispose'>;

/** The part of a Model that adapters use. */
export interface AdapterModel extends Pick<Model, 'info' | 'encodeChat'> {
  createSession(options?: SessionOptions): Promise<AdapterSession>;
}

export interface AdapterOptions {
  /** Chat template, by name or as Jinja text; left out: the file's own. */
  template?: string;
  /** Of the sessions that are made. */
  session?: SessionOptions;
}

/** An answer piece by piece. */
export type Answer = AsyncGenerator<string, GenerationResult, void>;

/** Takes up the value of an iteration that is left early; nobody sees it. */
export const LEFT = undefined as unknown as GenerationResult;

/**
 * Answers conversations, several at a time in sessions of their own. One session is kept for the next: a conversation
 * that goes on computes only its new turn.
 */
export class Answers {
  readonly model: AdapterModel;
  readonly #options: AdapterOptions;
  #idle: AdapterSession | undefined;
  #disposed = false;

  constructor(model: AdapterModel, options: AdapterOptions) {
    this.model = model;
    this.#options = options;
  }

  async *answer(messages: readonly ChatMessage[], options: ChatOptions): Answer {
    if (this.#disposed) throw new WasmchordError('invalid_state', 'the client was disposed');
    const idle = this.#idle;
    this.#idle = undefined;
    const session = idle ?? (await this.model.createSession(this.#options.session));
    try {
      const { template } = this.#options;
      return yield* session.chat(messages, template === undefined ? options : { template, ...options });
    } finally {
      if (this.#idle || this.#disposed) session.dispose();
      else this.#idle = session;
    }
  }

  dispose(): void {
    this.#disposed = true;
    this.#idle?.dispose();
    this.#idle = undefined;
  }
}

/** A stream that takes from `values` when it is read, and ends them when it is cancelled. */
export function toStream<T, R>(values: AsyncGenerator<T, R, void>): ReadableStream<T> {
  return new ReadableStream<T>({
    async pull(controller) {
      const { done, value } = await values.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
    async cancel() {
      await values.return(undefined as R);
    },
  }, { highWaterMark: 0 });
}

/** The values of `object` that are not undefined or null. */
export function given<T extends object>(object: T): { [K in keyof T]?: NonNullable<T[K]> } {
  return Object.fromEntries(Object.entries(object).filter(([, value]) => value != null)) as {
    [K in keyof T]?: NonNullable<T[K]>;
  };
}
