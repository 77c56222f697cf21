// Builds the package into dist/, and its tests into .test/.
// usage: node build.js [--wasm FOLDER]   FOLDER: where CMake put the WebAssembly modules; they are copied
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { build } from 'esbuild';

const here = dirname(fileURLToPath(import.meta.url));
process.chdir(here);
const { values } = parseArgs({
  options: { wasm: { type: 'string', default: join(here, '../../.build/wasm-package/bindings/wasm') } },
});

/** Entry points of the package; those that do not exist are not built. */
const entries = ['src/index.ts', 'src/worker.ts', 'src/thread.ts'].filter((file) => existsSync(file));
const common = { bundle: true, format: 'esm', target: 'es2022', logLevel: 'warning' };

rmSync('dist', { recursive: true, force: true });
rmSync('.test', { recursive: true, force: true });
mkdirSync('dist');
await build({
  ...common, entryPoints: entries, outdir: 'dist', platform: 'neutral', minify: true, sourcemap: true,
  sourcesContent: false,
});
execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.types.json'], { stdio: 'inherit' });
const tests = readdirSync('test').filter((file) => file.endsWith('.test.ts')).map((file) => join('test', file));
await build({ ...common, entryPoints: tests, outdir: '.test', platform: 'node', packages: 'external', sourcemap: 'inline' });
if (existsSync(values.wasm)) {
  for (const file of readdirSync(values.wasm).filter((name) => name.endsWith('.wasm'))) {
    copyFileSync(join(values.wasm, file), join('dist', file));
  }
}
