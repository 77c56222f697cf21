// Which of the package's modules runs: the best that the engine accepts and that holds the model.
import { WasmchordError } from './errors.js';
import { cores, mayBlock } from './platform.js';

/** A build of the library, by its instructions. */
export type Variant = 'simd' | 'relaxed';

export const VARIANTS: readonly Variant[] = ['relaxed', 'simd'];

/** What the engine that runs this can do. */
export interface Capabilities {
  /** 128-bit SIMD: without it nothing runs. */
  simd: boolean;
  relaxedSimd: boolean;
  /** Shared memory; browsers have it only in pages that are cross-origin isolated. */
  threads: boolean;
  /** 64-bit addresses: more than 4 GiB. */
  memory64: boolean;
  cores: number;
}

/** A module of one function that drops what `instructions` leave on the stack. */
function accepts(...instructions: number[]): boolean {
  const body = [0, ...instructions, 0x1a, 0x0b];
  const bytes = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 1, 4, 1, 0x60, 0, 0, 3, 2, 1, 0, 10, body.length + 2, 1, body.length, ...body];
  return WebAssembly.validate(new Uint8Array(bytes));
}

const I32_ZERO = [0x41, 0];
const I8X16_SPLAT = [...I32_ZERO, 0xfd, 15];
/** i32x4.relaxed_dot_i8x16_i7x16_add_s, opcode 0x113. */
const RELAXED_DOT = [...I8X16_SPLAT, ...I8X16_SPLAT, ...I8X16_SPLAT, 0xfd, 0x93, 0x02];
/** A module with a memory of 64-bit addresses (limits flag 4). */
const MEMORY64 = [0, 0x61, 0x73, 0x6d, 1, 0, 0, 0, 5, 3, 1, 4, 1];

export function capabilities(): Capabilities {
  const isolated = (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated;
  return {
    simd: accepts(...I8X16_SPLAT),
    relaxedSimd: accepts(...RELAXED_DOT),
    threads: typeof SharedArrayBuffer === 'function' && isolated !== false,
    memory64: WebAssembly.validate(new Uint8Array(MEMORY64)),
    cores: cores(),
  };
}

export interface VariantChoice {
  variant: Variant;
  /** Threads that compute, the engine's own included. */
  threads: number;
}

/** The most that wasm32 addresses, less what the library needs besides the weights. */
const WASM32_MODEL_BYTES = 2 ** 32 - 2 ** 28;

function runs(variant: Variant, can: Capabilities): boolean {
  return (
    can.simd &&
    (!variant.startsWith('relaxed') || can.relaxedSimd) &&
    (!variant.includes('threads') || (can.threads && mayBlock())) &&
    (!variant.endsWith('-64') || can.memory64)
  );
}

/** `wanted` as the caller set it, `modelBytes` where they are known. */
export function chooseVariant(
  wanted: Variant | undefined,
  modelBytes: number | undefined,
  can: Capabilities = capabilities(),
): VariantChoice {
  if (wanted !== undefined && !VARIANTS.includes(wanted)) {
    throw new WasmchordError('invalid_argument', `variant: one of ${VARIANTS.join(', ')} is needed`);
  }
  const large = modelBytes !== undefined && modelBytes > WASM32_MODEL_BYTES;
  const allowed = VARIANTS.filter((variant) => {
    if (wanted !== undefined) return variant === wanted;
    return variant.endsWith('-64') === large;
  });
  const variant = allowed.find((one) => runs(one, can));
  if (variant === undefined) {
    const why = large ? `a model of ${modelBytes} bytes needs 64-bit addresses, relaxed SIMD and threads` : wanted;
    throw new WasmchordError('unsupported', `this engine cannot run ${why ?? 'WebAssembly with SIMD'}`);
  }
  return { variant, threads: variant.includes('threads') ? Math.max(can.cores, 1) : 1 };
}
