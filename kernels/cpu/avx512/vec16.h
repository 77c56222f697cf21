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
inline void store(float* p, F32x16 x) { _mm512_storeu_ps(p, x.v); }

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
