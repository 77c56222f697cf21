// Q8_K: 256 elements in 292 bytes: a scale, signed 8-bit integers, their sums. An activation format.
//
//   offset 0     f32       d
//   offset 4     i8[256]   qs
//   offset 260   i16[16]   bsums: sums of 16 elements each
//
//   w[j] = d * qs[j]
//
// Source: block_q8_K of ggml (type 15 of the GGUF specification).
#pragma once

#include "kernels/formats/format.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct Q8_K {
  static constexpr uint32_t kBlockLen = 256;
  struct Block {
    uint8_t d[4];
    uint8_t qs[256];
    uint8_t bsums[32];
  };

  static float unpack(const Block& block, uint32_t group, int16_t* q) {
    for (uint32_t j = 0; j < 32; ++j) q[j] = static_cast<int8_t>(block.qs[32 * group + j]);
    float d;
    std::memcpy(&d, block.d, 4);
    return d;
  }

  static void decode(const Block& block, float* out) {
    for (uint32_t group = 0; group < 8; ++group) {
      int16_t q[32];
      const float d = unpack(block, group, q);
      for (int j = 0; j < 32; ++j) out[32 * group + j] = d * static_cast<float>(q[j]);
    }
  }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
