// Encoder of Q3_K.
#pragma once

#include "kernels/formats/q2_k_encode.h"
#include "kernels/formats/q3_k.h"
#include "kernels/formats/symmetric_k_encode.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

// A block that holds NaN or infinity decodes to NaN.
inline void encode_block(const float* x, Q3_K::Block& block) {
  std::memset(&block, 0, sizeof block);
  if (!all_finite(x, 256)) return store_u16(block.d, kNanF16);
  SymmetricSuperBlock found;
  search_symmetric_super_block(x, {4, 31, 1.0f}, &found);
  store_u16(block.d, found.d);
  for (uint32_t s = 0; s < 16; ++s) {
    const uint32_t scale = static_cast<uint32_t>(found.scale[s] + 32);
    const uint32_t low = s % 8, high = 8 + s % 4;
    block.scales[low] = static_cast<uint8_t>(block.scales[low] | (scale & 15) << (4 * (s / 8)));
    block.scales[high] = static_cast<uint8_t>(block.scales[high] | (scale >> 4) << (2 * (s / 4)));
  }
  for (uint32_t i = 0; i < 256; ++i) {
    block.hmask[i % 32] = static_cast<uint8_t>(block.hmask[i % 32] | (found.q[i] >> 2) << (i / 32));
  }
  pack_crumbs(found.q, block.qs);
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
