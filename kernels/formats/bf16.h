// BF16: the upper half of an IEEE binary32 per element (1 sign, 8 exponent, 7 mantissa bits).
#pragma once

#include "kernels/formats/format.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct BF16 {
  static constexpr uint32_t kBlockLen = 1;
  struct Block {
    uint8_t bytes[2];
  };

  static void decode(const Block& block, float* out) { *out = bf16_to_f32(load_u16(block.bytes)); }
  static void encode(const float* x, Block& block) { store_u16(block.bytes, f32_to_bf16(*x)); }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
