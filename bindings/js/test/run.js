// Runs the tests that build.js made. usage: node test/run.js [NAME...]   only files whose name holds one of NAME
import { spawnSync } from 'node:child_process';
import { readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

const folder = join(dirname(fileURLToPath(import.meta.url)), '../.test');
const wanted = process.argv.slice(2);
const files = readdirSync(folder)
  .filter((name) => name.endsWith('.test.js') && (wanted.length === 0 || wanted.some((part) => name.includes(part))))
  .map((name) => join(folder, name));
const { status } = spawnSync(process.execPath, ['--expose-gc', '--test', '--test-concurrency=1', '--test-timeout=240000', ...files], { stdio: 'inherit' });
process.exit(status ?? 1);
