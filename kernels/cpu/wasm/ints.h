// Exact dot products of bytes on four lanes: every lane is a row, its four bytes meet the same four activations.
//
// Bytes of either sign are extended to 16 bits for i32x4.dot_i16x8, which adds pairs: two vectors of partial sums,
// added crosswise at the end. For unsigned bytes up to 127 relaxed SIMD has one instruction, exact on every engine,
// since sums of two products stay below 2^15. Measured in V8 on x86-64 in GMAC/s: nibbles 62 against 25; for bytes of
// either sign the relaxed instruction on the low 7 bits and on the sign gives 15 to 35 and the extension 26 to 31.
#pragma once

#include "kernels/cpu/wasm/vec.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

// Bytes -128..127.
struct SignedBytes {
  v128_t w[2];  // 16-bit: rows 0 and 1; rows 2 and 3

  explicit SignedBytes(v128_t bytes) : w{wasm_i16x8_extend_low_i8x16(bytes), wasm_i16x8_extend_high_i8x16(bytes)} {}

  struct Sum {
    v128_t part[2] = {wasm_i32x4_const_splat(0), wasm_i32x4_const_splat(0)};

    // += w[4 r + i] * x[i] for i < 4 in lane r
    void add(const SignedBytes& bytes, const int8_t* x) {
      const v128_t xv = wasm_i16x8_extend_low_i8x16(wasm_v128_load32_splat(x));
      for (int i = 0; i < 2; ++i) part[i] = wasm_i32x4_add(part[i], wasm_i32x4_dot_i16x8(bytes.w[i], xv));
    }
    v128_t total() const {
      return wasm_i32x4_add(wasm_i32x4_shuffle(part[0], part[1], 0, 2, 4, 6),
                            wasm_i32x4_shuffle(part[0], part[1], 1, 3, 5, 7));
    }
  };
};

#if defined(__wasm_relaxed_simd__)
// Bytes 0..127.
struct SmallBytes {
  v128_t w;

  explicit SmallBytes(v128_t bytes) : w(bytes) {}

  struct Sum {
    v128_t sum = wasm_i32x4_const_splat(0);

    void add(const SmallBytes& bytes, const int8_t* x) {
      sum = wasm_i32x4_relaxed_dot_i8x16_i7x16_add(wasm_v128_load32_splat(x), bytes.w, sum);
    }
    v128_t total() const { return sum; }
  };
};
inline constexpr size_t kSmallBytesTokens = 4;  // that a tile takes at a time
#else
using SmallBytes = SignedBytes;
inline constexpr size_t kSmallBytesTokens = 2;
#endif

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
