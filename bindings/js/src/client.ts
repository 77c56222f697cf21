// The caller's side: sends requests to a host in a worker or in this thread, and settles their promises.
import { abortError, fromErrorMessage, throwIfAborted, WasmchordError } from './errors.js';
import { startWorker, type Port } from './platform.js';
import type { FromEngine, OperationName, Operations, ToEngine } from './protocol.js';
import type { ProgressEvent } from './source/index.js';

export interface RequestHooks {
  signal?: AbortSignal | undefined;
  transfer?: Transferable[];
  onProgress?: ((progress: ProgressEvent) => void) | undefined;
  onPiece?: (piece: string) => void;
}

interface Pending {
  resolve(value: unknown): void;
  reject(error: WasmchordError): void;
  hooks: RequestHooks;
}

export class Connection {
  readonly #port: Port;
  readonly #pending = new Map<number, Pending>();
  #next = 1;
  #ended: WasmchordError | undefined;

  constructor(port: Port) {
    this.#port = port;
    port.hold(false);
    port.listen(
      (message: FromEngine) => this.#receive(message),
      (reason) => this.#end(new WasmchordError('crashed', `the worker died: ${reason}`)),
    );
  }

  /** Starts the package's worker. */
  static worker(): Connection {
    return new Connection(
      startWorker(
        new URL('./worker.js', import.meta.url),
        () => new Worker(new URL('./worker.js', import.meta.url), { type: 'module', name: 'wasmchord' }),
      ),
    );
  }

  /** A host in this thread, loaded only when it is wanted. */
  static async inline(): Promise<Connection> {
    const { Host } = await import('./host.js');
    let hear: (message: never) => void = () => {};
    const host = new Host((message) => queueMicrotask(() => hear(message as never)));
    return new Connection({
      post: (message) => queueMicrotask(() => host.receive(message as ToEngine)),
      listen: (onMessage) => (hear = onMessage),
      close: () => host.dispose(),
      hold: () => {},
    });
  }

  get ended(): boolean {
    return this.#ended !== undefined;
  }

  request<Name extends OperationName>(
    op: Name,
    args: Operations[Name]['args'],
    hooks: RequestHooks = {},
  ): { id: number; value: Promise<Operations[Name]['value']> } {
    const id = this.#next++;
    const value = new Promise<unknown>((resolve, reject) => {
      throwIfAborted(hooks.signal);
      if (this.#ended) throw this.#ended;
      const abort = () => this.#send({ op: 'abort', id });
      const settled = <T>(call: (value: T) => void) => (value: T) => {
        hooks.signal?.removeEventListener('abort', abort);
        this.#pending.delete(id);
        if (this.#pending.size === 0) this.#port.hold(false);
        call(value);
      };
      this.#pending.set(id, { resolve: settled(resolve), reject: settled(reject), hooks });
      this.#port.hold(true);
      hooks.signal?.addEventListener('abort', abort);
      try {
        this.#port.post({ id, op, args }, hooks.transfer);
      } catch (cause) {
        const error = new WasmchordError('invalid_argument', 'an argument cannot be sent to the worker', { cause });
        this.#pending.get(id)?.reject(error);
      }
    });
    return { id, value: value as Promise<Operations[Name]['value']> };
  }

  #send(message: ToEngine): void {
    if (!this.#ended) this.#port.post(message);
  }

  abort(id: number): void {
    this.#send({ op: 'abort', id });
  }

  more(id: number, more: number): void {
    this.#send({ op: 'more', id, more });
  }

  /** Ends the worker; what is pending rejects with 'aborted'. */
  close(): void {
    this.#end(new WasmchordError('aborted', 'the model was disposed'));
  }

  #end(error: WasmchordError): void {
    if (this.#ended) return;
    this.#ended = error.code === 'aborted' ? new WasmchordError('invalid_state', 'the model was disposed') : error;
    for (const pending of [...this.#pending.values()]) pending.reject(error);
    this.#port.close();
  }

  #receive(message: FromEngine): void {
    if ('crash' in message) return this.#end(fromErrorMessage(message.crash));
    const pending = this.#pending.get(message.id);
    if (!pending) return;
    const { hooks } = pending;
    if ('piece' in message) hooks.onPiece?.(message.piece);
    else if ('progress' in message) hooks.onProgress?.(message.progress);
    else if ('error' in message) {
      const error = fromErrorMessage(message.error);
      pending.reject(error.code === 'aborted' && hooks.signal?.aborted ? abortError(hooks.signal) : error);
    } else pending.resolve(message.value);
  }
}
