// F32: one IEEE binary32 per element.
#pragma once

#include "kernels/formats/format.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct F32 {
  static constexpr uint32_t kBlockLen = 1;
  struct Block {
    uint8_t bytes[4];
  };

  static void decode(const Block& block, float* out) { std::memcpy(out, block.bytes, 4); }
  static void encode(const float* x, Block& block) { std::memcpy(block.bytes, x, 4); }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
