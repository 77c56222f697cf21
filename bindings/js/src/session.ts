import { type ChatMessage, type ChatOptions, chatRequest, generationPart } from './chat.js';
import type { Connection } from './client.js';
import { WasmchordError } from './errors.js';
import type { Model } from './model.js';
import type { GenerateOptions } from './options.js';
import type { GenerationResult, Operations, Prompt, SessionStats } from './protocol.js';

/** Pieces of text that the engine may give out before the first of them has been taken. */
const PIECES_AHEAD = 32;

const forgotten = new FinalizationRegistry<() => void>((dispose) => dispose());

/** A whole answer. */
export interface Completion extends GenerationResult {
  text: string;
}

export interface AppendOptions {
  parseSpecial?: boolean;
  signal?: AbortSignal;
}

function cloneable({ signal: _signal, ...options }: GenerateOptions): Omit<GenerateOptions, 'signal'> {
  return options;
}

async function whole(pieces: AsyncGenerator<string, GenerationResult, void>): Promise<Completion> {
  let text = '';
  for (;;) {
    const { done, value } = await pieces.next();
    if (done) return { text, ...value };
    text += value;
  }
}

/** Pieces between the engine and the one who iterates. */
class Pieces {
  readonly #queue: string[] = [];
  #wake: (() => void) | undefined;

  push(piece: string): void {
    this.#queue.push(piece);
    this.wake();
  }

  take(): string | undefined {
    return this.#queue.shift();
  }

  wake(): void {
    this.#wake?.();
    this.#wake = undefined;
  }

  wait(): Promise<void> {
    return new Promise((resolve) => (this.#wake = resolve));
  }
}

/**
 * A context that is filled and continued. One call at a time: a second one while another has not ended rejects with code
 * 'invalid_state'. An aborted call leaves what had been computed; reset() or truncate() take it back.
 */
export class Session {
  readonly model: Model;
  readonly #connection: Connection;
  readonly #number: number;
  #disposed = false;

  /** Made by Model.createSession(). */
  constructor(model: Model, connection: Connection, number: number) {
    this.model = model;
    this.#connection = connection;
    this.#number = number;
    forgotten.register(this, disposer(connection, number), this);
  }

  #check(): void {
    if (this.#disposed) throw new WasmchordError('invalid_state', 'the session was disposed');
  }

  /**
   * Appends `prompt` and gives the answer's text piece by piece; the return value tells how it went. In an empty context
   * a text prompt gets the file's own begin token. An empty prompt goes on from where the context is. The engine is at
   * most a few pieces ahead of who iterates; leaving the loop ends the generation.
   */
  async *generate(prompt: Prompt, options: GenerateOptions = {}): AsyncGenerator<string, GenerationResult, void> {
    const args = { session: this.#number, prompt, options: cloneable(options), credit: PIECES_AHEAD };
    return yield* this.#stream('generate', args, options.signal);
  }

  /**
   * The assistant's answer to a conversation, in the model's chat format and piece by piece as generate() gives it. The
   * context then holds the conversation: the next call computes only what its messages add or change. Tokens that end
   * a turn end the answer. Rejects with 'not_found' where neither the file nor `template` gives a template, with
   * 'chat_template' where that fails, with 'context_full' where the conversation does not fit.
   */
  async *chat(
    messages: readonly ChatMessage[], options: ChatOptions = {},
  ): AsyncGenerator<string, GenerationResult, void> {
    const request = chatRequest(messages, options);
    const part = cloneable(generationPart(options));
    const args = { session: this.#number, request, options: part, credit: PIECES_AHEAD };
    return yield* this.#stream('chat', args, options.signal);
  }

  async *#stream<Name extends 'generate' | 'chat'>(
    op: Name, args: Operations[Name]['args'], signal: AbortSignal | undefined,
  ): AsyncGenerator<string, GenerationResult, void> {
    this.#check();
    const pieces = new Pieces();
    let ended = false;
    const { id, value } = this.#connection.request(op, args, {
      signal,
      onPiece: (piece) => pieces.push(piece),
    });
    const settled = value.then(
      () => (ended = true),
      () => (ended = true),
    );
    void settled.then(() => pieces.wake());
    try {
      for (;;) {
        const piece = pieces.take();
        if (piece !== undefined) {
          yield piece;
          this.#connection.more(id, 1);
        } else if (ended) {
          return await value;
        } else {
          await pieces.wait();
        }
      }
    } finally {
      if (!ended) this.#connection.abort(id);
      await settled;
    }
  }

  /** The whole answer at once. */
  async complete(prompt: Prompt, options: GenerateOptions = {}): Promise<Completion> {
    return whole(this.generate(prompt, options));
  }

  /** The whole answer of chat() at once. */
  async completeChat(messages: readonly ChatMessage[], options: ChatOptions = {}): Promise<Completion> {
    return whole(this.chat(messages, options));
  }

  /** Appends a prompt without an answer; the number of its tokens. */
  async append(prompt: Prompt, { parseSpecial = false, signal }: AppendOptions = {}): Promise<number> {
    this.#check();
    return this.#connection.request('append', { session: this.#number, prompt, parseSpecial }, { signal }).value;
  }

  /** The logits after the last computed token, one for each entry of the vocabulary. */
  async logits(): Promise<Float32Array> {
    this.#check();
    return this.#connection.request('logits', { session: this.#number }).value;
  }

  /** Totals since the session was made or reset, and the memory of the model with all its sessions. */
  async stats(): Promise<SessionStats> {
    this.#check();
    return this.#connection.request('stats', { session: this.#number }).value;
  }

  /** Empties the context. */
  async reset(): Promise<void> {
    return this.truncate(0);
  }

  /** Keeps the first `position` tokens of the context and forgets the rest. */
  async truncate(position: number): Promise<void> {
    this.#check();
    return this.#connection.request('truncate', { session: this.#number, position }).value;
  }

  /** Ends what runs and gives the memory back. */
  dispose(): void {
    if (this.#disposed) return;
    this.#disposed = true;
    forgotten.unregister(this);
    dispose(this.#connection, this.#number);
  }

  [Symbol.dispose](): void {
    this.dispose();
  }
}

/** Made outside of the class: the registry must not hold the session itself. */
function disposer(connection: Connection, session: number): () => void {
  return () => dispose(connection, session);
}

function dispose(connection: Connection, session: number): void {
  if (connection.ended) return;
  connection.request('disposeSession', { session }).value.catch(() => {});
}
