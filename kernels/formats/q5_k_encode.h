// Encoder of Q5_K.
#pragma once

#include "kernels/formats/affine_k_encode.h"
#include "kernels/formats/q5_k.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

// A block that holds NaN or infinity decodes to NaN.
inline void encode_block(const float* x, Q5_K::Block& block) {
  std::memset(&block, 0, sizeof block);
  if (!all_finite(x, 256)) return store_u16(block.dmin, kNanF16);
  AffineSuperBlock found;
  search_affine_super_block(x, {31, -0.5f, 0.1f, 15}, &found);
  store_u16(block.d, found.d);
  store_u16(block.dmin, found.dmin);
  pack_scales_6bit(found, block.scales);
  pack_nibbles(found.q, block.qs);
  for (uint32_t i = 0; i < 256; ++i) {
    block.qh[i % 32] = static_cast<uint8_t>(block.qh[i % 32] | (found.q[i] >> 4) << (i / 32));
  }
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
