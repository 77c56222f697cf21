/** What went wrong, as one word that programs can switch on. */
export type WasmchordErrorCode =
  /** The connection failed or broke off, and trying again did not help. */
  | 'network'
  /** The server answered with a status that is not a success: `httpStatus`. */
  | 'http'
  /** The browser's storage has no room for what was to be kept. */
  | 'quota'
  /** The bytes are not those that the given digest or length promises. */
  | 'integrity'
  /** The bytes are no GGUF file, or one that contradicts itself. */
  | 'malformed'
  /** A well-formed file or a request with something that this build or engine cannot do. */
  | 'unsupported'
  /** No memory, or more than the limit set. */
  | 'out_of_memory'
  /** By an AbortSignal, or because what it belonged to was disposed. */
  | 'aborted'
  /** The WebAssembly instance or its worker died; everything made from it is gone. Loading anew works. */
  | 'crashed'
  /** An argument or option out of its range. */
  | 'invalid_argument'
  /** The call does not fit what was called before, for example on something disposed. */
  | 'invalid_state'
  /** No file, key or name like that. */
  | 'not_found'
  /** A file of this machine could not be read (Node). */
  | 'io'
  /** No position is left in the session's context. */
  | 'context_full'
  /** The chat template does not compile, failed, refused the messages or took too much: see `status`. */
  | 'chat_template'
  /** The model gave NaN or infinite logits. */
  | 'bad_logits'
  /** A fault of this package; please report it with its message. */
  | 'internal';

export interface WasmchordErrorOptions {
  /** What this error came from. */
  cause?: unknown;
  /** The HTTP status of code 'http'. */
  httpStatus?: number;
  /** The library's own status, for example "WC_STATUS_TRUNCATED". */
  status?: string;
}

/** The one error class of this package. With code 'aborted' its `name` is "AbortError", as the web has it. */
export class WasmchordError extends Error {
  readonly code: WasmchordErrorCode;
  readonly httpStatus: number | undefined;
  readonly status: string | undefined;

  constructor(code: WasmchordErrorCode, message: string, options: WasmchordErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.name = code === 'aborted' ? 'AbortError' : 'WasmchordError';
    this.code = code;
    this.httpStatus = options.httpStatus;
    this.status = options.status;
  }
}

/** An error as it crosses from a worker. Causes stay behind: they may be anything. */
export interface ErrorMessage {
  code: WasmchordErrorCode;
  message: string;
  httpStatus: number | undefined;
  status: string | undefined;
}

/** Any thrown value as a WasmchordError; what is none yet gets `code`. */
export function asWasmchordError(thrown: unknown, code: WasmchordErrorCode = 'internal'): WasmchordError {
  if (thrown instanceof WasmchordError) return thrown;
  const name = thrown instanceof Error ? thrown.name : '';
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new WasmchordError(name === 'AbortError' ? 'aborted' : code, message, { cause: thrown });
}

/** For postMessage(). */
export function toErrorMessage(thrown: unknown): ErrorMessage {
  const { code, message, httpStatus, status } = asWasmchordError(thrown);
  return { code, message, httpStatus, status };
}

/** What toErrorMessage() was made from. */
export function fromErrorMessage({ code, message, httpStatus, status }: ErrorMessage): WasmchordError {
  return new WasmchordError(code, message, {
    ...(httpStatus === undefined ? {} : { httpStatus }),
    ...(status === undefined ? {} : { status }),
  });
}

/** The error of an aborted call. */
export function abortError(signal?: AbortSignal): WasmchordError {
  return new WasmchordError('aborted', 'aborted', { cause: signal?.reason });
}

/** Throws the error of an aborted call where `signal` says so. */
export function throwIfAborted(signal?: AbortSignal): void {
  if (signal?.aborted) throw abortError(signal);
}
