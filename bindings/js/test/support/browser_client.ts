// Runs in a browser, in a page or in a worker: loads what it is told to, and tells what it saw.
import { cache } from '../../src/cache/index.js';
import { Sha256 } from '../../src/cache/sha256.js';
import { openSource, type SourceOptions } from '../../src/source/index.js';

export interface Task {
  url: string;
  options: Omit<SourceOptions, 'signal' | 'onProgress'>;
  /** Stop reading after so many bytes, and go on never. */
  hangAfter?: number;
  /** Abort after so many bytes. */
  abortAfter?: number;
}

export interface Outcome {
  bytes: number;
  sha256?: string;
  cached?: boolean;
  phases: string[];
  /** The error's code. */
  error?: string;
  store: string;
  milliseconds: number;
}

export async function runTask({ url, options, hangAfter, abortAfter }: Task, tell: (bytes: number) => void) {
  const phases = new Set<string>();
  const controller = new AbortController();
  const hash = new Sha256();
  const outcome: Outcome = { bytes: 0, phases: [], store: '', milliseconds: 0 };
  const start = performance.now();
  try {
    const onProgress = ({ phase }: { phase: string }) => void phases.add(phase);
    const opened = await openSource(url, { ...options, signal: controller.signal, onProgress });
    outcome.cached = opened.cached;
    for await (const file of opened.files) {
      for await (const chunk of file.chunks) {
        hash.update(chunk);
        outcome.bytes += chunk.length;
        tell(outcome.bytes);
        if (abortAfter !== undefined && outcome.bytes >= abortAfter) controller.abort();
        if (hangAfter !== undefined && outcome.bytes >= hangAfter) await new Promise(() => {});
      }
    }
    outcome.sha256 = hash.digest();
  } catch (error) {
    outcome.error = String((error as { code?: unknown }).code ?? error);
  }
  outcome.milliseconds = performance.now() - start;
  outcome.phases = [...phases];
  outcome.store = (await cache.usage(storeOf(options))).store;
  return outcome;
}

function storeOf({ cache: option }: Task['options']) {
  return typeof option === 'object' && option.store ? { store: option.store } : {};
}

declare const WorkerGlobalScope: unknown;

if (typeof WorkerGlobalScope !== 'undefined') {
  const port = globalThis as unknown as { onmessage: unknown; postMessage(message: unknown): void };
  port.onmessage = async ({ data }: MessageEvent<Task>) => {
    port.postMessage(await runTask(data, (bytes) => port.postMessage(bytes)));
  };
} else {
  const page = globalThis as unknown as Record<string, unknown>;
  page['seen'] = 0;
  const tell = (bytes: number) => void (page['seen'] = bytes);
  page['cache'] = cache;
  page['inPage'] = (task: Task) => runTask(task, tell);
  page['inWorker'] = (task: Task) =>
    new Promise((resolve, reject) => {
      const worker = new Worker('/client.js', { type: 'module' });
      worker.onerror = reject;
      worker.onmessage = ({ data }: MessageEvent<number | Outcome>) => {
        if (typeof data === 'number') return tell(data);
        worker.terminate();
        resolve(data);
      };
      worker.postMessage(task);
    });
}
