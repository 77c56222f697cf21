import { createHash } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface ServedFile {
  bytes: Uint8Array;
  etag?: string;
  lastModified?: string;
  /** Without it every answer is the whole file. */
  ranges?: boolean;
  /** Answers with no body bytes beyond this many, then a cut connection; used up one by one. */
  cuts?: number[];
  /** Statuses instead of the file; used up one by one. */
  statuses?: number[];
  /** Hides Content-Range, as CORS does. */
  hideRange?: boolean;
  /** Milliseconds before the answer to a request for bytes from `start` on. */
  delay?: (start: number) => number;
  redirect?: string;
  /** Content-Type. */
  type?: string;
  /** Besides those that the fields above make. */
  headers?: Readonly<Record<string, string>>;
  /** A page or script, whose bytes are not counted. */
  uncounted?: boolean;
}

export interface LoggedRequest {
  method: string;
  path: string;
  range: string | undefined;
  authorization: string | undefined;
}

/** Bytes that differ at every place. */
export function patterned(size: number, seed = 1): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(size);
  for (let i = 0, x = seed * 2654435761; i < size; i++) {
    x = (Math.imul(x, 1664525) + 1013904223) | 0;
    bytes[i] = x >>> 24;
  }
  return bytes;
}

export function sha256(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Serves files of a test, well or badly, and remembers who asked for what. */
export class FileServer {
  readonly files = new Map<string, ServedFile>();
  readonly log: LoggedRequest[] = [];
  /** Bytes of bodies that were handed to sockets. */
  sent = 0;
  /** Lets pages of other origins read everything. */
  cors = false;
  #server: Server = createServer((request, response) => this.#answer(request, response));

  async start(): Promise<this> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
    return this;
  }

  stop(): Promise<void> {
    this.#server.closeAllConnections();
    return new Promise((resolve) => this.#server.close(() => resolve()));
  }

  get origin(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Serves `file` at `path`, and gives its URL. */
  serve(path: string, file: ServedFile): string {
    this.files.set(path, { etag: `"${sha256(file.bytes).slice(0, 16)}"`, ranges: true, ...file });
    return this.origin + path;
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const path = decodeURIComponent(new URL(request.url!, this.origin).pathname);
    const { range, authorization } = request.headers;
    this.log.push({ method: request.method!, path, range, authorization });
    if (this.cors) {
      response.setHeader('access-control-allow-origin', '*');
      response.setHeader('access-control-allow-headers', 'authorization, range');
      response.setHeader('access-control-expose-headers', 'content-range, etag');
    }
    if (request.method === 'OPTIONS') return void response.writeHead(204).end();
    const file = this.files.get(path);
    if (!file) return void response.writeHead(404).end();
    const status = file.statuses?.shift();
    if (status) return void response.writeHead(status, { 'retry-after': '0' }).end();
    if (file.redirect) return void response.writeHead(302, { location: file.redirect }).end();
    const [start, end] = bounds(file, range);
    if (file.delay) await new Promise((resolve) => setTimeout(resolve, file.delay!(start)));
    this.#send(file, request, response, { start, end, partial: file.ranges === true && range !== undefined });
  }

  #send(
    file: ServedFile, request: IncomingMessage, response: ServerResponse,
    { start, end, partial }: { start: number; end: number; partial: boolean },
  ): void {
    const total = file.bytes.length;
    if (file.etag !== undefined) response.setHeader('etag', file.etag);
    for (const [name, value] of Object.entries(file.headers ?? {})) response.setHeader(name, value);
    if (file.type !== undefined) response.setHeader('content-type', file.type);
    if (file.lastModified !== undefined) response.setHeader('last-modified', file.lastModified);
    if (partial && start >= total) {
      return void response.writeHead(416, { 'content-range': `bytes */${total}` }).end();
    }
    if (partial && !file.hideRange) response.setHeader('content-range', `bytes ${start}-${end - 1}/${total}`);
    response.writeHead(partial ? 206 : 200, { 'content-length': end - start });
    if (request.method === 'HEAD') return void response.end();
    const cut = file.cuts?.shift();
    const body = file.bytes.subarray(start, cut === undefined ? end : Math.min(end, start + cut));
    if (!file.uncounted) this.sent += body.length;
    if (cut === undefined) return void response.end(body);
    response.write(body, () => setTimeout(() => response.destroy(), 20));
    if (body.length === 0) response.flushHeaders();
  }
}

function bounds(file: ServedFile, range: string | undefined): [number, number] {
  const match = file.ranges ? /^bytes=(\d+)-(\d*)$/.exec(range ?? '') : null;
  if (!match) return [0, file.bytes.length];
  return [Number(match[1]), Math.min(file.bytes.length, match[2] ? Number(match[2]) + 1 : Infinity)];
}
