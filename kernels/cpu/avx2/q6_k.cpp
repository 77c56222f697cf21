// Q6_K by q8 activations: half a block at a time, its scales applied to the integer sums.
#include "kernels/cpu/avx2/q8_tile_inl.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct Q6Column {
  static constexpr size_t kGroups = 4, kBytes = 105;
  __m256i w[4][8];      // w[g][v]: elements 4v .. 4v + 3 of group g of 8 rows, -32 .. 31
  __m256i scale[4][2];  // of 16 elements each, in both 16-bit halves of a row's lane
  __m256 d;

  WC_ALWAYS_INLINE void load(const RowPointers& rows, size_t i) {
    const size_t block = i / 2 * 210, half = i % 2;
    __m256i ql[16], qh[8], scales[4];
    for (size_t v = 0; v < 4; ++v) load_transposed(rows, block + 64 * half + 16 * v, ql + 4 * v);
    for (size_t v = 0; v < 2; ++v) load_transposed(rows, block + 128 + 32 * half + 16 * v, qh + 4 * v);
    load_transposed(rows, block + 192, scales);
    const __m256i low4 = _mm256_set1_epi8(15), high2 = _mm256_set1_epi8(0x30), offset = _mm256_set1_epi8(32);
    const auto join = [&](__m256i low, __m256i high) {
      const __m256i q = _mm256_or_si256(_mm256_and_si256(low, low4), _mm256_and_si256(high, high2));
      return _mm256_sub_epi8(q, offset);
    };
    for (size_t v = 0; v < 8; ++v) {
      w[0][v] = join(ql[v], _mm256_slli_epi16(qh[v], 4));
      w[1][v] = join(ql[v + 8], _mm256_slli_epi16(qh[v], 2));
      w[2][v] = join(_mm256_srli_epi16(ql[v], 4), qh[v]);
      w[3][v] = join(_mm256_srli_epi16(ql[v + 8], 4), _mm256_srli_epi16(qh[v], 2));
    }
    for (size_t s = 0; s < 8; ++s) {  // byte s % 4 to the upper byte of both words, then down with its sign
      const int pick = 0x00800080 | static_cast<int>(s % 4) * 0x01000100;
      const __m256i order = _mm256_add_epi8(
          _mm256_set1_epi32(pick),
          _mm256_setr_epi32(0, 0x04000400, 0x08000800, 0x0c000c00, 0, 0x04000400, 0x08000800, 0x0c000c00));
      scale[s / 2][s % 2] = _mm256_srai_epi16(_mm256_shuffle_epi8(scales[2 * half + s / 4], order), 8);
    }
    d = load_scales(rows, block + 208);
  }

  // A 16-bit lane sums 8 products of at most 32 * 127: 32512, so nothing saturates or wraps before the scale.
  template <size_t T>
  WC_ALWAYS_INLINE void dot(const Q8Row* x, size_t g, size_t group, __m256i* isum) const {
    for (size_t t = 0; t < T; ++t) isum[t] = _mm256_setzero_si256();
    for (size_t part = 0; part < 2; ++part) {
      __m256i words[T];
      for (size_t t = 0; t < T; ++t) words[t] = _mm256_setzero_si256();
      for (size_t v = 4 * part; v < 4 * part + 4; ++v) {
        const __m256i magnitude = _mm256_abs_epi8(w[g][v]);
        for (size_t t = 0; t < T; ++t) {
          const __m256i q = broadcast_4(x[t].q + 32 * group + 4 * v);
          words[t] = _mm256_add_epi16(words[t], _mm256_maddubs_epi16(magnitude, _mm256_sign_epi8(q, w[g][v])));
        }
      }
      for (size_t t = 0; t < T; ++t) {
        isum[t] = _mm256_add_epi32(isum[t], _mm256_madd_epi16(words[t], scale[g][part]));
      }
    }
  }
};

void matmul_q6_k(const MatmulArgs& args) { q8_matmul<Q6Column>(args); }

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
