// Eight lanes in two 128-bit vectors of WebAssembly. Same functions, same bits as scalar/vec.h, where they are
// described. No float operation of relaxed SIMD is used: their results differ from engine to engine.
#pragma once

#include <wasm_simd128.h>

#include <cstddef>
#include <cstdint>

#include "kernels/formats/format.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct F32x8 {
  v128_t lo, hi;  // lanes 0..3, 4..7
};

inline F32x8 set1(float x) { return {wasm_f32x4_splat(x), wasm_f32x4_splat(x)}; }
inline F32x8 zero() { return set1(0.0f); }

inline F32x8 load(const float* p) { return {wasm_v128_load(p), wasm_v128_load(p + 4)}; }
inline void store(float* p, const F32x8& x) {
  wasm_v128_store(p, x.lo);
  wasm_v128_store(p + 4, x.hi);
}

// f16_to_f32 of format.h on the low 16 bits of four lanes, the high ones 0.
inline v128_t f16_to_f32x4(v128_t h) {
  const v128_t shifted = wasm_i32x4_shl(wasm_v128_and(h, wasm_i32x4_const_splat(0x7fff)), 13);
  const v128_t sign = wasm_i32x4_shl(wasm_v128_and(h, wasm_i32x4_const_splat(0x8000)), 16);
  const v128_t smallest = wasm_i32x4_const_splat(0x38800000);  // 2^-14
  const v128_t normal = wasm_i32x4_add(shifted, wasm_i32x4_const_splat((127 - 15) << 23));
  const v128_t subnormal = wasm_f32x4_sub(wasm_i32x4_add(shifted, smallest), smallest);
  // Infinity and NaN: exponent 31 + 112 becomes 255; a NaN becomes quiet.
  const v128_t infinity = wasm_i32x4_const_splat(0x7c00 << 13);
  const v128_t special = wasm_v128_and(wasm_i32x4_ge(shifted, infinity), wasm_i32x4_const_splat(0x7f800000));
  const v128_t quiet = wasm_v128_and(wasm_i32x4_gt(shifted, infinity), wasm_i32x4_const_splat(0x00400000));
  const v128_t is_normal = wasm_i32x4_ge(shifted, wasm_i32x4_const_splat(0x0400 << 13));
  const v128_t number = wasm_v128_bitselect(normal, subnormal, is_normal);
  return wasm_v128_or(wasm_v128_or(number, sign), wasm_v128_or(special, quiet));
}

// f32_to_f16 of format.h on four lanes; the results are below 2^16.
inline v128_t f32_to_f16x4(v128_t x) {
  const v128_t sign = wasm_v128_and(wasm_u32x4_shr(x, 16), wasm_i32x4_const_splat(0x8000));
  const v128_t bits = wasm_v128_and(x, wasm_i32x4_const_splat(0x7fffffff));
  const v128_t nan = wasm_v128_or(wasm_i32x4_const_splat(0x7e00),
                                  wasm_v128_and(wasm_u32x4_shr(bits, 13), wasm_i32x4_const_splat(0x03ff)));
  const v128_t half = wasm_i32x4_const_splat(0x3f000000);  // 0.5
  const v128_t subnormal = wasm_i32x4_sub(wasm_f32x4_add(bits, half), half);
  const v128_t odd = wasm_v128_and(wasm_u32x4_shr(bits, 13), wasm_i32x4_const_splat(1));
  const v128_t rebias = wasm_i32x4_const_splat(0x0fff - ((127 - 15) << 23));
  const v128_t normal = wasm_u32x4_shr(wasm_i32x4_add(wasm_i32x4_add(bits, odd), rebias), 13);
  v128_t h = wasm_v128_bitselect(subnormal, normal, wasm_i32x4_lt(bits, wasm_i32x4_const_splat(0x38800000)));
  h = wasm_v128_bitselect(wasm_i32x4_const_splat(0x7c00), h,
                          wasm_i32x4_ge(bits, wasm_i32x4_const_splat(0x47800000)));  // >= 2^16
  h = wasm_v128_bitselect(nan, h, wasm_i32x4_gt(bits, wasm_i32x4_const_splat(0x7f800000)));
  return wasm_v128_or(h, sign);
}

inline F32x8 load_f16(const void* p) {
  const v128_t h = wasm_v128_load(p);
  return {f16_to_f32x4(wasm_u32x4_extend_low_u16x8(h)), f16_to_f32x4(wasm_u32x4_extend_high_u16x8(h))};
}
inline void store_f16(void* p, const F32x8& x) {
  wasm_v128_store(p, wasm_u16x8_narrow_i32x4(f32_to_f16x4(x.lo), f32_to_f16x4(x.hi)));
}
inline F32x8 load_bf16(const void* p) {
  const v128_t b = wasm_v128_load(p), zeros = wasm_i32x4_const_splat(0);
  return {wasm_i16x8_shuffle(zeros, b, 0, 8, 1, 9, 2, 10, 3, 11),
          wasm_i16x8_shuffle(zeros, b, 4, 12, 5, 13, 6, 14, 7, 15)};
}

inline void load_pairs(const float* p, F32x8& a, F32x8& b) {
  const F32x8 first = load(p), second = load(p + 8);
  a = {wasm_i32x4_shuffle(first.lo, first.hi, 0, 2, 4, 6), wasm_i32x4_shuffle(second.lo, second.hi, 0, 2, 4, 6)};
  b = {wasm_i32x4_shuffle(first.lo, first.hi, 1, 3, 5, 7), wasm_i32x4_shuffle(second.lo, second.hi, 1, 3, 5, 7)};
}
inline void store_pairs(float* p, const F32x8& a, const F32x8& b) {
  store(p, {wasm_i32x4_shuffle(a.lo, b.lo, 0, 4, 1, 5), wasm_i32x4_shuffle(a.lo, b.lo, 2, 6, 3, 7)});
  store(p + 8, {wasm_i32x4_shuffle(a.hi, b.hi, 0, 4, 1, 5), wasm_i32x4_shuffle(a.hi, b.hi, 2, 6, 3, 7)});
}

inline F32x8 operator+(const F32x8& a, const F32x8& b) {
  return {wasm_f32x4_add(a.lo, b.lo), wasm_f32x4_add(a.hi, b.hi)};
}
inline F32x8 operator-(const F32x8& a, const F32x8& b) {
  return {wasm_f32x4_sub(a.lo, b.lo), wasm_f32x4_sub(a.hi, b.hi)};
}
inline F32x8 operator*(const F32x8& a, const F32x8& b) {
  return {wasm_f32x4_mul(a.lo, b.lo), wasm_f32x4_mul(a.hi, b.hi)};
}
inline F32x8 operator/(const F32x8& a, const F32x8& b) {
  return {wasm_f32x4_div(a.lo, b.lo), wasm_f32x4_div(a.hi, b.hi)};
}

// pmax(x, y) is x < y ? y : x.
inline F32x8 max(const F32x8& a, const F32x8& b) { return {wasm_f32x4_pmax(b.lo, a.lo), wasm_f32x4_pmax(b.hi, a.hi)}; }

inline F32x8 select_less(const F32x8& a, const F32x8& b, const F32x8& yes, const F32x8& no) {
  return {wasm_v128_bitselect(yes.lo, no.lo, wasm_f32x4_lt(a.lo, b.lo)),
          wasm_v128_bitselect(yes.hi, no.hi, wasm_f32x4_lt(a.hi, b.hi))};
}
inline F32x8 select_nan(const F32x8& x, const F32x8& no) {
  return {wasm_v128_bitselect(x.lo, no.lo, wasm_f32x4_ne(x.lo, x.lo)),
          wasm_v128_bitselect(x.hi, no.hi, wasm_f32x4_ne(x.hi, x.hi))};
}

inline F32x8 add_exponent(const F32x8& x, const F32x8& shifted) {
  return {wasm_i32x4_add(x.lo, wasm_i32x4_shl(shifted.lo, 23)), wasm_i32x4_add(x.hi, wasm_i32x4_shl(shifted.hi, 23))};
}

inline float sum(const F32x8& x) {
  v128_t s = wasm_f32x4_add(x.lo, x.hi);
  s = wasm_f32x4_add(s, wasm_i32x4_shuffle(s, s, 2, 3, 2, 3));
  return wasm_f32x4_extract_lane(wasm_f32x4_add(s, wasm_i32x4_shuffle(s, s, 1, 1, 1, 1)), 0);
}

inline float max_lane(const F32x8& x) {
  v128_t s = wasm_f32x4_pmax(x.hi, x.lo);
  s = wasm_f32x4_pmax(wasm_i32x4_shuffle(s, s, 2, 3, 2, 3), s);
  return wasm_f32x4_extract_lane(wasm_f32x4_pmax(wasm_i32x4_shuffle(s, s, 1, 1, 1, 1), s), 0);
}

// x[i] lane j becomes x[j] lane i, for four vectors of four lanes.
inline void transpose_4x4(v128_t& a, v128_t& b, v128_t& c, v128_t& d) {
  const v128_t ab_low = wasm_i32x4_shuffle(a, b, 0, 4, 1, 5), ab_high = wasm_i32x4_shuffle(a, b, 2, 6, 3, 7);
  const v128_t cd_low = wasm_i32x4_shuffle(c, d, 0, 4, 1, 5), cd_high = wasm_i32x4_shuffle(c, d, 2, 6, 3, 7);
  a = wasm_i64x2_shuffle(ab_low, cd_low, 0, 2);
  b = wasm_i64x2_shuffle(ab_low, cd_low, 1, 3);
  c = wasm_i64x2_shuffle(ab_high, cd_high, 0, 2);
  d = wasm_i64x2_shuffle(ab_high, cd_high, 1, 3);
}

// Quarters of 4 x 4 in place, and those off the diagonal change places.
inline void transpose_8x8(F32x8* x) {
  for (int i = 0; i < 8; i += 4) {
    transpose_4x4(x[i].lo, x[i + 1].lo, x[i + 2].lo, x[i + 3].lo);
    transpose_4x4(x[i].hi, x[i + 1].hi, x[i + 2].hi, x[i + 3].hi);
  }
  for (int i = 0; i < 4; ++i) {
    const v128_t upper = x[i].hi;
    x[i].hi = x[i + 4].lo;
    x[i + 4].lo = upper;
  }
}

inline uint32_t max_abs_bits_32(const float* x) {
  const v128_t magnitude = wasm_i32x4_const_splat(0x7fffffff);
  v128_t best = wasm_i32x4_const_splat(0);
  for (int i = 0; i < 32; i += 4) best = wasm_i32x4_max(best, wasm_v128_and(wasm_v128_load(x + i), magnitude));
  best = wasm_i32x4_max(best, wasm_i32x4_shuffle(best, best, 2, 3, 2, 3));
  best = wasm_i32x4_max(best, wasm_i32x4_shuffle(best, best, 1, 1, 1, 1));
  return static_cast<uint32_t>(wasm_i32x4_extract_lane(best, 0));
}

// Sum of four integers.
inline int32_t sum(v128_t x) {
  x = wasm_i32x4_add(x, wasm_i32x4_shuffle(x, x, 2, 3, 2, 3));
  return wasm_i32x4_extract_lane(wasm_i32x4_add(x, wasm_i32x4_shuffle(x, x, 1, 1, 1, 1)), 0);
}

inline void quantize_32(const float* x, float inverse, int8_t* q, int16_t* sums) {
  const v128_t factor = wasm_f32x4_splat(inverse), shift = wasm_f32x4_const_splat(12582912.0f);
  for (int half = 0; half < 2; ++half) {
    v128_t n[4], total = wasm_i32x4_const_splat(0);
    for (int i = 0; i < 4; ++i) {
      const v128_t scaled = wasm_f32x4_mul(wasm_v128_load(x + 16 * half + 4 * i), factor);
      n[i] = wasm_i32x4_sub(wasm_f32x4_add(scaled, shift), shift);
      total = wasm_i32x4_add(total, n[i]);
    }
    const v128_t bytes =
        wasm_i8x16_narrow_i16x8(wasm_i16x8_narrow_i32x4(n[0], n[1]), wasm_i16x8_narrow_i32x4(n[2], n[3]));
    wasm_v128_store(q + 16 * half, bytes);
    sums[half] = static_cast<int16_t>(sum(total));
  }
}

inline void widen_scaled(const uint64_t* bytes, int32_t scale0, int32_t scale1, int16_t* q) {
  for (int i = 0; i < 4; ++i) {
    const v128_t words = wasm_i16x8_extend_low_i8x16(wasm_i64x2_splat(static_cast<int64_t>(bytes[i])));
    wasm_v128_store(q + 8 * i, wasm_i16x8_mul(words, wasm_i16x8_splat(static_cast<int16_t>(i < 2 ? scale0 : scale1))));
  }
}

inline int32_t dot_32(const int16_t* a, const int8_t* b) {
  v128_t total = wasm_i32x4_const_splat(0);
  for (int i = 0; i < 32; i += 8) {
    total = wasm_i32x4_add(total, wasm_i32x4_dot_i16x8(wasm_v128_load(a + i), wasm_i16x8_load8x8(b + i)));
  }
  return sum(total);
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
