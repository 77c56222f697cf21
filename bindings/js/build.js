// Builds the package into dist/, and its tests into .test/.
// usage: node build.js [--wasm FOLDER]...   where CMake put the WebAssembly modules, which become modules for one thread
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';
import { unshared } from './unshared.js';

const here = dirname(fileURLToPath(import.meta.url));
process.chdir(here);
const { values } = parseArgs({
  options: {
    wasm: { type: 'string', multiple: true, default: ['../../.build/wasm-package/bindings/wasm'] },
  },
});
const main = ['index', 'worker', 'thread'];
const adapters = ['openai', 'prompt_api', 'ai_sdk'];
const common = { bundle: true, format: 'esm', target: 'es2022', logLevel: 'warning' };

rmSync('dist', { recursive: true, force: true });
rmSync('.test', { recursive: true, force: true });
mkdirSync('dist');
for (const name of ['LICENSE-MIT', 'LICENSE-APACHE']) copyFileSync(join('../..', name), join('dist', name));
// What the main thread and the worker share is in chunks beside them, so that every URL relative to a file holds.
await build({
  ...common, entryPoints: [...main, ...adapters].map((name) => `src/${name}.ts`), outdir: 'dist', platform: 'neutral',
  splitting: true, chunkNames: 'shared-[hash]', minify: true, sourcemap: true, sourcesContent: false,
});
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.types.json'], { stdio: 'inherit' });
const tests = readdirSync('test').filter((file) => file.endsWith('.test.ts')).map((file) => join('test', file));
await build({ ...common, entryPoints: tests, outdir: '.test', platform: 'node', packages: 'external', sourcemap: 'inline' });
for (const folder of values.wasm.filter((name) => existsSync(name))) {
  for (const file of readdirSync(folder).filter((name) => /^wasmchord-.*-threads\.wasm$/.test(name))) {
    writeFileSync(join('dist', file.replace('-threads', '')), unshared(readFileSync(join(folder, file))));
  }
}
