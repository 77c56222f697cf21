// Eight lanes in one AVX register. Same functions, same bits as scalar/vec.h, where they are described.
#pragma once

#include <immintrin.h>

#include <cstddef>
#include <cstdint>

#include "kernels/formats/format.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct F32x8 {
  __m256 v;
};

inline F32x8 set1(float x) { return {_mm256_set1_ps(x)}; }
inline F32x8 zero() { return {_mm256_setzero_ps()}; }

inline F32x8 load(const float* p) { return {_mm256_loadu_ps(p)}; }
inline void store(float* p, F32x8 x) { _mm256_storeu_ps(p, x.v); }

inline F32x8 load_f16(const void* p) { return {_mm256_cvtph_ps(_mm_loadu_si128(static_cast<const __m128i*>(p)))}; }
inline void store_f16(void* p, F32x8 x) {
  _mm_storeu_si128(static_cast<__m128i*>(p), _mm256_cvtps_ph(x.v, _MM_FROUND_TO_NEAREST_INT));
}
inline F32x8 load_bf16(const void* p) {
  const __m256i wide = _mm256_cvtepu16_epi32(_mm_loadu_si128(static_cast<const __m128i*>(p)));
  return {_mm256_castsi256_ps(_mm256_slli_epi32(wide, 16))};
}

inline void load_pairs(const float* p, F32x8& a, F32x8& b) {
  const __m256 low = _mm256_loadu_ps(p), high = _mm256_loadu_ps(p + 8);
  const __m256 even = _mm256_shuffle_ps(low, high, 0x88), odd = _mm256_shuffle_ps(low, high, 0xdd);
  a.v = _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(even), 0xd8));
  b.v = _mm256_castpd_ps(_mm256_permute4x64_pd(_mm256_castps_pd(odd), 0xd8));
}
inline void store_pairs(float* p, F32x8 a, F32x8 b) {
  const __m256 low = _mm256_unpacklo_ps(a.v, b.v), high = _mm256_unpackhi_ps(a.v, b.v);
  _mm256_storeu_ps(p, _mm256_permute2f128_ps(low, high, 0x20));
  _mm256_storeu_ps(p + 8, _mm256_permute2f128_ps(low, high, 0x31));
}

inline F32x8 operator+(F32x8 a, F32x8 b) { return {_mm256_add_ps(a.v, b.v)}; }
inline F32x8 operator-(F32x8 a, F32x8 b) { return {_mm256_sub_ps(a.v, b.v)}; }
inline F32x8 operator*(F32x8 a, F32x8 b) { return {_mm256_mul_ps(a.v, b.v)}; }
inline F32x8 operator/(F32x8 a, F32x8 b) { return {_mm256_div_ps(a.v, b.v)}; }

inline F32x8 max(F32x8 a, F32x8 b) { return {_mm256_max_ps(a.v, b.v)}; }

inline F32x8 select_less(F32x8 a, F32x8 b, F32x8 yes, F32x8 no) {
  return {_mm256_blendv_ps(no.v, yes.v, _mm256_cmp_ps(a.v, b.v, _CMP_LT_OQ))};
}
inline F32x8 select_nan(F32x8 x, F32x8 no) {
  return {_mm256_blendv_ps(no.v, x.v, _mm256_cmp_ps(x.v, x.v, _CMP_UNORD_Q))};
}

inline F32x8 add_exponent(F32x8 x, F32x8 shifted) {
  const __m256i n = _mm256_slli_epi32(_mm256_castps_si256(shifted.v), 23);
  return {_mm256_castsi256_ps(_mm256_add_epi32(_mm256_castps_si256(x.v), n))};
}

inline float sum(F32x8 x) {
  __m128 s = _mm_add_ps(_mm256_castps256_ps128(x.v), _mm256_extractf128_ps(x.v, 1));
  s = _mm_add_ps(s, _mm_movehl_ps(s, s));
  return _mm_cvtss_f32(_mm_add_ss(s, _mm_movehdup_ps(s)));
}

inline float max_lane(F32x8 x) {
  __m128 s = _mm_max_ps(_mm256_castps256_ps128(x.v), _mm256_extractf128_ps(x.v, 1));
  s = _mm_max_ps(s, _mm_movehl_ps(s, s));
  return _mm_cvtss_f32(_mm_max_ss(s, _mm_movehdup_ps(s)));
}

// Pairs of rows, then pairs of pairs inside each 128-bit half, then the halves.
inline void transpose_8x8(F32x8* x) {
  __m256 pairs[8], quads[8];
  for (int i = 0; i < 8; i += 2) {
    pairs[i] = _mm256_unpacklo_ps(x[i].v, x[i + 1].v);
    pairs[i + 1] = _mm256_unpackhi_ps(x[i].v, x[i + 1].v);
  }
  for (int i = 0; i < 8; i += 4) {
    quads[i] = _mm256_shuffle_ps(pairs[i], pairs[i + 2], 0x44);
    quads[i + 1] = _mm256_shuffle_ps(pairs[i], pairs[i + 2], 0xee);
    quads[i + 2] = _mm256_shuffle_ps(pairs[i + 1], pairs[i + 3], 0x44);
    quads[i + 3] = _mm256_shuffle_ps(pairs[i + 1], pairs[i + 3], 0xee);
  }
  for (int i = 0; i < 4; ++i) {
    x[i].v = _mm256_permute2f128_ps(quads[i], quads[i + 4], 0x20);
    x[i + 4].v = _mm256_permute2f128_ps(quads[i], quads[i + 4], 0x31);
  }
}

inline uint32_t max_abs_bits_32(const float* x) {
  const __m256i magnitude = _mm256_set1_epi32(0x7fffffff);
  __m256i best = _mm256_setzero_si256();
  for (int i = 0; i < 32; i += 8) {
    const __m256i bits = _mm256_castps_si256(_mm256_loadu_ps(x + i));
    best = _mm256_max_epi32(best, _mm256_and_si256(bits, magnitude));
  }
  __m128i s = _mm_max_epi32(_mm256_castsi256_si128(best), _mm256_extracti128_si256(best, 1));
  s = _mm_max_epi32(s, _mm_shuffle_epi32(s, 0x4e));
  s = _mm_max_epi32(s, _mm_shuffle_epi32(s, 0xb1));
  return static_cast<uint32_t>(_mm_cvtsi128_si32(s));
}

// Sum of eight integers.
inline int32_t sum(__m256i x) {
  __m128i s = _mm_add_epi32(_mm256_castsi256_si128(x), _mm256_extracti128_si256(x, 1));
  s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0x4e));
  s = _mm_add_epi32(s, _mm_shuffle_epi32(s, 0xb1));
  return _mm_cvtsi128_si32(s);
}

// 1.5 * 2^23 is added as in the scalar version, so that the rounding mode of conversions plays no part.
inline void quantize_32(const float* x, float inverse, int8_t* q, int16_t* sums) {
  const __m256 factor = _mm256_set1_ps(inverse), shift = _mm256_set1_ps(12582912.0f);
  __m256i n[4];
  for (int i = 0; i < 4; ++i) {
    const __m256 shifted = _mm256_add_ps(_mm256_mul_ps(_mm256_loadu_ps(x + 8 * i), factor), shift);
    n[i] = _mm256_sub_epi32(_mm256_castps_si256(shifted), _mm256_castps_si256(shift));
  }
  const __m256i words0 = _mm256_packs_epi32(n[0], n[1]), words1 = _mm256_packs_epi32(n[2], n[3]);
  // The packs interleave 128-bit halves: dwords of n0 n1 n2 n3 | n0 n1 n2 n3.
  const __m256i order = _mm256_setr_epi32(0, 4, 1, 5, 2, 6, 3, 7);
  const __m256i bytes = _mm256_permutevar8x32_epi32(_mm256_packs_epi16(words0, words1), order);
  _mm256_storeu_si256(reinterpret_cast<__m256i*>(q), bytes);
  sums[0] = static_cast<int16_t>(sum(_mm256_add_epi32(n[0], n[1])));
  sums[1] = static_cast<int16_t>(sum(_mm256_add_epi32(n[2], n[3])));
}

// Stores of whole registers: what loads them next need not wait until they have reached the cache.
inline void widen_scaled(const uint64_t* bytes, int32_t scale0, int32_t scale1, int16_t* q) {
  for (int i = 0; i < 2; ++i) {
    const __m128i v = _mm_set_epi64x(static_cast<int64_t>(bytes[2 * i + 1]), static_cast<int64_t>(bytes[2 * i]));
    const __m256i scale = _mm256_set1_epi16(static_cast<int16_t>(i == 0 ? scale0 : scale1));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(q + 16 * i), _mm256_mullo_epi16(_mm256_cvtepi8_epi16(v), scale));
  }
}

inline int32_t dot_32(const int16_t* a, const int8_t* b) {
  __m256i total = _mm256_setzero_si256();
  for (int i = 0; i < 32; i += 16) {
    const __m256i av = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(a + i));
    const __m256i bv = _mm256_cvtepi8_epi16(_mm_loadu_si128(reinterpret_cast<const __m128i*>(b + i)));
    total = _mm256_add_epi32(total, _mm256_madd_epi16(av, bv));
  }
  return sum(total);
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
