// Q3_K: 256 elements in 110 bytes (3.4375 bits per weight): 3-bit integers, 6-bit scales of 16 elements each, one f16.
//
//   offset 0     u8[32]   hmask: bit g of byte l set = no 4 taken off element 32 g + l
//   offset 32    u8[64]   qs: byte 32 h + l = low bits of element 128 h + 32 g + l in bits 2 g, 2 g + 1 (g: 0..3)
//   offset 96    u8[12]   scales: low 4 bits of scale s in byte s % 8 (bits 0..3 for s < 8, else 4..7),
//                         high 2 bits in byte 8 + s % 4, bits 2 (s / 4) ..
//   offset 108   f16      d
//
//   w[j] = d * (scale - 32) * (q - 4)
//
// Source: block_q3_K of ggml (type 11 of the GGUF specification).
#pragma once

#include "kernels/formats/format.h"

namespace wasmchord::kernels {
inline namespace WC_ISA_NAME {

struct Q3_K {
  static constexpr uint32_t kBlockLen = 256;
  struct Block {
    uint8_t hmask[32];
    uint8_t qs[64];
    uint8_t scales[12];
    uint8_t d[2];
  };

  static float unpack(const Block& block, uint32_t group, int16_t* q) {
    for (uint32_t l = 0; l < 32; ++l) {
      q[l] = static_cast<int16_t>(scale(block, 2 * group + l / 16) * three_bits(block, group, l));
    }
    return f16_to_f32(load_u16(block.d));
  }

  static void decode(const Block& block, float* out) {
    const float d = f16_to_f32(load_u16(block.d));
    for (uint32_t j = 0; j < 256; ++j) {
      const float step = d * static_cast<float>(scale(block, j / 16));
      out[j] = step * static_cast<float>(three_bits(block, j / 32, j % 32));
    }
  }

 private:
  // -32 .. 31
  static int32_t scale(const Block& block, uint32_t s) {
    const int32_t low = (block.scales[s % 8] >> (s < 8 ? 0 : 4)) & 15;
    const int32_t high = (block.scales[8 + s % 4] >> (2 * (s / 4))) & 3;
    return (low | high << 4) - 32;
  }
  // -4 .. 3
  static int32_t three_bits(const Block& block, uint32_t group, uint32_t l) {
    const int32_t low = (block.qs[32 * (group / 4) + l] >> (2 * (group % 4))) & 3;
    return low - ((block.hmask[l] >> group & 1) != 0 ? 0 : 4);
  }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
