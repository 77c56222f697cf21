// Q8_0 by q8 activations: |w| as unsigned bytes times sign(w) x.
#include "kernels/cpu/avx2/q8_tile_inl.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct Q8Column {
  static constexpr size_t kGroups = 1, kBytes = 34;
  __m256i w[8];  // w[g]: elements 4g .. 4g + 3 of 8 rows, -128..127
  __m256 d;

  WC_ALWAYS_INLINE void load(const RowPointers& rows, size_t i) {
    d = load_scales(rows, i * kBytes);
    load_transposed(rows, i * kBytes + 2, w);
    load_transposed(rows, i * kBytes + 18, w + 4);
  }

  // A pair of products is at most 2 * 128 * 127 = 32512: no saturation, also for w = -128, whose |w| is 128 unsigned.
  template <size_t T>
  WC_ALWAYS_INLINE void dot(const Q8Row* x, size_t, size_t group, __m256i* isum) const {
    const __m256i ones = _mm256_set1_epi16(1);
    for (size_t t = 0; t < T; ++t) isum[t] = _mm256_setzero_si256();
    for (int g = 0; g < 8; ++g) {
      const __m256i magnitude = _mm256_abs_epi8(w[g]);
      for (size_t t = 0; t < T; ++t) {
        const __m256i q = broadcast_4(x[t].q + 32 * group + 4 * g);
        const __m256i pairs = _mm256_maddubs_epi16(magnitude, _mm256_sign_epi8(q, w[g]));
        isum[t] = _mm256_add_epi32(isum[t], _mm256_madd_epi16(pairs, ones));
      }
    }
  }
};

void matmul_q8_0(const MatmulArgs& args) { q8_matmul<Q8Column>(args); }

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
