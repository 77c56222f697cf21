// Serves requests with one engine: in a worker, or inline. Between micro-batches and tokens it lets messages in, so that
// an abort is heard.
import { Engine } from './engine.js';
import type { EngineModel } from './engine_model.js';
import { abortError, asWasmchordError, toErrorMessage, WasmchordError } from './errors.js';
import { inspectHeader } from './host_inspect.js';
import { SessionHost } from './host_session.js';
import { loadEngineModel } from './host_load.js';
import type { FromEngine, LoadMessage, OperationName, Operations, Request, ToEngine } from './protocol.js';
import { capabilities } from './variants.js';

type Handlers = {
  [Name in OperationName]: (
    args: Operations[Name]['args'],
    call: Call,
  ) => Operations[Name]['value'] | Promise<Operations[Name]['value']>;
};

/** A request under way. */
export interface Call {
  signal: AbortSignal;
  abort(): void;
  send(answer: { piece: string } | { progress: unknown }): void;
  /** Resolves when another piece may be given out. */
  leave(): Promise<void>;
}

class Running {
  readonly controller = new AbortController();
  credit: number;
  wake: (() => void) | undefined;

  constructor(credit: number) {
    this.credit = credit;
  }

  abort(): void {
    this.controller.abort();
    this.wake?.();
  }
}

export class Host {
  readonly #post: (message: FromEngine, transfer?: Transferable[]) => void;
  readonly #running = new Map<number, Running>();
  readonly #sessions = new Map<number, SessionHost>();
  #engine: Engine | undefined;
  #model: EngineModel | undefined;
  #nextSession = 1;
  #dead = false;

  constructor(post: (message: FromEngine, transfer?: Transferable[]) => void) {
    this.#post = post;
  }

  receive(message: ToEngine): void {
    if (this.#dead) return;
    if (message.op === 'abort') {
      this.#running.get(message.id)?.abort();
    } else if (message.op === 'more') {
      const running = this.#running.get(message.id);
      if (running) running.credit += message.more;
      running?.wake?.();
    } else {
      void this.#serve(message);
    }
  }

  /** Inline: ends the threads and lets the instance go. */
  dispose(): void {
    this.#dead = true;
    for (const running of this.#running.values()) running.abort();
    this.#engine?.module.dispose();
    this.#engine = undefined;
    this.#model = undefined;
    this.#sessions.clear();
  }

  async #serve({ id, op, args }: Request): Promise<void> {
    const running = new Running('credit' in args ? args.credit : 0);
    this.#running.set(id, running);
    try {
      const value = await this.#handlers[op](args as never, this.#call(id, running));
      this.#answer({ id, value });
    } catch (error) {
      this.#answer({ id, error: toErrorMessage(error) });
      this.#checkAlive(error);
    } finally {
      this.#running.delete(id);
    }
  }

  #answer(message: FromEngine): void {
    if (!this.#dead) this.#post(message);
  }

  /** A trap leaves the instance in no state to go on from; so does an error thrown through it. */
  #checkAlive(error: unknown): void {
    const trapped = error instanceof WebAssembly.RuntimeError || error instanceof RangeError;
    if (this.#dead || !(trapped || this.#engine?.module.exhausted)) return;
    const message = toErrorMessage(trapped ? new WasmchordError('crashed', `WebAssembly: ${error.message}`) : error);
    this.#answer({ crash: message });
    this.dispose();
  }

  #call(id: number, running: Running): Call {
    const { signal } = running.controller;
    return {
      signal,
      abort: () => running.abort(),
      send: (answer) => this.#answer({ id, ...answer } as FromEngine),
      leave: async () => {
        while (running.credit <= 0 && !signal.aborted) {
          await new Promise<void>((resolve) => (running.wake = resolve));
        }
        running.wake = undefined;
        if (signal.aborted) throw abortError(signal);
        running.credit -= 1;
      },
    };
  }

  #loaded(): { engine: Engine; model: EngineModel } {
    if (!this.#engine || !this.#model) throw new WasmchordError('invalid_state', 'no model is loaded');
    return { engine: this.#engine, model: this.#model };
  }

  #session(number: number): SessionHost {
    const session = this.#sessions.get(number);
    if (!session) throw new WasmchordError('invalid_state', 'the session was disposed');
    return session;
  }

  #memory(): Operations['memory']['value'] {
    const { engine } = this.#loaded();
    return { heapBytes: engine.module.memoryBytes, ...engine.memory() };
  }

  async #load(message: LoadMessage, call: Call): Promise<Operations['load']['value']> {
    const { engine, model, metadata } = await loadEngineModel(message, call);
    if (this.#dead) {
      engine.module.dispose();
      throw abortError();
    }
    this.#engine = engine;
    this.#model = model;
    const { variant, threads } = engine.module;
    return {
      info: model.info(),
      chatTemplate: model.chatTemplate(),
      metadata,
      engine: { variant, threads, capabilities: capabilities() },
    };
  }

  readonly #handlers: Handlers = {
    inspect: inspectHeader,
    load: async (args, call) => {
      try {
        return await this.#load(args, call);
      } catch (error) {
        throw asWasmchordError(error);
      }
    },
    encode: ({ text, addSpecial, parseSpecial }) => this.#loaded().model.encode(text, addSpecial, parseSpecial),
    decode: ({ ids, special }) => this.#loaded().model.decode(ids, special),
    metadata: ({ key }) => this.#loaded().model.metadata(key),
    renderChat: (request) => this.#loaded().model.renderChat(request),
    encodeChat: (request) => this.#loaded().model.encodeChat(request),
    memory: () => this.#memory(),
    createSession: ({ options }) => {
      const session = this.#loaded().model.newSession(options);
      this.#sessions.set(this.#nextSession, new SessionHost(session));
      return this.#nextSession++;
    },
    append: ({ session, prompt, parseSpecial }, call) => this.#session(session).append(prompt, parseSpecial, call),
    generate: ({ session, prompt, options }, call) => this.#session(session).generate(prompt, options, call),
    chat: ({ session, request, options }, call) => this.#session(session).chat(request, options, call),
    logits: ({ session }) => this.#session(session).exclusive((engine) => engine.logits()),
    stats: ({ session }) => ({ ...this.#session(session).info(), ...this.#memory() }),
    truncate: ({ session, position }) => this.#session(session).exclusive((engine) => (position === 0 ? engine.reset() : engine.truncate(position))),
    disposeSession: async ({ session }) => {
      const host = this.#sessions.get(session);
      this.#sessions.delete(session);
      await host?.dispose();
    },
  };
}
