// Q1_0: 128 elements in 18 bytes (1.125 bits per weight): one scale, signs.
//
//   offset 0   f16      d
//   offset 2   u8[16]   qs: bit j % 8 of byte j / 8 set = +d, else -d
//
// Source: block_q1_0 of ggml (type 41 of the GGUF specification).
#pragma once

#include "kernels/formats/swar.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct Q1_0 {
  static constexpr uint32_t kBlockLen = 128;
  struct Block {
    uint8_t d[2];
    uint8_t qs[16];
  };

  static float unpack(const Block& block, uint32_t group, int16_t* q) {
    uint64_t bytes[4];
    for (uint32_t k = 0; k < 4; ++k) bytes[k] = minus(2 * spread_bit(block.qs[4 * group + k]), 1);
    widen_scaled(bytes, 1, 1, q);
    return f16_to_f32(load_u16(block.d));
  }

  static void decode(const Block& block, float* out) {
    const float d = f16_to_f32(load_u16(block.d));
    for (uint32_t group = 0; group < kBlockLen / 32; ++group) {
      int16_t q[32];
      unpack(block, group, q);
      for (int j = 0; j < 32; ++j) out[32 * group + j] = d * static_cast<float>(q[j]);
    }
  }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
