/** A file: what has been written, and what of it a crash leaves. */
interface Content {
  bytes: Uint8Array;
  flushed: Uint8Array;
  locked: boolean;
}
type Folder = Map<string, Folder | Content>;

const emptyContent = (): Content => ({ bytes: new Uint8Array(), flushed: new Uint8Array(), locked: false });
const isFolder = (entry: Folder | Content): entry is Folder => entry instanceof Map;
const notFound = () => new DOMException('no such entry', 'NotFoundError');

/** A browser profile: origin private file system, storage quota and Web Locks, all in memory; put at `navigator`. */
export class FakeBrowser {
  quota = Infinity;
  /** What estimate() tells, where it is to differ from `quota`. */
  promised: number | undefined;
  readonly #root: Folder = new Map();
  #generation = 0;
  #locks = new Map<string, { shared: number; exclusive: boolean; queue: (() => boolean)[] }>();
  readonly #sync: boolean;

  /** With `sync` it is a dedicated worker's view, without it a page's. */
  constructor({ sync = true } = {}) {
    this.#sync = sync;
    Object.defineProperty(globalThis, 'navigator', { configurable: true, value: this.#navigator() });
  }

  uninstall(): void {
    Reflect.deleteProperty(globalThis, 'navigator');
  }

  /** The process dies: what was not flushed and every lock is gone, and old handles are dead. */
  crash(): void {
    this.#generation++;
    this.#locks = new Map();
    for (const content of contents(this.#root)) {
      content.bytes = content.flushed.slice();
      content.locked = false;
    }
  }

  used(): number {
    return contents(this.#root).reduce((sum, { bytes }) => sum + bytes.length, 0);
  }

  /** Paths of all files. */
  paths(folder: Folder = this.#root, prefix = ''): string[] {
    return [...folder].flatMap(([name, entry]) =>
      isFolder(entry) ? this.paths(entry, `${prefix}${name}/`) : [`${prefix}${name}`]);
  }

  /** The file whose path ends in `suffix`, to be damaged. */
  damage(suffix: string, change: (bytes: Uint8Array) => Uint8Array): void {
    const path = this.paths().find((candidate) => candidate.endsWith(suffix))!.split('/');
    const folder = path.slice(0, -1).reduce<Folder>((at, name) => at.get(name) as Folder, this.#root);
    const content = folder.get(path.at(-1)!) as Content;
    content.bytes = content.flushed = change(content.bytes.slice());
  }

  #navigator(): unknown {
    return {
      storage: {
        getDirectory: async () => this.#directory(this.#root),
        estimate: async () => ({ quota: this.promised ?? this.quota, usage: this.used() }),
        persisted: async () => false,
        persist: async () => true,
      },
      locks: { request: this.#request.bind(this) },
    };
  }

  #directory(folder: Folder): unknown {
    const get = <T extends Folder | Content>(name: string, create: boolean, make: () => T): T => {
      if (!folder.has(name) && !create) throw notFound();
      if (!folder.has(name)) folder.set(name, make());
      return folder.get(name) as T;
    };
    return {
      kind: 'directory',
      getDirectoryHandle: async (name: string, { create = false } = {}) =>
        this.#directory(get<Folder>(name, create, () => new Map())),
      getFileHandle: async (name: string, { create = false } = {}) =>
        this.#file(get<Content>(name, create, emptyContent)),
      removeEntry: async (name: string) => {
        if (!folder.has(name)) throw notFound();
        const entry = folder.get(name)!;
        if (isFolder(entry) && contents(entry).some(({ locked }) => locked)) {
          throw new DOMException('in use', 'NoModificationAllowedError');
        }
        folder.delete(name);
      },
      entries: async function* () {
        for (const [name, entry] of folder) yield [name, { kind: isFolder(entry) ? 'directory' : 'file' }];
      },
    };
  }

  #file(content: Content): unknown {
    const put = (bytes: Uint8Array) => {
      if (this.used() - content.bytes.length + bytes.length > this.quota) {
        throw new DOMException('the disk is full', 'QuotaExceededError');
      }
      content.bytes = bytes;
    };
    const common = { kind: 'file', getFile: async () => new Blob([content.bytes.slice()]) };
    if (this.#sync) return { ...common, createSyncAccessHandle: async () => this.#handle(content, put) };
    return { ...common, createWritable: async () => this.#writable(content, put) };
  }

  #handle(content: Content, put: (bytes: Uint8Array) => void): unknown {
    if (content.locked) throw new DOMException('locked', 'NoModificationAllowedError');
    content.locked = true;
    const generation = this.#generation;
    const alive = () => {
      if (generation !== this.#generation) throw new DOMException('dead', 'InvalidStateError');
    };
    return {
      write: (bytes: Uint8Array, { at }: { at: number }) => {
        alive();
        const end = Math.max(content.bytes.length, at + bytes.length);
        let all = new Uint8Array(content.bytes.buffer);
        if (all.length < end) {
          all = new Uint8Array(2 * end);
          all.set(content.bytes);
        }
        all.set(bytes, at);
        put(all.subarray(0, end));
        return bytes.length;
      },
      truncate: (size: number) => (alive(), put(content.bytes.slice(0, size))),
      flush: () => (alive(), void (content.flushed = content.bytes.slice())),
      close: () => (alive(), void (content.locked = false)),
    };
  }

  #writable(content: Content, put: (bytes: Uint8Array) => void): unknown {
    const pieces: Uint8Array[] = [];
    const generation = this.#generation;
    return {
      write: async (bytes: Uint8Array) => void pieces.push(bytes.slice()),
      close: async () => {
        if (generation !== this.#generation) throw new DOMException('dead', 'InvalidStateError');
        put(Buffer.concat(pieces));
        content.flushed = content.bytes;
      },
      abort: async () => void (pieces.length = 0),
    };
  }

  #request(
    name: string, { mode, signal }: { mode: 'shared' | 'exclusive'; signal?: AbortSignal }, use: () => Promise<void>,
  ): Promise<void> {
    const lock = this.#locks.get(name) ?? { shared: 0, exclusive: false, queue: [] };
    this.#locks.set(name, lock);
    return new Promise((resolve, reject) => {
      const run = () => {
        for (let next = lock.queue[0]; next?.(); next = lock.queue[0]) lock.queue.shift();
      };
      lock.queue.push(() => {
        if (signal?.aborted) return true;
        if (lock.exclusive || (mode === 'exclusive' && lock.shared > 0)) return false;
        if (mode === 'exclusive') lock.exclusive = true;
        else lock.shared++;
        void use().then(() => {
          if (mode === 'exclusive') lock.exclusive = false;
          else lock.shared--;
          resolve();
          run();
        });
        return true;
      });
      signal?.addEventListener('abort', () => {
        reject(signal.reason);
        run();
      });
      run();
    });
  }
}

function contents(folder: Folder): Content[] {
  return [...folder.values()].flatMap((entry) => (isFolder(entry) ? contents(entry) : [entry]));
}
