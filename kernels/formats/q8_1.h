// Q8_1: 32 elements in 36 bytes: a scale, the scaled sum of the integers, signed 8-bit integers. An activation format.
//
//   offset 0   f16      d
//   offset 2   f16      s: d * sum of qs
//   offset 4   i8[32]   qs
//
//   w[j] = qs[j] * d
//
// Source: block_q8_1 of ggml (type 9 of the GGUF specification).
#pragma once

#include "kernels/formats/format.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct Q8_1 {
  static constexpr uint32_t kBlockLen = 32;
  struct Block {
    uint8_t d[2];
    uint8_t s[2];
    uint8_t qs[32];
  };

  static float unpack(const Block& block, uint32_t, int16_t* q) {
    for (int j = 0; j < 32; ++j) q[j] = static_cast<int8_t>(block.qs[j]);
    return f16_to_f32(load_u16(block.d));
  }

  static void decode(const Block& block, float* out) {
    int16_t q[32];
    const float d = unpack(block, 0, q);
    for (int j = 0; j < 32; ++j) out[j] = static_cast<float>(q[j]) * d;
  }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
