// Serves the examples with the headers and types that they need.
// usage: node examples/web/serve.js [--port N] [MODEL.gguf...]     then open the address that it prints
//
// To build with one's own server: WebAssembly is compiled while it arrives only with the type application/wasm; shared
// memory, and so threads, needs a cross-origin isolated page (the first two headers); the policy is as strict as the
// package allows, but lets models come from any host with TLS.
import { createReadStream, existsSync, statSync } from 'node:fs';
import { createServer } from 'node:http';
import { basename, extname, join, normalize } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';

const HEADERS = {
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-embedder-policy': 'require-corp',
  'content-security-policy':
    "default-src 'self'; script-src 'self' 'wasm-unsafe-eval'; worker-src 'self'; connect-src 'self' https:",
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-cache',
};
const TYPES = {
  '.html': 'text/html; charset=utf-8', '.js': 'text/javascript; charset=utf-8', '.css': 'text/css; charset=utf-8',
  '.wasm': 'application/wasm', '.gguf': 'application/octet-stream', '.map': 'application/json',
};

const { values, positionals } = parseArgs({
  options: { port: { type: 'string', default: '8080' } },
  allowPositionals: true,
});
const pages = fileURLToPath(new URL('.', import.meta.url));
const library = fileURLToPath(new URL('../../bindings/js/dist/', import.meta.url));
const builtIn = fileURLToPath(new URL('../../tools/cli/models/tales-7m-q4_0.gguf', import.meta.url));
const models = new Map([builtIn, ...positionals].map((path) => [basename(path), path]));
if (!existsSync(join(library, 'index.js'))) {
  console.error('The package is not built yet: bindings/js/README.md says how.');
  process.exit(1);
}
for (const path of positionals.filter((one) => !existsSync(one))) {
  console.error(`There is no file ${path}`);
  process.exit(1);
}

/** The file that `path` of a URL stands for. */
function fileOf(path) {
  if (path.startsWith('/models/')) return models.get(path.slice('/models/'.length));
  const inside = (folder, name) => (name.startsWith('..') ? undefined : join(folder, name));
  if (path.startsWith('/wasmchord/')) return inside(library, normalize(path.slice('/wasmchord/'.length)));
  return inside(pages, normalize(path === '/' ? 'index.html' : path.slice(1)));
}

/** First and last byte of a request for `size` bytes; undefined: outside of the file. */
function rangeOf(header, size) {
  const [, from, to] = /^bytes=(\d*)-(\d*)$/.exec(header ?? '') ?? [];
  if (!from && !to) return [0, size - 1];
  const first = from ? Number(from) : Math.max(size - Number(to), 0);
  const last = from && to ? Math.min(Number(to), size - 1) : size - 1;
  return first <= last ? [first, last] : undefined;
}

function answer(request, response) {
  const path = decodeURIComponent(new URL(request.url, 'http://localhost').pathname);
  for (const [name, value] of Object.entries(HEADERS)) response.setHeader(name, value);
  if (path === '/favicon.ico') return response.writeHead(204).end();
  if (path === '/models.json') {
    response.setHeader('content-type', 'application/json');
    return response.end(JSON.stringify([...models.keys()]));
  }
  const file = fileOf(path);
  const status = file && statSync(file, { throwIfNoEntry: false });
  if (!status?.isFile()) return response.writeHead(404).end();
  response.setHeader('content-type', TYPES[extname(file)] ?? 'application/octet-stream');
  response.setHeader('etag', `"${status.size}-${Math.trunc(status.mtimeMs)}"`);
  response.setHeader('accept-ranges', 'bytes');
  const range = status.size === 0 ? [0, -1] : rangeOf(request.headers.range, status.size);
  if (!range) return response.writeHead(416, { 'content-range': `bytes */${status.size}` }).end();
  const [start, end] = range;
  const partial = request.headers.range !== undefined;
  if (partial) response.setHeader('content-range', `bytes ${start}-${end}/${status.size}`);
  response.writeHead(partial ? 206 : 200, { 'content-length': end - start + 1 });
  if (request.method === 'HEAD' || end < start) return response.end();
  createReadStream(file, { start, end }).on('error', () => response.destroy()).pipe(response);
}

const server = createServer((request, response) => {
  try {
    answer(request, response);
  } catch {
    response.writeHead(400).end();
  }
});
server.listen(Number(values.port), '127.0.0.1', () => console.log(`http://127.0.0.1:${server.address().port}/`));
