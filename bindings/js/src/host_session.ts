// A session as the host serves it: micro-batches and tokens one at a time, with room for messages in between.
import type { ChatRequest } from './chat.js';
import type { EngineSession, SessionInfo, Step } from './engine_session.js';
import { abortError, throwIfAborted, WasmchordError } from './errors.js';
import type { Call } from './host.js';
import type { GenerateOptions } from './options.js';
import { nextTurn } from './platform.js';
import type { GenerationResult, Prompt } from './protocol.js';

/** Milliseconds that a call into the module should take: an abort waits for one to end. */
const TURN_MS = 40;
/** Milliseconds of short calls after which messages are heard. */
const HEAR_MS = 10;
const MIN_TOKENS = 8;
const MAX_TOKENS = 512;

/** What is to be computed before an answer: `ids`, after `reusedTokens` that the context holds. */
interface PromptIds {
  /** When the call began. */
  begin: number;
  ids: Int32Array;
  reusedTokens: number;
}

export class SessionHost {
  readonly #session: EngineSession;
  #busy: Promise<void> | undefined;
  #abort: (() => void) | undefined;
  #batch = 16;
  #heard = performance.now();

  constructor(session: EngineSession) {
    this.#session = session;
  }

  info(): SessionInfo {
    return this.#session.info();
  }

  exclusive<T>(body: (session: EngineSession) => T): T {
    this.#checkFree();
    return body(this.#session);
  }

  #checkFree(): void {
    if (this.#busy) throw new WasmchordError('invalid_state', 'the session is busy; its last call has not ended');
  }

  async #occupied<T>(call: Call, body: () => Promise<T>): Promise<T> {
    this.#checkFree();
    let release!: () => void;
    this.#busy = new Promise((resolve) => (release = resolve));
    this.#abort = call.abort;
    try {
      return await body();
    } finally {
      this.#busy = undefined;
      this.#abort = undefined;
      release();
    }
  }

  /** Ends what runs, then lets the memory go. */
  async dispose(): Promise<void> {
    this.#abort?.();
    await this.#busy;
    this.#session.dispose();
  }

  async #hear(signal: AbortSignal): Promise<void> {
    await nextTurn();
    this.#heard = performance.now();
    throwIfAborted(signal);
  }

  #ids(prompt: Prompt, parseSpecial: boolean): Int32Array {
    if (typeof prompt !== 'string') return prompt;
    if (prompt === '') return new Int32Array(0);
    return this.#session.model.encode(prompt, this.#session.info().position === 0, parseSpecial);
  }

  /** In micro-batches that take about TURN_MS each. */
  async #prefill(ids: Int32Array, signal: AbortSignal): Promise<void> {
    const { contextLength, position } = this.#session.info();
    if (ids.length > contextLength - position) {
      throw new WasmchordError('context_full', `${ids.length} tokens do not fit: ${contextLength - position} positions are left`);
    }
    for (let at = 0; at < ids.length; ) {
      await this.#hear(signal);
      const part = ids.subarray(at, at + this.#batch);
      this.#session.prefill(part);
      const ms = performance.now() - this.#heard;
      at += part.length;
      if (part.length === this.#batch) {
        const fitting = (part.length * TURN_MS) / Math.max(ms, 0.1);
        // Whole eights, the height of a kernel's tile; growing slowly, since the first batch warms caches.
        this.#batch = Math.min(Math.max(Math.floor(fitting / 8) * 8, MIN_TOKENS), this.#batch * 4, MAX_TOKENS);
      }
    }
  }

  append(prompt: Prompt, parseSpecial: boolean, call: Call): Promise<number> {
    return this.#occupied(call, async () => {
      throwIfAborted(call.signal);
      const ids = this.#ids(prompt, parseSpecial);
      await this.#prefill(ids, call.signal);
      return ids.length;
    });
  }

  generate(prompt: Prompt, options: Omit<GenerateOptions, 'signal'>, call: Call): Promise<GenerationResult> {
    return this.#occupied(call, async () => {
      throwIfAborted(call.signal);
      const begin = performance.now();
      const ids = this.#ids(prompt, options.parseSpecial ?? false);
      return this.#answer({ begin, ids, reusedTokens: 0 }, options, call);
    });
  }

  /** Makes the context hold the conversation, of which it may hold the beginning already, and answers. */
  chat(request: ChatRequest, options: Omit<GenerateOptions, 'signal'>, call: Call): Promise<GenerationResult> {
    return this.#occupied(call, async () => {
      throwIfAborted(call.signal);
      const begin = performance.now();
      const ids = this.#session.model.encodeChat(request);
      const { contextLength } = this.#session.info();
      if (ids.length === 0) throw new WasmchordError('invalid_argument', 'the conversation has no tokens');
      if (ids.length > contextLength) {
        const text = `the conversation has ${ids.length} tokens, the context ${contextLength} positions`;
        throw new WasmchordError('context_full', text);
      }
      const reusedTokens = this.#session.keepCommon(ids);
      return this.#answer({ begin, ids: ids.subarray(reusedTokens), reusedTokens }, options, call);
    });
  }

  async #answer(
    { begin, ids, reusedTokens }: PromptIds, options: Omit<GenerateOptions, 'signal'>, call: Call,
  ): Promise<GenerationResult> {
    await this.#prefill(ids, call.signal);
    this.#session.begin(options);
    const prefilled = performance.now();
    let tokens = 0;
    let firstToken = prefilled;
    let waited = 0;
    for (;;) {
      const step = this.#session.step();
      if (step.token >= 0 && ++tokens === 1) firstToken = performance.now();
      waited += await this.#give(step, call);
      if (step.end) {
        const seconds = (performance.now() - firstToken - waited) / 1000;
        return {
          endReason: step.end,
          promptTokens: ids.length,
          reusedTokens,
          tokens,
          timeToFirstToken: firstToken - begin,
          prefillTokensPerSecond: rate(ids.length, (prefilled - begin) / 1000),
          decodeTokensPerSecond: rate(tokens - 1, seconds),
        };
      }
    }
  }

  /** Gives out a step's text; the milliseconds that the consumer let it wait. */
  async #give(step: Step, call: Call): Promise<number> {
    let waited = 0;
    if (step.text !== '') {
      const begin = performance.now();
      await call.leave();
      waited = performance.now() - begin;
      call.send({ piece: step.text });
    }
    if (call.signal.aborted) throw abortError(call.signal);
    if (!step.end && performance.now() - this.#heard > HEAR_MS) await this.#hear(call.signal);
    return waited;
  }
}

function rate(count: number, seconds: number): number {
  return count > 0 && seconds > 0 ? count / seconds : 0;
}
