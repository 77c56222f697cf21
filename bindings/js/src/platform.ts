// What differs between browsers, Node, Deno and Bun. Node's modules come from process.getBuiltinModule(), so that no
// bundler ever sees an import of one.

type Builtin = (name: string) => unknown;

interface NodeProcess {
  getBuiltinModule?: Builtin;
  versions?: { node?: string };
}

const nodeProcess = (globalThis as { process?: NodeProcess }).process;

/** The module `name` of Node, or undefined elsewhere. */
export function nodeModule<T>(name: string): T | undefined {
  if (!nodeProcess?.versions?.node) return undefined;
  return nodeProcess.getBuiltinModule?.(name) as T | undefined;
}

export function cores(): number {
  const { navigator } = globalThis as { navigator?: { hardwareConcurrency?: number } };
  if (navigator?.hardwareConcurrency) return navigator.hardwareConcurrency;
  return nodeModule<{ availableParallelism(): number }>('node:os')?.availableParallelism() ?? 1;
}

/** Whether this thread may sleep in Atomics.wait(): a browser's main thread may not. */
export function mayBlock(): boolean {
  return typeof (globalThis as { document?: unknown }).document === 'undefined';
}

/** Lets waiting messages and timers run. */
export function nextTurn(): Promise<void> {
  const immediate = (globalThis as { setImmediate?: (call: () => void) => void }).setImmediate;
  if (immediate) return new Promise((resolve) => immediate(resolve));
  return new Promise((resolve) => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = () => {
      port1.close();
      resolve();
    };
    port2.postMessage(0);
  });
}

/** The bytes of a file of this package. */
export async function readAsset(url: URL): Promise<Uint8Array<ArrayBuffer> | Response> {
  const files = url.protocol === 'file:' ? nodeModule<typeof import('node:fs/promises')>('node:fs/promises') : undefined;
  return files ? new Uint8Array(await files.readFile(url)) : fetch(url);
}

/** One end of a connection to a worker, or in a worker to what started it. */
export interface Port {
  post(message: unknown, transfer?: Transferable[]): void;
  listen(onMessage: (message: never) => void, onFailure: (reason: string) => void): void;
  /** Ends the worker. */
  close(): void;
  /** Node: whether the worker alone keeps the process alive. */
  hold(alive: boolean): void;
}

type NodeThreads = typeof import('node:worker_threads');

function nodePort(worker: InstanceType<NodeThreads['Worker']>): Port {
  return {
    post: (message, transfer) => worker.postMessage(message, transfer as never),
    listen(onMessage, onFailure) {
      worker.on('message', onMessage as (message: unknown) => void);
      worker.on('error', (error: Error) => onFailure(error.message));
      worker.on('exit', (code) => onFailure(`the worker ended with code ${code}`));
    },
    close: () => void worker.terminate(),
    hold: (alive) => (alive ? worker.ref() : worker.unref()),
  };
}

/** Wraps a browser's worker. */
export function webPort(worker: Worker): Port {
  return {
    post: (message, transfer = []) => worker.postMessage(message, transfer),
    listen(onMessage, onFailure) {
      worker.onmessage = (event) => onMessage(event.data as never);
      worker.onerror = (event) => onFailure(event.message || 'the worker could not be started');
      worker.onmessageerror = () => onFailure('a message could not be read');
    },
    close: () => worker.terminate(),
    hold: () => {},
  };
}

/** `url` is only for Node; `start` names the file in the form that bundlers know. */
export function startWorker(url: URL, start: () => Worker): Port {
  const threads = nodeModule<NodeThreads>('node:worker_threads');
  const usesNode = threads !== undefined && typeof (globalThis as { Worker?: unknown }).Worker === 'undefined';
  return usesNode ? nodePort(new threads.Worker(url)) : webPort(start());
}

/** In a worker: the connection to who started it. */
export function parentPort(): Port {
  const parent = nodeModule<NodeThreads>('node:worker_threads')?.parentPort;
  if (parent) {
    return {
      post: (message, transfer) => parent.postMessage(message, transfer as never),
      listen: (onMessage) => void parent.on('message', onMessage as (message: unknown) => void),
      close: () => parent.close(),
      hold: () => {},
    };
  }
  const scope = globalThis as unknown as DedicatedScope;
  return {
    post: (message, transfer = []) => scope.postMessage(message, transfer),
    listen: (onMessage) => {
      scope.onmessage = (event) => onMessage(event.data as never);
    },
    close: () => scope.close(),
    hold: () => {},
  };
}

interface DedicatedScope {
  postMessage(message: unknown, transfer: Transferable[]): void;
  onmessage: ((event: MessageEvent) => void) | null;
  close(): void;
}
