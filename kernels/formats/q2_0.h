// Q2_0: 64 elements in 18 bytes (2.25 bits per weight): one scale, 2-bit integers.
//
//   offset 0   f16      d
//   offset 2   u8[16]   qs: bits 2 (j % 4) and up of byte j / 4 = element j
//
//   w[j] = d * (two bits - 1)
//
// Source: block_q2_0 of ggml (type 42 of its table of types).
#pragma once

#include "kernels/formats/format.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct Q2_0 {
  static constexpr uint32_t kBlockLen = 64;
  struct Block {
    uint8_t d[2];
    uint8_t qs[16];
  };

  static float unpack(const Block& block, uint32_t group, int16_t* q) {
    for (uint32_t l = 0; l < 32; ++l) {
      q[l] = static_cast<int16_t>(((block.qs[8 * group + l / 4] >> (2 * (l % 4))) & 3) - 1);
    }
    return f16_to_f32(load_u16(block.d));
  }

  static void decode(const Block& block, float* out) { decode_unpacked<Q2_0>(block, out); }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
