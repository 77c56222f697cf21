// Q3_K: 256 elements in 110 bytes (3.4375 bits per weight): signed 3-bit integers, a signed 6-bit scale for each 16
// elements, one f16.
//
//   offset 0     u8[32]   hmask: high bits
//   offset 32    u8[64]   qs: low 2 bits
//   offset 96    u8[12]   scales
//   offset 108   f16      d
//
// Element 128 h + 32 g + l (h: half, g: quarter of it, l: 0..31):
//   q = ((qs[32 h + l] >> 2 g) & 3) | ((hmask[l] >> (4 h + g)) & 1) << 2
//   w = d * (scale[8 h + 2 g + l / 16] - 32) * (q - 4)
// Scale j: bits 0..3 are (scales[j % 8] >> 4 (j / 8)) & 15, bits 4 and 5 are (scales[8 + j % 4] >> 2 (j / 4)) & 3.
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

  // The scales are multiplied in: |q| <= 32 * 4.
  static float unpack(const Block& block, uint32_t group, int16_t* q) {
    for (uint32_t l = 0; l < 32; ++l) {
      q[l] = static_cast<int16_t>(scale(block, 2 * group + l / 16) * three_bits(block, group, l));
    }
    return f16_to_f32(load_u16(block.d));
  }

  // d * scale first: it decides the sign of the zeros.
  static void decode(const Block& block, float* out) {
    const float d = f16_to_f32(load_u16(block.d));
    for (uint32_t j = 0; j < 256; ++j) {
      const float step = d * static_cast<float>(scale(block, j / 16));
      out[j] = step * static_cast<float>(three_bits(block, j / 32, j % 32));
    }
  }

 private:
  // scale - 32
  static int32_t scale(const Block& block, uint32_t j) {
    const int32_t low = (block.scales[j % 8] >> (4 * (j / 8))) & 15;
    const int32_t high = (block.scales[8 + j % 4] >> (2 * (j / 4))) & 3;
    return (low | high << 4) - 32;
  }
  // q - 4
  static int32_t three_bits(const Block& block, uint32_t group, uint32_t l) {
    const int32_t low = (block.qs[32 * (group / 4) + l] >> (2 * (group % 4))) & 3;
    return (low | ((block.hmask[l] >> group) & 1) << 2) - 4;
  }
};

}  // namespace WC_ISA_NAME
}  // namespace wasmchord::kernels
