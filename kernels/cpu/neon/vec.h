// Eight lanes in two NEON registers. Same functions, same bits as scalar/vec.h, where they are described.
//
// Products and sums are instructions of their own, never fused. FCVTL and FCVTN treat halves as IEEE 754 does and make
// a NaN quiet with its sign and upper payload, as long as FPCR has the bits AHP and DN of the default environment (0).
#pragma once

#include <arm_neon.h>

#include <cstddef>
#include <cstdint>

#include "kernels/formats/format.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct F32x8 {
  float32x4_t lo, hi;
};

inline F32x8 set1(float x) { return {vdupq_n_f32(x), vdupq_n_f32(x)}; }
inline F32x8 zero() { return set1(0.0f); }

inline F32x8 load(const float* p) { return {vld1q_f32(p), vld1q_f32(p + 4)}; }
inline void store(float* p, F32x8 x) {
  vst1q_f32(p, x.lo);
  vst1q_f32(p + 4, x.hi);
}

inline F32x8 load_f16(const void* p) {
  const float16x8_t half = vreinterpretq_f16_u8(vld1q_u8(static_cast<const uint8_t*>(p)));
  return {vcvt_f32_f16(vget_low_f16(half)), vcvt_high_f32_f16(half)};
}
inline void store_f16(void* p, F32x8 x) {
  const float16x8_t half = vcvt_high_f16_f32(vcvt_f16_f32(x.lo), x.hi);
  vst1q_u8(static_cast<uint8_t*>(p), vreinterpretq_u8_f16(half));
}
inline F32x8 load_bf16(const void* p) {
  const uint16x8_t upper = vreinterpretq_u16_u8(vld1q_u8(static_cast<const uint8_t*>(p)));
  return {vreinterpretq_f32_u32(vshll_n_u16(vget_low_u16(upper), 16)),
          vreinterpretq_f32_u32(vshll_high_n_u16(upper, 16))};
}

inline void load_pairs(const float* p, F32x8& a, F32x8& b) {
  const float32x4x2_t low = vld2q_f32(p), high = vld2q_f32(p + 8);
  a = {low.val[0], high.val[0]};
  b = {low.val[1], high.val[1]};
}
inline void store_pairs(float* p, F32x8 a, F32x8 b) {
  const float32x4x2_t low = {{a.lo, b.lo}}, high = {{a.hi, b.hi}};
  vst2q_f32(p, low);
  vst2q_f32(p + 8, high);
}

inline F32x8 operator+(F32x8 a, F32x8 b) { return {vaddq_f32(a.lo, b.lo), vaddq_f32(a.hi, b.hi)}; }
inline F32x8 operator-(F32x8 a, F32x8 b) { return {vsubq_f32(a.lo, b.lo), vsubq_f32(a.hi, b.hi)}; }
inline F32x8 operator*(F32x8 a, F32x8 b) { return {vmulq_f32(a.lo, b.lo), vmulq_f32(a.hi, b.hi)}; }
inline F32x8 operator/(F32x8 a, F32x8 b) { return {vdivq_f32(a.lo, b.lo), vdivq_f32(a.hi, b.hi)}; }

// Not FMAX, which gives NaN where either is NaN.
inline float32x4_t max(float32x4_t a, float32x4_t b) { return vbslq_f32(vcgtq_f32(a, b), a, b); }
inline F32x8 max(F32x8 a, F32x8 b) { return {max(a.lo, b.lo), max(a.hi, b.hi)}; }

inline F32x8 select_less(F32x8 a, F32x8 b, F32x8 yes, F32x8 no) {
  return {vbslq_f32(vcltq_f32(a.lo, b.lo), yes.lo, no.lo), vbslq_f32(vcltq_f32(a.hi, b.hi), yes.hi, no.hi)};
}
inline F32x8 select_nan(F32x8 x, F32x8 no) {
  return {vbslq_f32(vceqq_f32(x.lo, x.lo), no.lo, x.lo), vbslq_f32(vceqq_f32(x.hi, x.hi), no.hi, x.hi)};
}

inline float32x4_t add_exponent(float32x4_t x, float32x4_t shifted) {
  const uint32x4_t n = vshlq_n_u32(vreinterpretq_u32_f32(shifted), 23);
  return vreinterpretq_f32_u32(vaddq_u32(vreinterpretq_u32_f32(x), n));
}
inline F32x8 add_exponent(F32x8 x, F32x8 shifted) {
  return {add_exponent(x.lo, shifted.lo), add_exponent(x.hi, shifted.hi)};
}

inline float sum(F32x8 x) {
  const float32x4_t s = vaddq_f32(x.lo, x.hi);
  return vpadds_f32(vadd_f32(vget_low_f32(s), vget_high_f32(s)));
}

inline float max_lane(F32x8 x) {
  const float32x4_t s = max(x.lo, x.hi);
  const float32x4_t t = max(s, vextq_f32(s, s, 2));
  return vgetq_lane_f32(max(t, vextq_f32(t, t, 1)), 0);
}

// x[i] lane j becomes x[j] lane i, for four vectors of four lanes.
inline void transpose_4x4(float32x4_t& a, float32x4_t& b, float32x4_t& c, float32x4_t& d) {
  const float32x4_t ab_even = vtrn1q_f32(a, b), ab_odd = vtrn2q_f32(a, b);
  const float32x4_t cd_even = vtrn1q_f32(c, d), cd_odd = vtrn2q_f32(c, d);
  const auto wide = [](float32x4_t x) { return vreinterpretq_f64_f32(x); };
  a = vreinterpretq_f32_f64(vtrn1q_f64(wide(ab_even), wide(cd_even)));
  b = vreinterpretq_f32_f64(vtrn1q_f64(wide(ab_odd), wide(cd_odd)));
  c = vreinterpretq_f32_f64(vtrn2q_f64(wide(ab_even), wide(cd_even)));
  d = vreinterpretq_f32_f64(vtrn2q_f64(wide(ab_odd), wide(cd_odd)));
}

// Quarters of 4 x 4 in place, and those off the diagonal change places.
inline void transpose_8x8(F32x8* x) {
  transpose_4x4(x[0].lo, x[1].lo, x[2].lo, x[3].lo);
  transpose_4x4(x[0].hi, x[1].hi, x[2].hi, x[3].hi);
  transpose_4x4(x[4].lo, x[5].lo, x[6].lo, x[7].lo);
  transpose_4x4(x[4].hi, x[5].hi, x[6].hi, x[7].hi);
  for (int i = 0; i < 4; ++i) {
    const float32x4_t upper = x[i].hi;
    x[i].hi = x[i + 4].lo;
    x[i + 4].lo = upper;
  }
}

inline uint32_t max_abs_bits_32(const float* x) {
  uint32x4_t best = vdupq_n_u32(0);
  for (int i = 0; i < 32; i += 4) best = vmaxq_u32(best, vreinterpretq_u32_f32(vabsq_f32(vld1q_f32(x + i))));
  return vmaxvq_u32(best);
}

// Four of the integers of quantize_32. 1.5 * 2^23 is added as in the scalar version, so that no rounding mode but that
// of additions plays a part.
inline int32x4_t quantize_4(const float* x, float32x4_t inverse) {
  const float32x4_t shift = vdupq_n_f32(12582912.0f);
  const float32x4_t shifted = vaddq_f32(vmulq_f32(vld1q_f32(x), inverse), shift);
  return vsubq_s32(vreinterpretq_s32_f32(shifted), vreinterpretq_s32_f32(shift));
}

inline void quantize_32(const float* x, float inverse, int8_t* q, int16_t* sums) {
  const float32x4_t factor = vdupq_n_f32(inverse);
  for (int i = 0; i < 32; i += 16) {
    const int16x8_t low = vmovn_high_s32(vmovn_s32(quantize_4(x + i, factor)), quantize_4(x + i + 4, factor));
    const int16x8_t high = vmovn_high_s32(vmovn_s32(quantize_4(x + i + 8, factor)), quantize_4(x + i + 12, factor));
    vst1q_s8(q + i, vmovn_high_s16(vmovn_s16(low), high));
    sums[i / 16] = vaddvq_s16(vaddq_s16(low, high));
  }
}

inline void widen_scaled(const uint64_t* bytes, int32_t scale0, int32_t scale1, int16_t* q) {
  for (int i = 0; i < 4; ++i) {
    const auto scale = static_cast<int16_t>(i < 2 ? scale0 : scale1);
    vst1q_s16(q + 8 * i, vmulq_n_s16(vmovl_s8(vcreate_s8(bytes[i])), scale));
  }
}

inline int32_t dot_32(const int16_t* a, const int8_t* b) {
  int32x4_t even = vdupq_n_s32(0), odd = vdupq_n_s32(0);
  for (int i = 0; i < 32; i += 16) {
    const int8x16_t bytes = vld1q_s8(b + i);
    const int16x8_t low = vmovl_s8(vget_low_s8(bytes)), high = vmovl_high_s8(bytes);
    const int16x8_t a_low = vld1q_s16(a + i), a_high = vld1q_s16(a + i + 8);
    even = vmlal_s16(even, vget_low_s16(a_low), vget_low_s16(low));
    odd = vmlal_high_s16(odd, a_low, low);
    even = vmlal_s16(even, vget_low_s16(a_high), vget_low_s16(high));
    odd = vmlal_high_s16(odd, a_high, high);
  }
  return vaddvq_s32(vaddq_s32(even, odd));
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
