// Requests with typed errors, time limits and repetitions.
import { abortError, throwIfAborted, WasmchordError } from '../errors.js';

/** A file behind a URL, and how patient to be with its server. */
export interface Remote {
  url: string;
  name: string;
  headers: Headers;
  connections: number;
  retries: number;
  /** Milliseconds. */
  retryDelay: number;
  /** Milliseconds. */
  stallTimeout: number;
}

export interface Reply {
  response: Response;
  /** Gives up whatever of the body has not been read. */
  close(): void;
}

/** For messages: signed URLs carry their secret in the query. */
export function shown(remote: Remote): string {
  return remote.url.split(/[?#]/, 1)[0]!;
}

/** Seconds that a server asked to wait (Retry-After), by the error of its answer. */
const askedToWait = new WeakMap<WasmchordError, number>();

function httpError(remote: Remote, response: Response): WasmchordError {
  const text = `${response.status} ${response.statusText}`.trim();
  const error = new WasmchordError('http', `${shown(remote)}: the server answered ${text}`, {
    httpStatus: response.status,
  });
  const seconds = Number(response.headers.get('retry-after') ?? NaN);
  if (seconds >= 0) askedToWait.set(error, Math.min(seconds, 60));
  return error;
}

export interface RequestOptions {
  method?: 'GET' | 'HEAD';
  /** "bytes=0-99". */
  range?: string;
  /** Statuses besides 200 to 299 that are no errors. */
  accept?: number[];
}

/** One request, without repetition. */
export async function send(remote: Remote, signal: AbortSignal, options: RequestOptions = {}): Promise<Reply> {
  throwIfAborted(signal);
  const controller = new AbortController();
  const onAbort = () => controller.abort(signal.reason);
  signal.addEventListener('abort', onAbort);
  const close = () => {
    signal.removeEventListener('abort', onAbort);
    controller.abort();
  };
  const timer = setTimeout(() => controller.abort(), remote.stallTimeout);
  const headers = new Headers(remote.headers);
  if (options.range !== undefined) headers.set('range', options.range);
  try {
    const response = await fetch(remote.url, {
      method: options.method ?? 'GET',
      headers,
      signal: controller.signal,
      // The browser's own cache would keep a second copy, and could join ranges of two versions.
      cache: 'no-store',
    });
    if (response.ok || options.accept?.includes(response.status)) return { response, close };
    throw httpError(remote, response);
  } catch (error) {
    close();
    if (signal.aborted) throw abortError(signal);
    if (error instanceof WasmchordError) throw error;
    throw new WasmchordError('network', `${shown(remote)}: no answer`, { cause: error });
  } finally {
    clearTimeout(timer);
  }
}

/** The body's chunks as they come; whoever stops reading ends the request. */
export async function* bodyOf(remote: Remote, reply: Reply, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const reader = reply.response.body?.getReader();
  let timer: ReturnType<typeof setTimeout> | undefined;
  try {
    while (reader) {
      // Runs only while bytes are awaited: a slow reader of this generator is no broken connection.
      timer = setTimeout(reply.close, remote.stallTimeout);
      const { done, value } = await reader.read();
      clearTimeout(timer);
      if (done) return;
      yield value;
    }
  } catch (error) {
    if (signal.aborted) throw abortError(signal);
    throw new WasmchordError('network', `${shown(remote)}: the connection broke off`, { cause: error });
  } finally {
    clearTimeout(timer);
    reply.close();
  }
}

/** Waits, unless `signal` is aborted first. */
function sleep(milliseconds: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      clearTimeout(timer);
      reject(abortError(signal));
    };
    const timer = setTimeout(() => {
      signal.removeEventListener('abort', onAbort);
      resolve();
    }, milliseconds);
    signal.addEventListener('abort', onAbort);
    if (signal.aborted) onAbort();
  });
}

/** Counts failures in a row, and waits longer after each. */
export class Retry {
  readonly #remote: Remote;
  readonly #signal: AbortSignal;
  #failures = 0;

  constructor(remote: Remote, signal: AbortSignal) {
    this.#remote = remote;
    this.#signal = signal;
  }

  /** Bytes have come. */
  reset(): void {
    this.#failures = 0;
  }

  /** Waits for the time of the next try; throws `error` where trying again is of no use. */
  async pause(error: unknown): Promise<void> {
    const failure = error instanceof WasmchordError ? error : undefined;
    const passing =
      failure?.code === 'network' || [408, 425, 429, 500, 502, 503, 504].includes(failure?.httpStatus ?? 0);
    if (!failure || !passing || this.#failures >= this.#remote.retries) throw error;
    const backoff = this.#remote.retryDelay * 2 ** this.#failures++ * (0.75 + Math.random() / 2);
    await sleep(Math.max(backoff, (askedToWait.get(failure) ?? 0) * 1000), this.#signal);
  }

  /** What `attempt` gives, tried again as long as it is of use. */
  async run<T>(attempt: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await attempt();
      } catch (error) {
        await this.pause(error);
      }
    }
  }
}
