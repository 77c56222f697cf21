// Attention in 512-bit vectors. Included after table_inl.h.
#pragma once

#include "kernels/cpu/avx512/vec16.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

template <>
inline F32x16 all_lanes<F32x16>(float c) {
  return {_mm512_set1_ps(c)};
}

inline __m512 half_scale(const uint8_t* d) {
  return _mm512_set1_ps(_mm_cvtss_f32(_mm_cvtph_ps(_mm_cvtsi32_si128(load_u16(d)))));
}
// out[0..16) = scale * q. The masks are full; the unmasked forms draw a false warning from GCC 12 (its bug 105593).
inline void store_scaled(float* out, __m128i q, __m512 scale) {
  const __m512 floats = _mm512_maskz_cvtepi32_ps(0xffff, _mm512_maskz_cvtepi8_epi32(0xffff, q));
  _mm512_storeu_ps(out, _mm512_mul_ps(floats, scale));
}
inline void decode_block(const Q8_0::Block& block, float* out) {
  const __m512 d = half_scale(block.d);
  store_scaled(out, _mm_loadu_si128(reinterpret_cast<const __m128i*>(block.qs)), d);
  store_scaled(out + 16, _mm_loadu_si128(reinterpret_cast<const __m128i*>(block.qs + 16)), d);
}
inline void decode_block(const Q4_0::Block& block, float* out) {
  const __m512 d = half_scale(block.d);
  const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(block.qs));
  const __m128i nibble = _mm_set1_epi8(15), offset = _mm_set1_epi8(8);
  store_scaled(out, _mm_sub_epi8(_mm_and_si128(bytes, nibble), offset), d);
  store_scaled(out + 16, _mm_sub_epi8(_mm_and_si128(_mm_srli_epi16(bytes, 4), nibble), offset), d);
}

// Sums, those of other lanes that wait for them, and what they read fit into 32 registers.
struct Attention16 {
  using Vec = F32x16;
  static constexpr size_t kWidth = 16, kScoreQ = 4, kScoreV = 2, kValueQ = 4, kValueV = 4;
  static constexpr size_t kValueAlone = 4, kDirectQueries = 8;
  static constexpr bool kEight = true;
  static Vec broadcast(float x) { return {_mm512_set1_ps(x)}; }
  static Vec read(const float* p) { return {_mm512_loadu_ps(p)}; }
  template <class Row>
  static Vec read_row(const uint8_t* row, size_t i) {
    if constexpr (Row::kBytes == sizeof(float)) {
      return read(reinterpret_cast<const float*>(row) + i);
    } else {
      static_assert(Row::kBytes == F16Row::kBytes);  // no other type of K and V has two bytes
      const auto* halves = reinterpret_cast<const __m256i*>(row + i * Row::kBytes);
      return {_mm512_maskz_cvtph_ps(0xffff, _mm256_loadu_si256(halves))};
    }
  }
  template <class Format>
  static void decode(const typename Format::Block& block, float* out) {
    decode_block(block, out);
  }
  static F32x8 largest(const Vec* x) { return max(max(low(x[0]), high(x[0])), max(low(x[1]), high(x[1]))); }
  static F32x8 total(const Vec* x) { return (low(x[0]) + high(x[0])) + (low(x[1]) + high(x[1])); }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
