// Encoder of Q2_K.
#pragma once

#include "kernels/formats/affine_k_encode.h"
#include "kernels/formats/q2_k.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

// 256 elements of 2 bits: 128 at a time, the four 32s in rising bit pairs of 32 bytes.
inline void pack_crumbs(const uint8_t* q, uint8_t* qs) {
  for (uint32_t i = 0; i < 64; ++i) {
    const uint8_t* four = q + 128 * (i / 32) + i % 32;
    qs[i] = static_cast<uint8_t>((four[0] & 3) | (four[32] & 3) << 2 | (four[64] & 3) << 4 | (four[96] & 3) << 6);
  }
}

// 16 sub-blocks of 16 with 4-bit scales and minima. Weights |x|. A block that holds NaN or infinity decodes to NaN.
inline void encode_block(const float* x, Q2_K::Block& block) {
  constexpr int32_t kMaxScale = 15;
  std::memset(&block, 0, sizeof block);
  if (!all_finite(x, 256)) return store_u16(block.dmin, kNanF16);
  float w[256], d_max = 0, m_max = 0;
  AffineFit fits[16];
  for (uint32_t s = 0; s < 16; ++s) {
    for (uint32_t i = 0; i < 16; ++i) w[16 * s + i] = x[16 * s + i] < 0 ? -x[16 * s + i] : x[16 * s + i];
    fits[s] = search_affine<16>(x + 16 * s, w + 16 * s, {3, -0.5f, 0.1f, 15});
    d_max = fits[s].d > d_max ? fits[s].d : d_max;
    m_max = fits[s].m > m_max ? fits[s].m : m_max;
  }
  const float to_scale = inverse_or_zero(d_max / kMaxScale), to_min = inverse_or_zero(m_max / kMaxScale);
  store_u16(block.d, f32_to_f16(d_max / kMaxScale));
  store_u16(block.dmin, f32_to_f16(m_max / kMaxScale));
  const float d = f16_to_f32(load_u16(block.d)), dmin = f16_to_f32(load_u16(block.dmin));
  uint8_t q[256];
  for (uint32_t s = 0; s < 16; ++s) {
    const StoredFit nearest{round_to(fits[s].d * to_scale, 0, kMaxScale), round_to(fits[s].m * to_min, 0, kMaxScale)};
    const StoredFit fit = store_affine<16>(x + 16 * s, w + 16 * s, nearest, kMaxScale, d, dmin, 3);
    block.scales[s] = static_cast<uint8_t>(fit.scale | fit.min << 4);
    const float step = d * static_cast<float>(fit.scale), offset = dmin * static_cast<float>(fit.min);
    round_affine(x + 16 * s, 16, step, offset, 3, q + 16 * s);
  }
  pack_crumbs(q, block.qs);
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
