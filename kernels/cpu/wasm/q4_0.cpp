// Q4_0 by q8 activations: unsigned nibbles, and 8 times the sum of the activations taken off at the end.
#include "kernels/cpu/wasm/q8_tile_inl.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct Q4Column {
  static constexpr size_t kBytes = 18, kTokens = kSmallBytesTokens;
  v128_t w[4][2];  // w[g][h]: elements 4g .. 4g + 3 of rows 4h .. in low nibbles, 16 + 4g .. in high ones
  F32x8 d;

  void load(const RowPointers& rows, size_t i) {
    d = load_scales(rows, i * kBytes);
    load_transposed(rows, i * kBytes + 2, w);
  }

  template <size_t T>
  void dot(const Q8Row* x, size_t group, v128_t (*isum)[2]) const {
    constexpr size_t kChains = T == 1 ? 2 : 1;  // of additions that wait for each other
    SmallBytes::Sum sums[T][2][kChains];
    for (size_t g = 0; g < 4; ++g) {
      for (size_t h = 0; h < 2; ++h) {
        const SmallBytes low(wasm_v128_and(w[g][h], wasm_i8x16_const_splat(15))), high(wasm_u8x16_shr(w[g][h], 4));
        for (size_t t = 0; t < T; ++t) {
          sums[t][h][0].add(low, x[t].q + 32 * group + 4 * g);
          sums[t][h][kChains - 1].add(high, x[t].q + 32 * group + 16 + 4 * g);
        }
      }
    }
    for (size_t t = 0; t < T; ++t) {
      const v128_t offset = wasm_i32x4_splat(8 * (x[t].sum[2 * group] + x[t].sum[2 * group + 1]));
      for (size_t h = 0; h < 2; ++h) {
        v128_t total = sums[t][h][0].total();
        if constexpr (kChains == 2) total = wasm_i32x4_add(total, sums[t][h][1].total());
        isum[t][h] = wasm_i32x4_sub(total, offset);
      }
    }
  }
};

void matmul_q4_0(const MatmulArgs& args) { q8_matmul<Q4Column>(args); }

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
