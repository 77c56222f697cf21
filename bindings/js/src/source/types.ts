import type { CacheOptions } from '../cache/types.js';

/** A file of a model repository in the style of Hugging Face. */
export interface RepositoryFile {
  /** "owner/name". */
  repo: string;
  /** Path inside of the repository. */
  file: string;
  /** Branch, tag or commit; "main" where none is given. */
  revision?: string;
}

/**
 * Where a model's bytes come from.
 *
 * - A string is an absolute URL, "owner/name/path/to/file.gguf" or "owner/name@revision/path/to/file.gguf" of a model
 *   repository, or else a relative URL (in Node a path) such as "./models/a.gguf".
 * - Of a split model ("NAME-00001-of-00003.gguf") any one part names them all; or they are listed in order.
 * - A `Response` and a `ReadableStream` can be read only once, and are not cached.
 * - `{ path }` is a file of this machine, in Node only; so is a URL with the scheme "file:".
 */
export type ModelSource =
  | string | URL | string[] | URL[]
  | Response | ReadableStream<Uint8Array> | Blob | ArrayBuffer | Uint8Array
  | FileSystemFileHandle | RepositoryFile | { path: string };

/** What loading is doing. */
export type LoadPhase =
  /** Another tab or worker downloads the same file; its result will be used. */
  | 'waiting'
  /** Bytes come out of the cache. */
  | 'cache'
  /** Bytes come from the network, or from whatever else the source is. */
  | 'download';

export interface ProgressEvent {
  phase: LoadPhase;
  /** Bytes handed on so far, of all files together. */
  bytes: number;
  /** Bytes of all files together, where known. */
  total: number | undefined;
  /** Mean of the last seconds in this phase; 0 until there is one. */
  bytesPerSecond: number;
  /** Seconds left at that speed, where known. */
  etaSeconds: number | undefined;
}

export interface SourceOptions {
  /** Ends everything: waiting, requests, reading. What has arrived stays in the cache for the next try. */
  signal?: AbortSignal;
  /** Keep what comes from the network, and use what was kept: the default. */
  cache?: boolean | CacheOptions;
  /** SHA-256 in hexadecimal, one for each file. Other bytes end in an error with code 'integrity'. */
  sha256?: string | string[];
  /** Sent with every request. */
  headers?: HeadersInit;
  /** Sent as "Authorization: Bearer" to the source's own origin only: never after a redirect to another one. */
  token?: string;
  /** Origin of "owner/name/file" references; "https://huggingface.co" where none is given. */
  host?: string;
  /** Requests at a time for one file; 4 where none is given. */
  connections?: number;
  /** How often a request is tried again without a byte having come; 5 where none is given. */
  retries?: number;
  /** Milliseconds before the first repetition, doubled for each further one; 250 where none is given. */
  retryDelay?: number;
  /** Milliseconds without a byte after which a connection counts as broken; 30,000 where none is given. */
  stallTimeout?: number;
  /** Called at most some ten times a second, and at the end. */
  onProgress?(progress: ProgressEvent): void;
}

/** One file of a model. */
export interface OpenedFile {
  /** The last part of the path, for people and for the number of a split file. */
  name: string;
  size: number | undefined;
  /** In file order, to be read once. A chunk belongs to whoever reads it. */
  chunks: AsyncIterable<Uint8Array>;
}

export interface OpenedSource {
  /** In order. Reading on to the next file closes the one before. */
  files: AsyncIterable<OpenedFile>;
  /** Bytes of all files together, where known. */
  totalBytes: number | undefined;
  /** Nothing has to be downloaded. */
  cached: boolean;
  /** Ends requests and lets go of locks. Not needed after the last file was read to its end. */
  close(): void;
}

/** The beginning of a model's first file, for a look at its metadata before anything else is fetched. */
export interface OpenedHeader {
  name: string;
  /** Bytes of the first file, where known. */
  size: number | undefined;
  /** Bytes of all files together, where known. */
  totalBytes: number | undefined;
  /** Of these, bytes that are in the cache. */
  cachedBytes: number;
  /** From the file's first byte on, in requests that grow. Stop reading when it is enough. */
  chunks: AsyncIterable<Uint8Array>;
}
