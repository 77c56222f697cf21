// Encoders of TQ1_0 and TQ2_0: d = max |x|, q = round(x / d) of -1, 0, 1 (ggml's quantize_row_tq1_0_ref, _tq2_0_ref).
#pragma once

#include "kernels/formats/scale_search.h"
#include "kernels/formats/tq1_0.h"
#include "kernels/formats/tq2_0.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

// q + 1 of 256 elements, halves away from zero; returns d.
inline float round_ternary(const float* x, uint32_t* q) {
  const float extreme = extreme_of<256>(x);
  const float d = extreme < 0 ? -extreme : extreme;
  const float inverse = inverse_or_zero(d);
  for (uint32_t i = 0; i < 256; ++i) {
    const float share = x[i] * inverse;
    q[i] = share >= 0.5f ? 2 : share <= -0.5f ? 0 : 1;
  }
  return d;
}

// `n` digits of base 3, q[0] q[step] ... from the most significant, as a fraction of 243 in a byte: 256 v / 243 rounded
// up, so that multiplying by 3 and keeping what overflows the byte gives digit after digit.
inline uint8_t pack_ternary(const uint32_t* q, uint32_t step, uint32_t n) {
  uint32_t value = 0;
  for (uint32_t i = 0; i < 5; ++i) value = 3 * value + (i < n ? q[i * step] : 0);
  return static_cast<uint8_t>((value * 256 + 242) / 243);
}

// A block that holds NaN or infinity decodes to NaN.
inline void encode_block(const float* x, TQ1_0::Block& block) {
  std::memset(&block, 0, sizeof block);
  if (!all_finite(x, 256)) return store_u16(block.d, kNanF16);
  uint32_t q[256];
  store_u16(block.d, f32_to_f16(round_ternary(x, q)));
  for (uint32_t i = 0; i < 32; ++i) block.qs[i] = pack_ternary(q + i, 32, 5);
  for (uint32_t i = 0; i < 16; ++i) block.qs[32 + i] = pack_ternary(q + 160 + i, 16, 5);
  for (uint32_t i = 0; i < 4; ++i) block.qh[i] = pack_ternary(q + 240 + i, 4, 4);
}

// A block that holds NaN or infinity decodes to NaN.
inline void encode_block(const float* x, TQ2_0::Block& block) {
  std::memset(&block, 0, sizeof block);
  if (!all_finite(x, 256)) return store_u16(block.d, kNanF16);
  uint32_t q[256];
  store_u16(block.d, f32_to_f16(round_ternary(x, q)));
  for (uint32_t i = 0; i < 64; ++i) {
    const uint32_t* four = q + 128 * (i / 32) + i % 32;
    block.qs[i] = static_cast<uint8_t>(four[0] | four[32] << 2 | four[64] << 4 | four[96] << 6);
  }
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
