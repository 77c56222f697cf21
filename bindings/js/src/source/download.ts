// One file from a server, in order: in parallel ranges where the server has them, as one stream where not.
import { throwIfAborted, WasmchordError } from '../errors.js';
import { bodyOf, type Remote, type Reply, Retry, send, shown } from './http.js';

/**
 * Bytes of one request. At most `connections` + 1 segments are in memory, whole or in part, so by default 20 MiB:
 * a slow reader stops the download there.
 */
export const SEGMENT = 4 * 2 ** 20;

/** What tells one version of a file from another. */
export interface Version {
  size: number | undefined;
  etag: string | undefined;
  lastModified: string | undefined;
}

/** A file whose first bytes are on their way. */
export interface Arriving extends Version {
  /** Where `reply` begins in the file: what was asked for, or 0 if the server has no ranges. */
  start: number;
  /** The server gives parts of the file. */
  ranged: boolean;
  reply: Reply;
}

/** False where something says that the two differ. */
export function sameVersion(a: Version, b: Version): boolean {
  if (a.size !== undefined && b.size !== undefined && a.size !== b.size) return false;
  if (a.etag !== undefined && b.etag !== undefined) return a.etag === b.etag;
  if (a.lastModified !== undefined && b.lastModified !== undefined) return a.lastModified === b.lastModified;
  return true;
}

/** True where something says that the two are one: a length alone does not. */
export function provenSame(a: Version, b: Version): boolean {
  const both = (x: unknown, y: unknown) => x !== undefined && y !== undefined;
  return sameVersion(a, b) && (both(a.etag, b.etag) || both(a.lastModified, b.lastModified));
}

/** "bytes 0-99/1000" or "bytes *\/1000"; undefined where it is hidden (CORS), malformed or without a total. */
function contentRange(response: Response): { start: number; size: number } | undefined {
  const match = /^bytes (?:(\d+)-\d+|\*)\/(\d+)$/.exec(response.headers.get('content-range') ?? '');
  return match ? { start: Number(match[1] ?? 0), size: Number(match[2]) } : undefined;
}

function versionOf({ headers }: Response, size: number | undefined): Version {
  const get = (name: string) => headers.get(name) ?? undefined;
  return { size, etag: get('etag'), lastModified: get('last-modified') };
}

/** The length of a whole body; undefined where it is not said, or that of a compressed form. */
export function contentLength({ headers }: Response): number | undefined {
  const coding = headers.get('content-encoding') ?? 'identity';
  const length = headers.get('content-length');
  return length !== null && coding === 'identity' ? Number(length) : undefined;
}

function rangeFrom(start: number, end: number): string {
  return `bytes=${start}-${end - 1}`;
}

async function tryOpen(remote: Remote, start: number, length: number, signal: AbortSignal): Promise<Arriving> {
  const range = rangeFrom(start, start + length);
  const reply = await send(remote, signal, { range, accept: [416] });
  const { status } = reply.response;
  const part = contentRange(reply.response);
  if (status === 206 && part?.start === start) {
    return { ...versionOf(reply.response, part.size), start, ranged: true, reply };
  }
  if (status !== 206 && status !== 416) {
    return { ...versionOf(reply.response, contentLength(reply.response)), start: 0, ranged: false, reply };
  }
  // Not a range that is of use: empty file, shorter file than before, or a header that CORS hides.
  reply.close();
  if (status === 416 && start > 0) return tryOpen(remote, 0, length, signal);
  const whole = await send(remote, signal);
  return { ...versionOf(whole.response, contentLength(whole.response)), start: 0, ranged: false, reply: whole };
}

/** Asks for the file from `start` on, with repetitions; the answer's own `start` and version may be others. */
export function open(remote: Remote, start: number, signal: AbortSignal, length = SEGMENT): Promise<Arriving> {
  return new Retry(remote, signal).run(() => tryOpen(remote, start, length, signal));
}

/** Size and version without the bytes, or undefined where the server does not tell. */
export async function ask(remote: Remote, signal: AbortSignal): Promise<Version | undefined> {
  const { response, close } = await send(remote, signal, { method: 'HEAD' });
  close();
  const size = contentLength(response);
  return size === undefined ? undefined : versionOf(response, size);
}

function changed(remote: Remote): WasmchordError {
  return new WasmchordError('integrity', `${shown(remote)}: the file changed while it was downloaded`);
}

/** One range of the file, fetched at its own pace into a queue. */
class Segment {
  readonly #remote: Remote;
  readonly #file: Version;
  readonly #controller = new AbortController();
  readonly #queue: Uint8Array[] = [];
  /** Called when a chunk has come, the range is complete, or an error has ended it. */
  #wake = () => {};
  #finished = false;
  #error: unknown;

  constructor(remote: Remote, file: Version) {
    this.#remote = remote;
    this.#file = file;
  }

  get finished(): boolean {
    return this.#finished;
  }

  /** Fetches bytes `start` to `end`, the first of them out of `reply` if there is one. Never rejects. */
  async fill(start: number, end: number, reply?: Reply): Promise<void> {
    const { signal } = this.#controller;
    const retry = new Retry(this.#remote, signal);
    let at = start;
    const attempt = async () => {
      const current = reply ?? (await this.#request(at, end));
      reply = undefined;
      for await (const chunk of bodyOf(this.#remote, current, signal)) {
        const wanted = chunk.subarray(0, end - at);
        at += wanted.length;
        retry.reset();
        this.#queue.push(wanted);
        this.#wake();
        if (at === end) return;
      }
      if (at < end) throw new WasmchordError('network', `${shown(this.#remote)}: the connection ended early`);
    };
    try {
      await retry.run(attempt);
    } catch (error) {
      this.#error = error;
    }
    this.#finished = true;
    this.#wake();
  }

  async #request(start: number, end: number): Promise<Reply> {
    const range = rangeFrom(start, end);
    const reply = await send(this.#remote, this.#controller.signal, { range, accept: [416] });
    const part = contentRange(reply.response);
    if (sameVersion(this.#file, versionOf(reply.response, part?.size)) && reply.response.status === 206) {
      if (part?.start === start) return reply;
    } else if (reply.response.status !== 200 || !sameVersion(this.#file, versionOf(reply.response, undefined))) {
      reply.close();
      throw changed(this.#remote);
    }
    reply.close();
    throw new WasmchordError('network', `${shown(this.#remote)}: the server did not give the range asked for`);
  }

  async *chunks(): AsyncGenerator<Uint8Array> {
    for (;;) {
      const chunk = this.#queue.shift();
      if (chunk) yield chunk;
      else if (this.#error !== undefined) throw this.#error;
      else if (this.#finished) return;
      else await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }

  cancel(signal?: AbortSignal): void {
    this.#controller.abort(signal?.reason);
  }
}

/** Segments are fetched side by side and handed on one after the other. */
async function* inParallel(remote: Remote, file: Arriving, size: number, signal: AbortSignal) {
  const window: Segment[] = [];
  let next = file.start;
  const pump = (reply?: Reply) => {
    const busy = () => window.filter((segment) => !segment.finished).length;
    while (next < size && window.length <= remote.connections && busy() < remote.connections && !signal.aborted) {
      const [start, end] = [next, Math.min(next + SEGMENT, size)];
      const segment = new Segment(remote, file);
      window.push(segment);
      next = end;
      void segment.fill(start, end, reply).then(() => pump());
      reply = undefined;
    }
  };
  const onAbort = () => window.forEach((segment) => segment.cancel(signal));
  signal.addEventListener('abort', onAbort);
  try {
    throwIfAborted(signal);
    pump(file.reply);
    for (let segment = window[0]; segment; segment = window[0]) {
      for await (const chunk of segment.chunks()) {
        yield chunk;
        throwIfAborted(signal);
      }
      window.shift();
      pump();
    }
  } finally {
    signal.removeEventListener('abort', onAbort);
    next = size;
    window.forEach((segment) => segment.cancel());
    file.reply.close();
  }
}

/**
 * The whole file as one stream. After a break it begins anew and what was handed on already is passed over, as far as
 * the server proves that it is still the same file.
 */
async function* asStream(remote: Remote, file: Arriving, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  const retry = new Retry(remote, signal);
  let { reply } = file;
  let given = 0;
  for (;;) {
    try {
      let at = 0;
      for await (const chunk of bodyOf(remote, reply, signal)) {
        const fresh = chunk.subarray(Math.max(0, given - at));
        at += chunk.length;
        if (fresh.length === 0) continue;
        given = at;
        retry.reset();
        yield fresh;
      }
      if (at < (file.size ?? 0)) throw new WasmchordError('network', `${shown(remote)}: the connection ended early`);
      return;
    } catch (error) {
      await retry.pause(error);
    }
    const again = await retry.run(() => send(remote, signal));
    reply = again;
    const version = versionOf(again.response, contentLength(again.response));
    if (!(given > 0 ? provenSame : sameVersion)(file, version)) {
      again.close();
      if (sameVersion(file, version)) {
        throw new WasmchordError('network', `${shown(remote)}: the connection broke off, and the server cannot resume`);
      }
      throw changed(remote);
    }
  }
}

/** The bytes of `file` from its `start` on. */
export function download(remote: Remote, file: Arriving, signal: AbortSignal): AsyncGenerator<Uint8Array> {
  return file.ranged && file.size !== undefined
    ? inParallel(remote, file, file.size, signal)
    : asStream(remote, file, signal);
}
