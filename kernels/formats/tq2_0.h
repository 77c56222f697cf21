// TQ2_0: 256 elements in 66 bytes (2.0625 bits per weight): ternary numbers of 2 bits each, one f16.
//
//   offset 0    u8[64]   qs: byte 32 h + m = element 128 h + 32 g + m in bits 2 g, 2 g + 1 (g: 0..3)
//   offset 64   f16      d
//
//   w[j] = (q - 1) * d
//
// Source: block_tq2_0 of ggml (type 35 of the GGUF specification).
#pragma once

#include "kernels/formats/format.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct TQ2_0 {
  static constexpr uint32_t kBlockLen = 256;
  struct Block {
    uint8_t qs[64];
    uint8_t d[2];
  };

  static float unpack(const Block& block, uint32_t group, int16_t* q) {
    for (uint32_t m = 0; m < 32; ++m) {
      q[m] = static_cast<int16_t>((block.qs[32 * (group / 4) + m] >> (2 * (group % 4)) & 3) - 1);
    }
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
