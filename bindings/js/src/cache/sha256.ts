// SHA-256 (FIPS 180-4) of bytes that come in pieces, which SubtleCrypto cannot do.

/** First 32 bits of the fractional parts of the `power`-th roots of the first `count` primes. */
function rootsOfPrimes(power: number, count: number): Int32Array {
  const words = new Int32Array(count);
  for (let n = 2, found = 0; found < count; n++) {
    let prime = true;
    for (let d = 2; d * d <= n; d++) prime &&= n % d !== 0;
    if (prime) words[found++] = Math.floor((n ** (1 / power) % 1) * 2 ** 32);
  }
  return words;
}

const K = rootsOfPrimes(3, 64);
const INITIAL_STATE = rootsOfPrimes(2, 8);

export class Sha256 {
  readonly #state = INITIAL_STATE.slice();
  readonly #schedule = new Int32Array(64);
  /** The block that is not full yet: the last `#length` % 64 bytes. */
  readonly #block = new Uint8Array(64);
  #length = 0;

  update(bytes: Uint8Array): this {
    let at = 0;
    const held = this.#length % 64;
    this.#length += bytes.length;
    if (held > 0) {
      at = Math.min(64 - held, bytes.length);
      this.#block.set(bytes.subarray(0, at), held);
      if (held + at < 64) return this;
      this.#compress(this.#block, 0, 64);
    }
    const end = bytes.length - ((bytes.length - at) % 64);
    this.#compress(bytes, at, end);
    this.#block.set(bytes.subarray(end));
    return this;
  }

  /** In hexadecimal. Nothing can be added after it. */
  digest(): string {
    const bits = this.#length * 8;
    const padding = new Uint8Array((this.#length % 64 < 56 ? 64 : 128) - (this.#length % 64));
    padding[0] = 0x80;
    const view = new DataView(padding.buffer);
    view.setUint32(padding.length - 8, Math.floor(bits / 2 ** 32));
    view.setUint32(padding.length - 4, bits >>> 0);
    this.update(padding);
    return Array.from(this.#state, (word) => (word >>> 0).toString(16).padStart(8, '0')).join('');
  }

  /** Whole blocks of 64 bytes from `start` to `end`. */
  #compress(bytes: Uint8Array, start: number, end: number): void {
    const h = this.#state;
    const w = this.#schedule;
    for (let at = start; at < end; at += 64) {
      for (let i = 0, p = at; i < 16; i++, p += 4) {
        w[i] = (bytes[p]! << 24) | (bytes[p + 1]! << 16) | (bytes[p + 2]! << 8) | bytes[p + 3]!;
      }
      for (let i = 16; i < 64; i++) {
        const x = w[i - 15]!;
        const y = w[i - 2]!;
        const s0 = ((x >>> 7) | (x << 25)) ^ ((x >>> 18) | (x << 14)) ^ (x >>> 3);
        const s1 = ((y >>> 17) | (y << 15)) ^ ((y >>> 19) | (y << 13)) ^ (y >>> 10);
        w[i] = w[i - 16]! + s0 + w[i - 7]! + s1;
      }
      let [a, b, c, d] = [h[0]!, h[1]!, h[2]!, h[3]!];
      let [e, f, g, k] = [h[4]!, h[5]!, h[6]!, h[7]!];
      for (let i = 0; i < 64; i++) {
        const s1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
        const t1 = (k + s1 + (g ^ (e & (f ^ g))) + K[i]! + w[i]!) | 0;
        const s0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
        const t2 = (s0 + ((a & b) | (c & (a | b)))) | 0;
        k = g;
        g = f;
        f = e;
        e = (d + t1) | 0;
        d = c;
        c = b;
        b = a;
        a = (t1 + t2) | 0;
      }
      h[0]! += a;
      h[1]! += b;
      h[2]! += c;
      h[3]! += d;
      h[4]! += e;
      h[5]! += f;
      h[6]! += g;
      h[7]! += k;
    }
  }
}
