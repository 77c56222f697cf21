// From what a caller names as a model to the files it consists of.
import { WasmchordError } from '../errors.js';
import type { Remote } from './http.js';
import type { ModelSource, RepositoryFile, SourceOptions } from './types.js';

/** One file of a model, before it is opened. */
export type Part =
  | { kind: 'remote'; remote: Remote }
  | { kind: 'path'; path: string | URL }
  | { kind: 'response'; response: Response }
  | { kind: 'stream'; stream: ReadableStream<Uint8Array> }
  | { kind: 'blob'; blob: Blob; name: string }
  | { kind: 'bytes'; bytes: Uint8Array };

const DEFAULT_HOST = 'https://huggingface.co';

function invalid(message: string): WasmchordError {
  return new WasmchordError('invalid_argument', message);
}

function parseUrl(text: string): URL {
  try {
    return new URL(text);
  } catch (error) {
    throw new WasmchordError('invalid_argument', `not a URL: ${text}`, { cause: error });
  }
}

const isPage = typeof location !== 'undefined';

/** What relative URLs are relative to; in Node they are paths. */
function baseUrl(): string {
  return typeof document !== 'undefined' ? document.baseURI : location.href;
}

/** "https://host" from "host", "https://host/" and the like. */
function hostUrl(host: string): string {
  return parseUrl(/^https?:/.test(host) ? host : `https://${host}`).href.replace(/\/$/, '');
}

function repositoryUrl({ repo, file, revision = 'main' }: RepositoryFile, host = DEFAULT_HOST): URL {
  const names = [...repo.split('/'), ...file.split('/')];
  if (repo.split('/').length !== 2 || names.some((name) => name === '' || name === '.' || name === '..')) {
    throw invalid(`a repository is "owner/name" and a file a path in it, not "${repo}" and "${file}"`);
  }
  const path = file.split('/').map(encodeURIComponent).join('/');
  return new URL(`${hostUrl(host)}/${repo}/resolve/${encodeURIComponent(revision)}/${path}`);
}

/** "owner/name[@revision]/path/to/file.gguf". */
function parseReference(text: string): RepositoryFile | undefined {
  const match = /^([\w.-]+\/[\w.-]+?)(?:@([\w.-]+))?\/([^?#]+)$/.exec(text);
  if (!match || text.startsWith('.')) return undefined;
  return { repo: match[1]!, file: match[3]!, ...(match[2] === undefined ? {} : { revision: match[2] }) };
}

function fromString(text: string, host?: string): URL | { path: string } {
  if (/^[a-z][a-z0-9+.-]+:/i.test(text)) return parseUrl(text);
  const reference = parseReference(text);
  if (reference) return repositoryUrl(reference, host);
  if (text === '') throw invalid('the source is an empty string');
  return isPage ? new URL(text, baseUrl()) : { path: text };
}

/** All names of a split file's parts, or only the one given. */
function allParts(name: string): string[] {
  const match = /^(.*-)\d{5}(-of-(\d{5})\.gguf)$/.exec(name);
  if (!match || Number(match[3]) === 0) return [name];
  return Array.from({ length: Number(match[3]) }, (_, i) => match[1] + String(i + 1).padStart(5, '0') + match[2]);
}

function splitUrl(url: URL): URL[] {
  return allParts(url.pathname).map((path) => {
    const part = new URL(url);
    part.pathname = path;
    return part;
  });
}

function remotePart(url: URL, options: SourceOptions, tokenOrigin: string): Part {
  const headers = new Headers(options.headers);
  const { token } = options;
  if (token !== undefined && url.origin === tokenOrigin) headers.set('authorization', `Bearer ${token}`);
  if (url.username || url.password) throw invalid('a URL must not hold a user name or password; use token or headers');
  const href = url.href.split('#', 1)[0]!;
  const positive = (value: number | undefined, fallback: number) => Math.max(1, Math.floor(value ?? fallback));
  return {
    kind: 'remote',
    remote: {
      url: href,
      name: nameOf(url.pathname),
      headers,
      connections: positive(options.connections, 4),
      retries: options.retries ?? 5,
      retryDelay: options.retryDelay ?? 250,
      stallTimeout: positive(options.stallTimeout, 30_000),
    },
  };
}

function nameOf(path: string): string {
  const last = path.split('/').at(-1) || 'model.gguf';
  try {
    return decodeURIComponent(last);
  } catch {
    return last;
  }
}

function locate(places: (URL | { path: string })[], options: SourceOptions): Part[] {
  const first = places[0];
  if (!first) throw invalid('the source is an empty list');
  const tokenOrigin = first instanceof URL ? first.origin : '';
  return places.map((place) => {
    if (!(place instanceof URL)) return { kind: 'path', path: place.path };
    if (place.protocol === 'file:') return { kind: 'path', path: place };
    if (!/^(https?|blob|data):$/.test(place.protocol)) throw invalid(`cannot fetch ${place.protocol} URLs`);
    return remotePart(place, options, tokenOrigin);
  });
}

/** What the source names, as URLs or paths; undefined where it is the bytes themselves. */
function placesOf(source: ModelSource, host?: string): (URL | { path: string })[] | undefined {
  const all = (place: URL | { path: string }) =>
    place instanceof URL ? splitUrl(place) : allParts(place.path).map((path) => ({ path }));
  if (Array.isArray(source)) {
    const listed = source.map((item) => (item instanceof URL ? item : fromString(item, host)));
    return listed.length === 1 ? all(listed[0]!) : listed;
  }
  if (typeof source === 'string') return all(fromString(source, host));
  if (source instanceof URL) return all(source);
  if ('repo' in source && typeof source.repo === 'string') return all(repositoryUrl(source, host));
  if ('path' in source && typeof source.path === 'string') return all({ path: source.path });
  return undefined;
}

/** The files of `source`, in order. Errors with code 'invalid_argument'. */
export async function resolveSource(source: ModelSource, options: SourceOptions): Promise<Part[]> {
  if (typeof source !== 'string' && (typeof source !== 'object' || source === null)) {
    throw invalid('the source is neither a string nor an object');
  }
  const places = placesOf(source, options.host);
  if (places) return locate(places, options);
  if (source instanceof Response) return [{ kind: 'response', response: source }];
  if (source instanceof ReadableStream) return [{ kind: 'stream', stream: source }];
  if (source instanceof Uint8Array) return [{ kind: 'bytes', bytes: source }];
  if (source instanceof ArrayBuffer) return [{ kind: 'bytes', bytes: new Uint8Array(source) }];
  const blob: unknown = 'getFile' in (source as object) ? await (source as FileSystemFileHandle).getFile() : source;
  if (!(blob instanceof Blob)) throw invalid('the source is of no kind that can be read');
  return [{ kind: 'blob', blob, name: 'name' in blob ? String(blob.name) : 'model.gguf' }];
}

/** The same source for another thread, whose relative URLs would be relative to its script. */
export function absoluteSource(source: ModelSource): ModelSource {
  const absolute = (item: string | URL) => {
    if (item instanceof URL) return item.href;
    return isPage && !/^[a-z][a-z0-9+.-]+:/i.test(item) && !parseReference(item) ? new URL(item, baseUrl()).href : item;
  };
  if (Array.isArray(source)) return source.map(absolute);
  return typeof source === 'string' || source instanceof URL ? absolute(source) : source;
}

/** What a file is kept under in the cache; undefined for what is no server's. */
export function cacheKey(part: Part, key: string | undefined, index: number): string | undefined {
  if (part.kind !== 'remote' || !part.remote.url.startsWith('http')) return undefined;
  const { remote } = part;
  return key === undefined ? remote.url : index === 0 ? key : `${key}#${index + 1}`;
}
