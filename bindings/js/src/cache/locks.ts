// Locks by name with one writer or many readers: between tabs with Web Locks, in this thread where there are none.
import { abortError, throwIfAborted } from '../errors.js';

type Release = () => void;
interface Waiting {
  mode: LockMode;
  grant(): void;
}
interface Held {
  readers: number;
  writer: boolean;
  queue: Waiting[];
}

const heldHere = new Map<string, Held>();

function grantNext(name: string, lock: Held): void {
  while (lock.queue.length > 0) {
    const { mode, grant } = lock.queue[0]!;
    if (lock.writer || (mode === 'exclusive' && lock.readers > 0)) return;
    lock.queue.shift();
    if (mode === 'exclusive') lock.writer = true;
    else lock.readers++;
    grant();
  }
  if (!lock.writer && lock.readers === 0) heldHere.delete(name);
}

function acquireHere(name: string, mode: LockMode, signal?: AbortSignal): Promise<Release> {
  const lock = heldHere.get(name) ?? { readers: 0, writer: false, queue: [] };
  heldHere.set(name, lock);
  return new Promise((resolve, reject) => {
    const onAbort = () => {
      lock.queue = lock.queue.filter((waiting) => waiting !== entry);
      reject(abortError(signal));
      grantNext(name, lock);
    };
    const entry: Waiting = {
      mode,
      grant() {
        signal?.removeEventListener('abort', onAbort);
        resolve(() => {
          if (mode === 'exclusive') lock.writer = false;
          else lock.readers--;
          grantNext(name, lock);
        });
      },
    };
    signal?.addEventListener('abort', onAbort);
    lock.queue.push(entry);
    grantNext(name, lock);
  });
}

function acquireShared(name: string, mode: LockMode, signal?: AbortSignal): Promise<Release> {
  return new Promise((resolve, reject) => {
    const options: LockOptions = signal ? { mode, signal } : { mode };
    navigator.locks
      .request(name, options, () => new Promise<void>((release) => resolve(() => release())))
      .catch((error: unknown) => reject(signal?.aborted ? abortError(signal) : error));
  });
}

/** Waits for the lock `name`; the function it gives lets go of it, and may be called more than once. */
export async function acquireLock(name: string, mode: LockMode, signal?: AbortSignal): Promise<Release> {
  throwIfAborted(signal);
  const between = typeof navigator !== 'undefined' && navigator.locks;
  const release = await (between ? acquireShared : acquireHere)(`wasmchord:${name}`, mode, signal);
  let held = true;
  return () => {
    if (held) release();
    held = false;
  };
}
