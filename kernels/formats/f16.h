// F16: one IEEE binary16 per element (1 sign, 5 exponent, 10 mantissa bits).
#pragma once

#include "kernels/formats/format.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct F16 {
  static constexpr uint32_t kBlockLen = 1;
  struct Block {
    uint8_t bytes[2];
  };

  static void decode(const Block& block, float* out) { *out = f16_to_f32(load_u16(block.bytes)); }
  static void encode(const float* x, Block& block) { store_u16(block.bytes, f32_to_f16(*x)); }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
