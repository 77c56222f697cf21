// Encoder of MXFP4.
#pragma once

#include "kernels/formats/mxfp4.h"
#include "kernels/formats/scale_search.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

// The code of the 4-bit float nearest to |x| (0, 0.5, 1, 1.5, 2, 3, 4, 6 in steps of `half` = 0.5), the lower of two
// equally near, with the sign in bit 3; zero has none.
inline uint32_t nearest_e2m1(float x, float half) {
  constexpr float kTwice[8] = {0, 1, 2, 3, 4, 6, 8, 12};
  const float magnitude = x < 0 ? -x : x;
  uint32_t code = 0;
  float least = magnitude;
  for (uint32_t i = 1; i < 8; ++i) {
    const float rest = kTwice[i] * half - magnitude;
    const float distance = rest < 0 ? -rest : rest;
    if (distance < least) {
      least = distance;
      code = i;
    }
  }
  return x < 0 && code != 0 ? code | 8 : code;
}

// The common exponent is that of the largest magnitude less 2, the exponent of 4 and 6 (OCP Microscaling Formats 1.0,
// 6.3), stored with a bias of 127; a block too small for that gives zeros. Infinity and NaN give the exponent that
// stands for NaN, with the largest elements: readers that take it for a number get infinity.
inline void encode_block(const float* x, MXFP4::Block& block) {
  std::memset(&block, 0, sizeof block);
  if (!all_finite(x, 32)) {
    std::memset(&block, 0x77, sizeof block);
    block.e = 255;
    return;
  }
  const uint32_t exponent = float_bits(extreme_of<32>(x)) >> 23 & 0xffu;
  if (exponent < 4) return;
  block.e = static_cast<uint8_t>(exponent - 2);
  const float half = bits_float((exponent - 3) << 23);
  for (uint32_t i = 0; i < 16; ++i) {
    block.qs[i] = static_cast<uint8_t>(nearest_e2m1(x[i], half) | nearest_e2m1(x[i + 16], half) << 4);
  }
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
