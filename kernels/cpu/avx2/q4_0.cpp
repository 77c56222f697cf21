// Q4_0 by q8 activations: unsigned nibbles, and 8 times the sum of the activations taken off at the end.
#include "kernels/cpu/avx2/q8_tile_inl.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct Q4Column {
  static constexpr size_t kGroups = 1, kBytes = 18;
  __m256i w[8];  // w[g]: elements 4g .. 4g + 3 of 8 rows, 0..15
  __m256 d;

  WC_ALWAYS_INLINE void load(const RowPointers& rows, size_t i) {
    d = load_scales(rows, i * kBytes);
    load_transposed(rows, i * kBytes + 2, w);
    const __m256i low = _mm256_set1_epi8(15);
    for (int g = 0; g < 4; ++g) {
      w[g + 4] = _mm256_and_si256(_mm256_srli_epi16(w[g], 4), low);
      w[g] = _mm256_and_si256(w[g], low);
    }
  }

  // A 16-bit lane sums 16 products of at most 15 * 127: 30480, so nothing saturates or wraps.
  template <size_t T>
  WC_ALWAYS_INLINE void dot(const Q8Row* x, size_t, size_t group, __m256i* isum) const {
    __m256i words[T];
    for (size_t t = 0; t < T; ++t) words[t] = _mm256_setzero_si256();
    for (size_t g = 0; g < 8; ++g) {
      for (size_t t = 0; t < T; ++t) {
        const __m256i q = broadcast_4(x[t].q + 32 * group + 4 * g);
        words[t] = _mm256_add_epi16(words[t], _mm256_maddubs_epi16(w[g], q));
      }
    }
    for (size_t t = 0; t < T; ++t) {
      const __m256i offset = _mm256_set1_epi32(8 * (x[t].sum[2 * group] + x[t].sum[2 * group + 1]));
      isum[t] = _mm256_sub_epi32(_mm256_madd_epi16(words[t], _mm256_set1_epi16(1)), offset);
    }
  }
};

void matmul_q4_0(const MatmulArgs& args) { q8_matmul<Q4Column>(args); }

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
