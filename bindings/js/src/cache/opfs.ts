// Blobs in the origin private file system: <root>/<folder>/<name>.
import type { BlobStore, BlobWriter } from './types.js';

/** What TypeScript declares for workers only. */
interface SyncAccessHandle {
  write(bytes: Uint8Array, options: { at: number }): number;
  truncate(size: number): void;
  flush(): void;
  close(): void;
}
interface FileHandle extends FileSystemFileHandle {
  createSyncAccessHandle?(): Promise<SyncAccessHandle>;
}

/** `promise`, or undefined where what it asks for does not exist. */
async function ifFound<T>(promise: Promise<T>): Promise<T | undefined> {
  try {
    return await promise;
  } catch (error) {
    if (error instanceof DOMException && error.name === 'NotFoundError') return undefined;
    throw error;
  }
}

/** In place: a crash leaves what was written so far. Sync access handles exist in dedicated workers only. */
function syncWriter(handle: SyncAccessHandle): BlobWriter {
  let at = 0;
  const end = (size: number) => {
    handle.truncate(size);
    handle.flush();
    handle.close();
  };
  return {
    write(bytes) {
      const written = handle.write(bytes, { at });
      // Firefox and Safari may write less where the disk is full, without an error.
      if (written < bytes.length) throw new DOMException('the file system took only a part', 'QuotaExceededError');
      at += written;
    },
    async close() {
      end(at);
    },
    async abort() {
      end(0);
    },
  };
}

/** Into a copy that takes the file's place when it is closed. */
function asyncWriter(stream: FileSystemWritableFileStream): BlobWriter {
  return {
    write: (bytes) => stream.write(bytes as Uint8Array<ArrayBuffer>),
    close: () => stream.close(),
    abort: () => stream.abort(),
  };
}

class OpfsStore implements BlobStore {
  readonly kind = 'opfs';
  readonly #root: FileSystemDirectoryHandle;

  constructor(root: FileSystemDirectoryHandle) {
    this.#root = root;
  }

  async read(folder: string, name: string): Promise<Blob | undefined> {
    const directory = await ifFound(this.#root.getDirectoryHandle(folder));
    const handle = directory && (await ifFound(directory.getFileHandle(name)));
    return handle && handle.getFile();
  }

  async write(folder: string, name: string): Promise<BlobWriter> {
    const directory = await this.#root.getDirectoryHandle(folder, { create: true });
    const handle: FileHandle = await directory.getFileHandle(name, { create: true });
    if (handle.createSyncAccessHandle) return syncWriter(await handle.createSyncAccessHandle());
    return asyncWriter(await handle.createWritable());
  }

  async folders(): Promise<string[]> {
    const names: string[] = [];
    for await (const [name, handle] of this.#root.entries()) {
      if (handle.kind === 'directory') names.push(name);
    }
    return names;
  }

  async remove(folder: string): Promise<void> {
    await ifFound(this.#root.removeEntry(folder, { recursive: true }));
  }
}

/** undefined where this context has no such file system, or one that it cannot write to. */
export async function openOpfs(): Promise<BlobStore | undefined> {
  try {
    const origin = await navigator.storage.getDirectory();
    const probe: FileHandle = await origin.getFileHandle('wasmchord.probe', { create: true });
    if (!probe.createSyncAccessHandle && !('createWritable' in probe)) return undefined;
    return new OpfsStore(await origin.getDirectoryHandle('wasmchord', { create: true }));
  } catch {
    return undefined;
  }
}
