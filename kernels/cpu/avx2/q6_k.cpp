// Q6_K by q8 activations: half a block at a time, its scales applied to the integer sums.
#include "kernels/cpu/avx2/q8_tile_inl.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct Q6Column {
  static constexpr size_t kGroups = 4, kBytes = 105;
  __m256i ql[16], qh[8];  // bytes 4i .. 4i + 3 of this half's ql and qh, of 8 rows
  __m256i scales[2];      // this half's 8 scales
  __m256 d;

  Q6Column(const RowPointers& rows, size_t i) {
    const size_t block = i / 2 * 210, half = i % 2;
    for (size_t v = 0; v < 4; ++v) load_transposed(rows, block + 64 * half + 16 * v, ql + 4 * v);
    for (size_t v = 0; v < 2; ++v) load_transposed(rows, block + 128 + 32 * half + 16 * v, qh + 4 * v);
    __m256i all_scales[4];
    load_transposed(rows, block + 192, all_scales);
    scales[0] = all_scales[2 * half];
    scales[1] = all_scales[2 * half + 1];
    d = load_scales(rows, block + 208);
  }

  // Scale `index` of the group of each row, in both 16-bit halves of its lane.
  __m256i scale_words(size_t g, size_t index) const {
    const int byte = static_cast<int>(2 * (g % 2) + index);
    const __m256i high_bytes = _mm256_set1_epi32(0x00800080 | byte << 8 | byte << 24);
    const __m256i dwords =
        _mm256_setr_epi32(0, 0x04000400, 0x08000800, 0x0c000c00, 0, 0x04000400, 0x08000800, 0x0c000c00);
    return _mm256_srai_epi16(_mm256_shuffle_epi8(scales[g / 2], _mm256_add_epi8(high_bytes, dwords)), 8);
  }

  // Elements 4v .. 4v + 3 of group g of the rows: -32 .. 31.
  __m256i weights(size_t g, size_t v) const {
    const __m256i low4 = _mm256_set1_epi8(15), high2 = _mm256_set1_epi8(0x30);
    const __m256i packed = ql[8 * (g % 2) + v];
    const __m256i low = _mm256_and_si256(g < 2 ? packed : _mm256_srli_epi16(packed, 4), low4);
    // Bits 2g, 2g + 1 of each byte move to 4, 5.
    const __m256i moved = g == 0   ? _mm256_slli_epi16(qh[v], 4)
                          : g == 1 ? _mm256_slli_epi16(qh[v], 2)
                          : g == 2 ? qh[v]
                                   : _mm256_srli_epi16(qh[v], 2);
    return _mm256_sub_epi8(_mm256_or_si256(low, _mm256_and_si256(moved, high2)), _mm256_set1_epi8(32));
  }

  // A 16-bit lane sums 8 products of at most 32 * 127: 32512, so nothing saturates or wraps before the scale.
  template <size_t T>
  void dot(const Q8Row* x, size_t g, size_t group, __m256i* isum) const {
    for (size_t t = 0; t < T; ++t) isum[t] = _mm256_setzero_si256();
    for (size_t part = 0; part < 2; ++part) {
      __m256i words[T];
      for (size_t t = 0; t < T; ++t) words[t] = _mm256_setzero_si256();
      for (size_t v = 4 * part; v < 4 * part + 4; ++v) {
        const __m256i w = weights(g, v), magnitude = _mm256_abs_epi8(w);
        for (size_t t = 0; t < T; ++t) {
          const __m256i q = broadcast_4(x[t].q + 32 * group + 4 * v);
          const __m256i pairs = _mm256_maddubs_epi16(magnitude, _mm256_sign_epi8(q, w));
          words[t] = _mm256_add_epi16(words[t], pairs);
        }
      }
      const __m256i scale = scale_words(g, part);
      for (size_t t = 0; t < T; ++t) isum[t] = _mm256_add_epi32(isum[t], _mm256_madd_epi16(words[t], scale));
    }
  }
};

void matmul_q6_k(const MatmulArgs& args) { q8_matmul<Q6Column>(args); }

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
