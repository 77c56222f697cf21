// Q1_0: 128 elements in 18 bytes (1.125 bits per weight): one scale, signs.
//
//   offset 0   f16      d
//   offset 2   u8[16]   qs: bit j % 8 of byte j / 8 = element j
//
//   w[j] = d where the bit is set, else -d
//
// Source: block_q1_0 of ggml (type 41 of its table of types).
#pragma once

#include "kernels/formats/format.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct Q1_0 {
  static constexpr uint32_t kBlockLen = 128;
  struct Block {
    uint8_t d[2];
    uint8_t qs[16];
  };

  static float unpack(const Block& block, uint32_t group, int16_t* q) {
    const uint32_t bits = load_u32(block.qs + 4 * group);
    for (uint32_t l = 0; l < 32; ++l) q[l] = ((bits >> l) & 1) != 0 ? 1 : -1;
    return f16_to_f32(load_u16(block.d));
  }

  static void decode(const Block& block, float* out) { decode_unpacked<Q1_0>(block, out); }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
