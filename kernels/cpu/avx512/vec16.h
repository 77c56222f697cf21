// Sixteen lanes in one AVX-512 register, beside the eight of avx2/vec.h.
#pragma once

#include "kernels/cpu/avx2/vec.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct F32x16 {
  __m512 v;
};
inline F32x16 operator+(F32x16 a, F32x16 b) { return {_mm512_add_ps(a.v, b.v)}; }
inline F32x16 operator*(F32x16 a, F32x16 b) { return {_mm512_mul_ps(a.v, b.v)}; }
inline F32x16 operator-(F32x16 a, F32x16 b) { return {_mm512_sub_ps(a.v, b.v)}; }
inline F32x16 select_less(F32x16 a, F32x16 b, F32x16 yes, F32x16 no) {
  return {_mm512_mask_blend_ps(_mm512_cmp_ps_mask(a.v, b.v, _CMP_LT_OQ), no.v, yes.v)};
}
inline F32x16 select_nan(F32x16 x, F32x16 no) {
  return {_mm512_mask_blend_ps(_mm512_cmp_ps_mask(x.v, x.v, _CMP_UNORD_Q), no.v, x.v)};
}
// The mask is full, as in low() and high(); the unmasked forms draw a false warning from GCC 12 (its bug 105593).
inline F32x16 add_exponent(F32x16 x, F32x16 shifted) {
  const __m512i n = _mm512_maskz_slli_epi32(0xffff, _mm512_castps_si512(shifted.v), 23);
  return {_mm512_castsi512_ps(_mm512_add_epi32(_mm512_castps_si512(x.v), n))};
}
inline F32x8 low(F32x16 x) { return {_mm512_maskz_extractf32x8_ps(0xff, x.v, 0)}; }
inline F32x8 high(F32x16 x) { return {_mm512_maskz_extractf32x8_ps(0xff, x.v, 1)}; }
inline void store(float* p, F32x16 x) { _mm512_storeu_ps(p, x.v); }

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
