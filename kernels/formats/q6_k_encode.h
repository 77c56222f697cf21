// Encoder of Q6_K.
#pragma once

#include "kernels/formats/q6_k.h"
#include "kernels/formats/symmetric_k_encode.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

// A block that holds NaN or infinity decodes to NaN.
inline void encode_block(const float* x, Q6_K::Block& block) {
  std::memset(&block, 0, sizeof block);
  if (!all_finite(x, 256)) return store_u16(block.d, kNanF16);
  SymmetricSuperBlock found;
  search_symmetric_super_block(x, {32, 127, 0.1f}, &found);
  store_u16(block.d, found.d);
  std::memcpy(block.scales, found.scale, sizeof block.scales);
  for (uint32_t i = 0; i < 64; ++i) {
    const uint32_t half = i / 32, l = i % 32;
    const uint8_t* q = found.q + 128 * half + l;
    block.ql[64 * half + l] = static_cast<uint8_t>((q[0] & 15) | (q[64] & 15) << 4);
    block.ql[64 * half + 32 + l] = static_cast<uint8_t>((q[32] & 15) | (q[96] & 15) << 4);
    block.qh[i] = static_cast<uint8_t>(q[0] >> 4 | (q[32] >> 4) << 2 | (q[64] >> 4) << 4 | (q[96] >> 4) << 6);
  }
}

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
