// A module over shared memory as one over a memory of its own, for engines and pages that have no shared memory.
//
// The two are one code: the threads proposal gives atomic instructions the same meaning on either kind of memory, and only
// one bit of the memory import tells them apart. Waiting would trap, which a single thread never does.

const IMPORT_SECTION = 2;
const MEMORY = 2;
/** Of the flags of a memory's limits: bit 0: it has a maximum; bit 1: it is shared. */
const SHARED = 2;

/** Reads unsigned LEB128 numbers from `at` on. */
class Reader {
  constructor(bytes, at) {
    this.bytes = bytes;
    this.at = at;
  }

  number() {
    let value = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = this.bytes[this.at++];
      value += (byte & 0x7f) * 2 ** shift;
      if (byte < 0x80) return value;
    }
  }

  skipName() {
    const length = this.number();
    this.at += length;
  }
}

/** Where the flags of the imported memory are. */
function memoryFlags(bytes) {
  const reader = new Reader(bytes, 8); // behind "\0asm" and the version
  while (reader.at < bytes.length) {
    const section = reader.number();
    const size = reader.number();
    if (section !== IMPORT_SECTION) {
      reader.at += size;
      continue;
    }
    for (let left = reader.number(); left > 0; left--) {
      reader.skipName();
      reader.skipName();
      const kind = reader.number();
      if (kind === MEMORY) return reader.at;
      if (kind !== 0) throw new Error(`an import of kind ${kind}`);
      reader.number(); // a function's type
    }
  }
  throw new Error('the module imports no memory');
}

/** A copy of the module `bytes` whose memory is not shared. */
export function unshared(bytes) {
  const copy = Uint8Array.from(bytes);
  const at = memoryFlags(copy);
  if ((copy[at] & SHARED) === 0) throw new Error('the memory is not shared');
  copy[at] &= ~SHARED;
  return copy;
}
