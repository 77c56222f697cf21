// Q8_0 by q8 activations.
#include "kernels/cpu/wasm/q8_tile_inl.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct Q8Column {
  static constexpr size_t kBytes = 34, kTokens = 2;
  v128_t w[8][2];  // w[g][h]: elements 4g .. 4g + 3 of rows 4h ..
  F32x8 d;

  void load(const RowPointers& rows, size_t i) {
    d = load_scales(rows, i * kBytes);
    load_transposed(rows, i * kBytes + 2, w);
    load_transposed(rows, i * kBytes + 18, w + 4);
  }

  template <size_t T>
  void dot(const Q8Row* x, size_t group, v128_t (*isum)[2]) const {
    SignedBytes::Sum sums[T][2];
    for (size_t g = 0; g < 8; ++g) {
      for (size_t h = 0; h < 2; ++h) {
        const SignedBytes bytes(w[g][h]);
        for (size_t t = 0; t < T; ++t) sums[t][h].add(bytes, x[t].q + 32 * group + 4 * g);
      }
    }
    for (size_t t = 0; t < T; ++t) {
      for (size_t h = 0; h < 2; ++h) isum[t][h] = sums[t][h].total();
    }
  }
};

void matmul_q8_0(const MatmulArgs& args) { q8_matmul<Q8Column>(args); }

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
